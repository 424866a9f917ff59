import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT } from '../common/message-codec.ts'

export type ReadLog = (position: number, lengthBytes: number) => Uint8Array
export type Step =
  | { readonly is: 'record'; readonly message: MessageExt; readonly nextAt: number }
  | { readonly is: 'blank'; readonly nextAt: number }
  | { readonly is: 'end'; readonly reason: string }

/** As CommitLog.checkMessageAndReturnSize: size, magic number, checksum, and lengths that add up. */
export function stepAt(read: ReadLog, at: number, fileSizeBytes: number, checkCrc: boolean): Step {
  const { sizeBytes, magic } = headOf(read(at, 8))
  if (magic === BLANK_MAGIC) return { is: 'blank', nextAt: nextFile(at, fileSizeBytes) }
  if (sizeBytes <= 0 || sizeBytes > fileSizeBytes) return { is: 'end', reason: 'no size' }
  const decoded = decodeRecord(read(at, sizeBytes), 0, checkCrc)
  if ('fault' in decoded) return { is: 'blank', nextAt: nextFile(at, fileSizeBytes) }
  return { is: 'record', message: decoded.message, nextAt: at + sizeBytes }
}

const nextFile = (at: number, fileSizeBytes: number) => at + fileSizeBytes - (at % fileSizeBytes)

function headOf(head: Uint8Array) {
  return {
    sizeBytes: head.length < 4 ? 0 : readI32(head, RECORD_AT.totalSize),
    magic: head.length < 8 ? 0 : readI32(head, RECORD_AT.magic),
  }
}
