/**
 * The record that a log file begins with: what it says about the file.
 *
 * Store times never fall along the log. So the first records of two neighbouring files enclose the times of all records in
 * the first of them, and recovery finds its starting point without reading whole files.
 *
 * RocketMQ: `CommitLog.isMappedFileMatchedRecover`.
 */
import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { decodeRecord } from '../common/message-codec.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

/** Max bytes of a first record: it is read in one piece. */
const FIRST_RECORD_BYTES_MAX = 8 * 1024 * 1024

/** The record that a file begins with; undefined when there is none, or a damaged one. */
export function firstRecord(files: MappedFileQueue, startsAt: number): MessageExt | undefined {
  const sizeBytes = readI32(files.read(startsAt, 8), 0)
  if (sizeBytes <= 0 || sizeBytes > FIRST_RECORD_BYTES_MAX) return undefined
  const decoded = decodeRecord(files.read(startsAt, sizeBytes), 0, true)
  return 'message' in decoded && decoded.message.physicalOffset === startsAt ? decoded.message : undefined
}

// #region uncertain-file
/**
 * Position of the newest file whose first record is older than
 * what the checkpoint vouches for.
 */
export function firstUncertainFile(files: MappedFileQueue, checkpoint: Checkpoint): number {
  for (const startsAt of files.fileStarts.toReversed()) {
    const first = firstRecord(files, startsAt)
    if (first === undefined) continue
    if (first.storeTimestamp <= checkpoint.minTimestamp) return startsAt
  }
  return files.startsAt
}
// #endregion uncertain-file

/** Position of the newest file that begins at or before `position` and has a first record. */
export function fileOfPosition(files: MappedFileQueue, position: number): number {
  const found = files.fileStarts.findLast((start) => start <= position && firstRecord(files, start) !== undefined)
  return found ?? files.startsAt
}

// #region was-never-durable
/**
 * Whether a log file was not durable when the checkpoint was
 * written: a power cut may then have kept its name by chance.
 * `record`: the bytes of its first record.
 */
export function wasNeverDurable(startsAt: number, record: Uint8Array, checkpoint: Checkpoint): boolean {
  // Without times that can be trusted, the noted end decides.
  const isBeyondNote = startsAt >= checkpoint.notedLogEnd
  if (!checkpoint.isTrustworthy) return isBeyondNote
  // A torn first record was never durable, unless the file begins before the noted end of what was: then it is damaged.
  const decoded = decodeRecord(record, 0, true)
  if ('fault' in decoded) return isBeyondNote || checkpoint.notedLogEnd === Number.POSITIVE_INFINITY
  const { physicalOffset, storeTimestamp } = decoded.message
  if (physicalOffset !== startsAt) return true
  const durableUpTo = checkpoint.physicMsgTimestamp
  return storeTimestamp === durableUpTo ? isBeyondNote : storeTimestamp > durableUpTo
}
// #endregion was-never-durable
