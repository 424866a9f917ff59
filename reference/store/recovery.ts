/**
 * After a start: where does the log end, and which queues lack entries?
 *
 * | last stop | sign                  | the log is walked from                                                         |
 * | --------- | --------------------- | ------------------------------------------------------------------------------ |
 * | clean     | no file `abort`       | the last file that is known to be complete: its third-last                      |
 * | unclean   | `abort` is still there | the newest file whose first record is older than the checkpoint                 |
 *
 * The walk stops at the first record that is torn, and the log is cut there: what follows was never acknowledged as
 * durable. Every record walked is offered to its queue again; a queue takes only what it lacks.
 *
 * RocketMQ: `CommitLog.recoverNormally`, `recoverAbnormally`, `ConsumeQueueStore.recover`. A departure: after a clean stop
 * we also offer the walked records to their queues. Not here: index files, progress on long logs.
 */

import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { decodeRecord } from '../common/message-codec.ts'
import type { Checkpoint } from './checkpoint.ts'
import { type WalkResult, walkLog } from './log-walker.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

/** After a clean stop this many files are still looked through. */
const FILES_AFTER_CLEAN_STOP = 3
/** The first record of a file is read in one piece of at most this size; its header is all that matters. */
const FIRST_RECORD_BYTES_MAX = 8 * 1024 * 1024

// #region recover-log
/** Walks the log and hands every good record to `onRecord`; the caller truncates at the result's `endsAt`. */
export function recoverLog(
  files: MappedFileQueue,
  clean: boolean,
  checkpoint: Checkpoint,
  onRecord: (message: MessageExt) => void,
): WalkResult {
  if (files.fileCount === 0) return { endsAt: 0, records: 0, reason: 'no files' }
  const from = clean
    ? (files.fileStarts.at(-FILES_AFTER_CLEAN_STOP) ?? files.startsAt)
    : firstUncertainFile(files, checkpoint)
  return walkLog(files, from, true, onRecord)
}

function firstUncertainFile(files: MappedFileQueue, checkpoint: Checkpoint): number {
  for (const startsAt of [...files.fileStarts].reverse()) {
    const first = firstRecord(files, startsAt)
    if (first !== undefined && first.storeTimestamp <= checkpoint.minTimestamp) return startsAt
  }
  return files.startsAt
}
// #endregion recover-log

function firstRecord(files: MappedFileQueue, startsAt: number): MessageExt | undefined {
  const sizeBytes = readI32(files.read(startsAt, 8), 0)
  if (sizeBytes <= 0 || sizeBytes > FIRST_RECORD_BYTES_MAX) return undefined
  const decoded = decodeRecord(files.read(startsAt, sizeBytes), 0, false)
  return 'message' in decoded ? decoded.message : undefined
}
