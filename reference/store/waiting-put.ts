/**
 * A put that waits for its answer. The record of the put already has a position in the log. The put waits until the record
 * is in the page cache. Under SYNC_FLUSH, a put with `waitStoreMsgOk` then waits until the record is durable.
 *
 * RocketMQ: `CommitLog.GroupCommitRequest`, `FlushDiskWatcher`.
 */
import type { FlushOutcome } from './flush.ts'
import { PutMessageStatus } from './put-message.ts'

/** One waiting put. */
export interface WaitingPut {
  /** The position in the log after the last record of the put. */
  readonly upTo: number
  readonly sinceMs: number
  readonly waitStoreMsgOk: boolean
  readonly done: (status: PutMessageStatus, reason: string) => void
}

/**
 * Answers a put whose wait for the disk has ended. The status is PUT_OK for 'flushed', and FLUSH_DISK_TIMEOUT for 'timeout'
 * and 'failed'.
 */
export function answerFlush(put: WaitingPut, outcome: FlushOutcome): void {
  if (outcome === 'flushed') return put.done(PutMessageStatus.PUT_OK, '')
  const reason = outcome === 'timeout' ? 'the disk did not confirm in time' : 'the disk failed'
  put.done(PutMessageStatus.FLUSH_DISK_TIMEOUT, reason)
}
