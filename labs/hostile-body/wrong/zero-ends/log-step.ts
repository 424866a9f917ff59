import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT } from '../common/message-codec.ts'

export type ReadLog = (position: number, lengthBytes: number) => Uint8Array
export type Step =
  | { readonly is: 'record'; readonly message: MessageExt; readonly nextAt: number }
  | { readonly is: 'blank'; readonly nextAt: number }
  | { readonly is: 'end'; readonly reason: string }

/** A record ends where the next one's size begins, and that begins with zeros. */
export function stepAt(read: ReadLog, at: number, fileSizeBytes: number, checkCrc: boolean): Step {
  const fileEndsAt = at + fileSizeBytes - (at % fileSizeBytes)
  const rest = read(at, fileEndsAt - at)
  if (rest.length >= 8 && readI32(rest, RECORD_AT.magic) === BLANK_MAGIC) return { is: 'blank', nextAt: fileEndsAt }
  let end = 91
  while (end + 2 <= rest.length && !(rest[end] === 0 && rest[end + 1] === 0)) end++
  const decoded = decodeRecord(rest.subarray(0, end), 0, checkCrc)
  if ('fault' in decoded) return { is: 'end', reason: decoded.fault }
  return { is: 'record', message: decoded.message, nextAt: at + decoded.message.storeSize }
}
