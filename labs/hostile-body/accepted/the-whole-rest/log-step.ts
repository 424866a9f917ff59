import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT } from '../common/message-codec.ts'

export type ReadLog = (position: number, lengthBytes: number) => Uint8Array
export type Step =
  | { readonly is: 'record'; readonly message: MessageExt; readonly nextAt: number }
  | { readonly is: 'blank'; readonly nextAt: number }
  | { readonly is: 'end'; readonly reason: string }

/** Reads the rest of the file, and lets the decoder find out how much of it is the record. */
export function stepAt(read: ReadLog, at: number, fileSizeBytes: number, checkCrc: boolean): Step {
  const fileEndsAt = at + fileSizeBytes - (at % fileSizeBytes)
  const rest = read(at, fileEndsAt - at)
  if (rest.length >= 8 && readI32(rest, RECORD_AT.magic) === BLANK_MAGIC) return { is: 'blank', nextAt: fileEndsAt }
  const decoded = decodeRecord(rest, 0, checkCrc)
  if ('fault' in decoded) return { is: 'end', reason: `at ${at}: ${decoded.fault}` }
  const { message } = decoded
  if (message.physicalOffset !== at) return { is: 'end', reason: `a record of ${message.physicalOffset} lies at ${at}` }
  return { is: 'record', message, nextAt: at + message.storeSize }
}
