/**
 * Reads the first record of a log file. Recovery compares the store time of this record with the checkpoint, and so decides
 * what to do with the whole file.
 *
 * A later record of the log never has an earlier store time. So all store times in a file lie between the first store time
 * of this file and the first store time of the next file. Therefore recovery finds its starting point without
 * reading whole files.
 *
 * RocketMQ: `CommitLog.isMappedFileMatchedRecover`.
 */
import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { decodeRecord } from '../common/message-codec.ts'
import type { Checkpoint } from './checkpoint.ts'
import { FIRST_RECORD_BYTES_MAX } from './limits.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

/**
 * Returns the first record of the file at `startsAt`. Returns undefined when the file has no record, or when the record is
 * damaged.
 */
export function firstRecord(files: MappedFileQueue, startsAt: number): MessageExt | undefined {
  const sizeBytes = readI32(files.read(startsAt, 8), 0)
  if (sizeBytes <= 0 || sizeBytes > FIRST_RECORD_BYTES_MAX) return undefined
  const decoded = decodeRecord(files.read(startsAt, sizeBytes), 0, true)
  return 'message' in decoded && decoded.message.physicalOffset === startsAt ? decoded.message : undefined
}

// #region uncertain-file
/**
 * Returns the position of the newest file whose first record
 * is not newer than the checkpoint's `minTimestamp`. Returns
 * the start of the log when no file has such a record.
 */
export function firstUncertainFile(files: MappedFileQueue, checkpoint: Checkpoint): number {
  const { minTimestamp } = checkpoint
  for (const startsAt of files.fileStarts.toReversed()) {
    const first = firstRecord(files, startsAt)
    if (first === undefined) continue
    if (first.storeTimestamp <= minTimestamp) return startsAt
  }
  return files.startsAt
}
// #endregion uncertain-file

/**
 * Returns the position of the newest file that begins at or before `position` and has a valid first record. Returns the
 * start of the log when no such file exists.
 */
export function fileOfPosition(files: MappedFileQueue, position: number): number {
  const found = files.fileStarts.findLast((start) => start <= position && firstRecord(files, start) !== undefined)
  return found ?? files.startsAt
}

// #region was-never-durable
/**
 * Returns true when a log file was not durable at the time of the
 * checkpoint. A power cut may keep the name of such a file and
 * lose its bytes. `record` holds the bytes of the first record in
 * this file.
 */
export function wasNeverDurable(startsAt: number, record: Uint8Array, checkpoint: Checkpoint): boolean {
  // When the times of the checkpoint cannot be trusted, the end of the log in its summary decides.
  const isBeyondNote = startsAt >= checkpoint.notedLogEnd
  if (!checkpoint.isTrustworthy) return isBeyondNote
  // An incomplete first record was never durable. Exception: when the file begins before the end of the log in the summary,
  // the record was once durable and has been damaged later.
  const decoded = decodeRecord(record, 0, true)
  if ('fault' in decoded) return isBeyondNote || checkpoint.notedLogEnd === Number.POSITIVE_INFINITY
  const { physicalOffset, storeTimestamp } = decoded.message
  if (physicalOffset !== startsAt) return true
  const durableUpTo = checkpoint.physicMsgTimestamp
  return storeTimestamp === durableUpTo ? isBeyondNote : storeTimestamp > durableUpTo
}
// #endregion was-never-durable
