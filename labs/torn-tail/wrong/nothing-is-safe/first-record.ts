import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { decodeRecord } from '../common/message-codec.ts'
import type { Checkpoint } from './checkpoint.ts'
import { FIRST_RECORD_BYTES_MAX } from './limits.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

/** Returns the first record of the file at `startsAt`, or undefined when the file begins with no whole record. */
export function firstRecord(files: MappedFileQueue, startsAt: number): MessageExt | undefined {
  const sizeBytes = readI32(files.read(startsAt, 8), 0)
  if (sizeBytes <= 0 || sizeBytes > FIRST_RECORD_BYTES_MAX) return undefined
  const decoded = decodeRecord(files.read(startsAt, sizeBytes), 0, true)
  return 'message' in decoded && decoded.message.physicalOffset === startsAt ? decoded.message : undefined
}

/**
 * Returns the position at which the walk begins. What was stored up to `checkpoint.minTimestamp` was on the disk, with its entries,
 * when the checkpoint was written; of what came later nothing is known.
 */
export function firstUncertainFile(files: MappedFileQueue, checkpoint: Checkpoint): number {
  for (const startsAt of files.fileStarts.toReversed()) {
    const first = firstRecord(files, startsAt)
    if (first !== undefined && first.storeTimestamp <= checkpoint.minTimestamp) return startsAt
  }
  return files.startsAt
}

/** Used after a proper stop: returns the newest file that begins at or before `position` with a whole record. */
export function fileOfPosition(files: MappedFileQueue, position: number): number {
  const found = files.fileStarts.findLast((start) => start <= position && firstRecord(files, start) !== undefined)
  return found ?? files.startsAt
}

/** Used where a file is missing: returns true when the file behind the gap was never on the disk for certain. */
export function wasNeverDurable(startsAt: number, record: Uint8Array, checkpoint: Checkpoint): boolean {
  const isBeyondNote = startsAt >= checkpoint.notedLogEnd
  if (!checkpoint.isTrustworthy) return isBeyondNote
  const decoded = decodeRecord(record, 0, true)
  if ('fault' in decoded) return isBeyondNote || checkpoint.notedLogEnd === Number.POSITIVE_INFINITY
  const { physicalOffset, storeTimestamp } = decoded.message
  if (physicalOffset !== startsAt) return true
  const durableUpTo = checkpoint.physicMsgTimestamp
  return storeTimestamp === durableUpTo ? isBeyondNote : storeTimestamp > durableUpTo
}
