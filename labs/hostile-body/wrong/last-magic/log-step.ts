import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, MESSAGE_MAGIC_V1, MESSAGE_MAGIC_V2, RECORD_AT } from '../common/message-codec.ts'

export type ReadLog = (position: number, lengthBytes: number) => Uint8Array
export type Step =
  | { readonly is: 'record'; readonly message: MessageExt; readonly nextAt: number }
  | { readonly is: 'blank'; readonly nextAt: number }
  | { readonly is: 'end'; readonly reason: string }

/** A record ends before the next magic number with a size before it that may be one. */
export function stepAt(read: ReadLog, at: number, fileSizeBytes: number, checkCrc: boolean): Step {
  const rest = read(at, fileSizeBytes - (at % fileSizeBytes))
  const isHead = (from: number) => {
    if (from + 8 > rest.length) return false
    const magic = readI32(rest, from + RECORD_AT.magic)
    const size = readI32(rest, from)
    return (magic === MESSAGE_MAGIC_V1 || magic === MESSAGE_MAGIC_V2 || magic === BLANK_MAGIC) && size >= 8 && size <= rest.length - from
  }
  if (rest.length >= 8 && readI32(rest, RECORD_AT.magic) === BLANK_MAGIC) return { is: 'blank', nextAt: at + rest.length }
  let end = 8
  while (end < rest.length && !isHead(end)) end++
  const decoded = decodeRecord(rest.subarray(0, end), 0, checkCrc)
  if ('fault' in decoded) return { is: 'end', reason: decoded.fault }
  return { is: 'record', message: decoded.message, nextAt: at + decoded.message.storeSize }
}
