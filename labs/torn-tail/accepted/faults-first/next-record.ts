/**
 * Looks at one position of a commit log and says how a walk continues there. After a crash, recovery walks the log with it, and
 * cuts the log where the walk ends.
 */

import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT } from '../common/message-codec.ts'

/** The bytes of the log, by position. */
export interface LogBytes {
  /** Returns the i32 at a position, or 0 when the file ends before its four bytes. */
  i32(at: number): number
  /** Returns at most `sizeBytes` bytes from `at` on: fewer when the file ends before. The bytes must not be changed. */
  slice(at: number, sizeBytes: number): Uint8Array
}

/** How a walk continues at a position. */
export type Step =
  /** A good record stands here. The walk continues behind it. */
  | { readonly record: MessageExt }
  /** Nothing of interest stands before `nextAt`. The walk continues there. */
  | { readonly nextAt: number }
  /** The walk ends here, and the log is cut here. The reason is a text for operators. */
  | { readonly endsBecause: string }

/**
 * Says how the walk continues at `at`.
 *
 * @param log the bytes of the log
 * @param at a position: the start of a file, or the end of a record
 * @param fileSizeBytes every file of the log has so many bytes
 * @param checkCrc true when a crash may have left the log as it is
 */
export function stepAt(log: LogBytes, at: number, fileSizeBytes: number, checkCrc: boolean): Step {
  const fileEnd = at - (at % fileSizeBytes) + fileSizeBytes
  const head = log.slice(at, 8)
  if (head.length === 8 && readI32(head, RECORD_AT.magic) === BLANK_MAGIC) return { nextAt: fileEnd }
  const found = wholeRecord(log, at, fileEnd, checkCrc)
  return found === undefined ? { endsBecause: `the last whole record ends at ${at}` } : { record: found }
}

/** The record at a position, if it is whole and its own. */
function wholeRecord(log: LogBytes, at: number, fileEnd: number, checkCrc: boolean): MessageExt | undefined {
  const sizeBytes = log.i32(at)
  if (sizeBytes < 1 || at + sizeBytes > fileEnd) return undefined
  const decoded = decodeRecord(log.slice(at, sizeBytes), 0, checkCrc)
  return 'message' in decoded && decoded.message.physicalOffset === at ? decoded.message : undefined
}
