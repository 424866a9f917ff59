/**
 * Restores the original body of a message. Producers compress large bodies, and brokers do not decompress them.
 *
 * RocketMQ: `MessageDecoder.decode` with `readBody`, `CompressorFactory`. Not in GlassMQ: LZ4 and ZSTD. A producer uses one
 * of these two compressions only when its application has chosen this compression. A body with such a compression is not
 * changed.
 */
import { inflateAtMost } from '../common/inflate.ts'
import { MESSAGE_BODY_BYTES_MAX } from '../common/limits.ts'
import { SYS_FLAG } from '../common/sys-flag.ts'

/**
 * Returns the inflated body. A body that is not compressed, that cannot be inflated, or whose inflated form would be longer
 * than the limit is returned unchanged.
 */
export function inflateBody(body: Uint8Array, sysFlag: number): Uint8Array {
  if ((sysFlag & SYS_FLAG.COMPRESSED) === 0) return body
  const type = sysFlag & SYS_FLAG.COMPRESSION_MASK
  if (type !== 0 && type !== SYS_FLAG.COMPRESSION_ZLIB) return body
  return inflateAtMost(body, MESSAGE_BODY_BYTES_MAX) ?? body
}
