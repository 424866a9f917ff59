/**
 * One step of the walk along the commit log: what lies at a position, and where the walk goes on. After a crash, recovery walks
 * the log with it, and cuts the log where the walk ends.
 */
import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT } from '../common/message-codec.ts'

/** Returns the bytes from a position of the log on. Returns fewer than `lengthBytes` when the file ends before. */
export type ReadLog = (position: number, lengthBytes: number) => Uint8Array

/** What lies at a position of the log. `nextAt` is the position at which the walk goes on. `reason` is a text for operators. */
export type Step =
  | { readonly is: 'record'; readonly message: MessageExt; readonly nextAt: number }
  | { readonly is: 'blank'; readonly nextAt: number }
  | { readonly is: 'end'; readonly reason: string }

/**
 * Returns what lies at `at`.
 *
 * @param read the bytes of the log
 * @param at a position: the start of a file, or the end of a record
 * @param fileSizeBytes every file of the log has so many bytes
 * @param checkCrc true when a crash may have left the log as it is
 */
export function stepAt(read: ReadLog, at: number, fileSizeBytes: number, checkCrc: boolean): Step {
  // a blank fills the rest of a file
  if (i32(read, at + RECORD_AT.magic) === BLANK_MAGIC)
    return { is: 'blank', nextAt: at + fileSizeBytes - (at % fileSizeBytes) }
  const sizeBytes = i32(read, at)
  if (sizeBytes <= 0 || sizeBytes > fileSizeBytes) return { is: 'end', reason: `no record at ${at}` }
  const decoded = decodeRecord(read(at, sizeBytes), 0, checkCrc)
  if ('fault' in decoded) return { is: 'blank', nextAt: at + sizeBytes }
  if (decoded.message.physicalOffset !== at) return { is: 'end', reason: `the record at ${at} belongs elsewhere` }
  return { is: 'record', message: decoded.message, nextAt: at + decoded.message.storeSize }
}

/** The number at a position, or 0 when the file ends before. */
function i32(read: ReadLog, at: number): number {
  const bytes = read(at, 4)
  return bytes.length < 4 ? 0 : readI32(bytes, 0)
}
