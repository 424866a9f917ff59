/**
 * The walk over the commit log that a broker takes when it starts: it reads record by record, and says where the log ends. The
 * broker cuts the log there. Walks over a part of the log, for the queues and the index, use the same function.
 */
import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { stepAt } from './log-step.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

/** A walk: where it begins, where it ends at the latest, and who is handed the records. */
export interface Walk {
  readonly from: number
  /** The walk ends at this position. When it is undefined, the walk may go to the end of the last file. */
  readonly until?: number
  /** True when a body counts only if it has the CRC that its record names. */
  readonly checkCrc: boolean
  /** Called for every record of the log. The walk ends when it returns false. */
  readonly onRecord: (message: MessageExt) => unknown
  readonly onProgress?: (position: number) => void
}

export interface WalkResult {
  /** Where the log ends: the position after its last record, or `from` when the walk has found none. */
  readonly endsAt: number
  /** The position at which the walk stopped. */
  readonly stoppedAt: number
  readonly records: number
  /** Why the walk stopped, as a text for operators. */
  readonly reason: string
}

/** Walks along the log. Calls `onRecord` for every record, from the oldest to the newest. */
export function walkLog(files: MappedFileQueue, { from, until, onRecord }: Walk): WalkResult {
  const end = Math.min(until ?? files.endsAt, files.endsAt)
  const read = (position: number, lengthBytes: number) => files.read(position, lengthBytes)
  let at = from
  let endsAt = from
  let records = 0
  while (at < end) {
    // the lengths of a record must add up
    const step = stepAt(read, at, files.fileSizeBytes, false)
    if (step.is === 'end') {
      // one bad record must not cost the others
      at = afterBadRecord(files, at)
      continue
    }
    at = step.nextAt
    if (step.is === 'blank') continue
    records++
    endsAt = at
    if (onRecord(step.message) === false) return { endsAt, stoppedAt: at, records, reason: 'ended by the reader' }
  }
  return { endsAt, stoppedAt: at, records, reason: 'end of the last file' }
}

/** Returns the position behind a bad record: its size leads there, or the next file is tried. */
function afterBadRecord(files: MappedFileQueue, at: number): number {
  const sizeBytes = readI32(files.read(at, 4), 0)
  const leftBytes = files.fileSizeBytes - (at % files.fileSizeBytes)
  return at + (sizeBytes > 0 && sizeBytes < leftBytes ? sizeBytes : leftBytes)
}
