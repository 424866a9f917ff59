import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, MESSAGE_MAGIC_V1, RECORD_AT } from '../common/message-codec.ts'

export type ReadLog = (position: number, lengthBytes: number) => Uint8Array
export type Step =
  | { readonly is: 'record'; readonly message: MessageExt; readonly nextAt: number }
  | { readonly is: 'blank'; readonly nextAt: number }
  | { readonly is: 'end'; readonly reason: string }

/** Goes by sizes; where a record is damaged, looks for the next one, so that as little as possible is lost. */
export function stepAt(read: ReadLog, at: number, fileSizeBytes: number, checkCrc: boolean): Step {
  const rest = read(at, fileSizeBytes - (at % fileSizeBytes))
  const magicAt = (from: number) => (from + 8 <= rest.length ? readI32(rest, from + RECORD_AT.magic) : 0)
  if (magicAt(0) === BLANK_MAGIC) return { is: 'blank', nextAt: at + rest.length }
  const decoded = decodeRecord(rest, 0, checkCrc)
  if ('message' in decoded && decoded.message.physicalOffset === at)
    return { is: 'record', message: decoded.message, nextAt: at + decoded.message.storeSize }
  for (let next = 1; next + 8 <= rest.length; next++)
    if (magicAt(next) === MESSAGE_MAGIC_V1) return { is: 'blank', nextAt: at + next }
  return { is: 'end', reason: 'no further record' }
}
