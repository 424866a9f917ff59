/**
 * Restores a message's body as its sender wrote it: producers compress large bodies, and brokers leave them compressed.
 *
 * RocketMQ: `MessageDecoder.decode` with `readBody`, `CompressorFactory`. Left out: LZ4 and ZSTD, which a producer must
 * choose explicitly; such a body stays as it is.
 */
import { inflateAtMost } from '../common/inflate.ts'
import { MESSAGE_BODY_BYTES_MAX } from '../common/limits.ts'
import { SYS_FLAG } from '../common/sys-flag.ts'

/** The inflated body. A body that does not inflate, or grows beyond the limit, stays as it is. */
export function inflateBody(body: Uint8Array, sysFlag: number): Uint8Array {
  if ((sysFlag & SYS_FLAG.COMPRESSED) === 0) return body
  const type = sysFlag & SYS_FLAG.COMPRESSION_MASK
  if (type !== 0 && type !== SYS_FLAG.COMPRESSION_ZLIB) return body
  return inflateAtMost(body, MESSAGE_BODY_BYTES_MAX) ?? body
}
