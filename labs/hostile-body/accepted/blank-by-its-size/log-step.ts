import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT } from '../common/message-codec.ts'

export type ReadLog = (position: number, lengthBytes: number) => Uint8Array
export type Step =
  | { readonly is: 'record'; readonly message: MessageExt; readonly nextAt: number }
  | { readonly is: 'blank'; readonly nextAt: number }
  | { readonly is: 'end'; readonly reason: string }

/** A blank is passed by its own size, which must lead to the end of the file. */
export function stepAt(read: ReadLog, at: number, fileSizeBytes: number, checkCrc: boolean): Step {
  const { sizeBytes, magic } = headOf(read(at, 8))
  const isInFile = sizeBytes >= 8 && sizeBytes <= nextFile(at, fileSizeBytes) - at
  if (!isInFile) return { is: 'end', reason: `no size at ${at}` }
  const nextAt = at + sizeBytes
  if (magic === BLANK_MAGIC) {
    if (nextAt % fileSizeBytes !== 0)
      return { is: 'end', reason: `a blank at ${at} that does not reach the end of its file` }
    return { is: 'blank', nextAt }
  }
  const decoded = decodeRecord(read(at, sizeBytes), 0, checkCrc)
  if ('fault' in decoded || decoded.message.physicalOffset !== at) return { is: 'end', reason: `no record at ${at}` }
  return { is: 'record', message: decoded.message, nextAt }
}

const nextFile = (at: number, fileSizeBytes: number) => at + fileSizeBytes - (at % fileSizeBytes)

function headOf(head: Uint8Array) {
  return {
    sizeBytes: head.length < 4 ? 0 : readI32(head, RECORD_AT.totalSize),
    magic: head.length < 8 ? 0 : readI32(head, RECORD_AT.magic),
  }
}
