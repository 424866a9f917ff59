/**
 * A message's body as its sender gave it: producers compress large ones, brokers carry them as they came.
 *
 * RocketMQ: `MessageDecoder.decode` with `readBody`, `CompressorFactory`. Not here: LZ4 and ZSTD, which a producer must
 * choose on purpose; such a body stays as it is.
 */
import { inflateAtMost } from '../common/inflate.ts'
import { MESSAGE_BODY_BYTES_MAX } from '../common/limits.ts'
import { SYS_FLAG } from '../common/sys-flag.ts'

/** The inflated body. One that does not inflate, or grows beyond all limits, stays as it is. */
export function inflateBody(body: Uint8Array, sysFlag: number): Uint8Array {
  if ((sysFlag & SYS_FLAG.COMPRESSED) === 0) return body
  const type = sysFlag & SYS_FLAG.COMPRESSION_MASK
  if (type !== 0 && type !== SYS_FLAG.COMPRESSION_ZLIB) return body
  return inflateAtMost(body, MESSAGE_BODY_BYTES_MAX) ?? body
}
