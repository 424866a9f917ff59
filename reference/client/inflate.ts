/**
 * Restores the original body of a message. Producers compress large bodies, and brokers do not decompress them.
 *
 * RocketMQ: `MessageDecoder.decode` with `readBody`, `CompressorFactory`. Not in GlassMQ: LZ4 and ZSTD. A producer uses LZ4
 * or ZSTD only when its application has chosen this compression. A body that is compressed with LZ4 or ZSTD is returned
 * unchanged.
 */
import { inflateAtMost } from '../common/inflate.ts'
import { MESSAGE_BODY_BYTES_MAX } from '../common/limits.ts'
import { SYS_FLAG } from '../common/sys-flag.ts'

/**
 * Returns the inflated body. Returns the body unchanged when it is not compressed, when it cannot be inflated, or when the
 * inflated body would be longer than the limit.
 */
export function inflateBody(body: Uint8Array, sysFlag: number): Uint8Array {
  if ((sysFlag & SYS_FLAG.COMPRESSED) === 0) return body
  const type = sysFlag & SYS_FLAG.COMPRESSION_MASK
  if (type !== 0 && type !== SYS_FLAG.COMPRESSION_ZLIB) return body
  return inflateAtMost(body, MESSAGE_BODY_BYTES_MAX) ?? body
}
