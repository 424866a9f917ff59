/**
 * Restores the original body of a message. Producers compress large bodies, and brokers do not decompress them.
 *
 * RocketMQ: `MessageDecoder.decode` with `readBody`, `CompressorFactory`. Not in GlassMQ: LZ4 and ZSTD. A producer must
 * choose LZ4 or ZSTD explicitly. A body with such a compression stays as it is.
 */
import { inflateAtMost } from '../common/inflate.ts'
import { MESSAGE_BODY_BYTES_MAX } from '../common/limits.ts'
import { SYS_FLAG } from '../common/sys-flag.ts'

/**
 * Returns the inflated body. A body that is not compressed, cannot be inflated, or would grow beyond the limit is returned
 * unchanged.
 */
export function inflateBody(body: Uint8Array, sysFlag: number): Uint8Array {
  if ((sysFlag & SYS_FLAG.COMPRESSED) === 0) return body
  const type = sysFlag & SYS_FLAG.COMPRESSION_MASK
  if (type !== 0 && type !== SYS_FLAG.COMPRESSION_ZLIB) return body
  return inflateAtMost(body, MESSAGE_BODY_BYTES_MAX) ?? body
}
