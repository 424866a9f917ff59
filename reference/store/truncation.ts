/**
 * Removes the end of the log, and everything that was derived from it. A slave removes the bytes that its master does not
 * have.
 *
 * | step | what is done                                                              | why                                            |
 * | ---- | ------------------------------------------------------------------------- | ---------------------------------------------- |
 * | 1    | queue entries and keys of the removed records are removed                  | they would point to other records              |
 * | 2    | the next offsets follow from the queues                                    | the next message takes the place of a removed one |
 * | 3    | the log is cut, filled with zeros and synced; later files are removed      | a crash must not bring the records back        |
 * | 4    | the checkpoint says that the queues are not durable                        | recovery must not trust entries of removed records |
 *
 * The caller appends nothing before the last step is durable.
 *
 * RocketMQ: `DefaultMessageStore.truncateFiles`. RocketMQ only sets positions in memory, so a crash can bring removed
 * records back (apache/rocketmq#10666).
 */
import { attempt } from '../host/disk-attempt.ts'
import type { Trace } from '../host/trace.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CheckpointService } from './checkpoint-service.ts'
import type { CommitLog } from './commit-log.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import type { Dispatcher } from './dispatcher.ts'
import { firstRecord } from './first-record.ts'
import type { IndexService } from './index-service.ts'
import { recoverIndex } from './recover-index.ts'

/** The parts of a store that lose records. */
export interface TruncatedParts {
  readonly trace: Trace
  readonly log: CommitLog
  readonly queues: ConsumeQueueStore
  readonly index: IndexService | undefined
  readonly dispatcher: Dispatcher
  readonly checkpoint: Checkpoint
  readonly checkpoints: CheckpointService
}

// #region truncate-store
/**
 * Removes all bytes from `position` on. Calls `done` with '' when the removal is durable, or with the reason of the failure.
 * `cut` is called with the store time of the last record that stays in a queue, or with 0 when this time is not known.
 */
export function truncateStore(
  parts: TruncatedParts,
  position: number,
  cut: (lastStoreTimestamp: number) => void,
  done: (error: string) => void,
): void {
  const { log, queues, dispatcher, checkpoint, checkpoints } = parts
  dispatcher.forgetWaiting()
  const failure = attempt(() => {
    for (const queue of queues.all()) queue.forgetAfter(position)
    queues.resetNextOffsets()
    forgetKeys(parts, position)
  })
  if (failure !== '') return done(failure)
  log.cutAt(position, (error) => {
    if (error !== '') return done(error)
    const lastStoreTimestamp = storeTimeBefore(parts)
    const problem = attempt(() => checkpoints.noteLogDurable(lastStoreTimestamp))
    if (problem !== '') return done(problem)
    cut(lastStoreTimestamp)
    queues.sync((queueError) => (queueError === '' ? checkpoint.sync(done) : done(queueError)))
  })
}
// #endregion truncate-store

/** Opens the index again without the files that have keys of removed records, and adds the keys of all other records. */
function forgetKeys({ log, index, checkpoint, trace, queues }: TruncatedParts, position: number): void {
  if (index === undefined || index.lastPhyOffset < position) return
  index.writeOut(true)
  const dispatchedEnd = Math.max(queues.maxPhysicalOffset, log.files.startsAt)
  recoverIndex({ log: log.files, trace, checkpoint }, index, Math.min(position, dispatchedEnd), true)
}

/** Returns the store time of the last record that is in a queue, or 0. */
function storeTimeBefore({ log, queues }: TruncatedParts): number {
  let lastAt = -1
  for (const queue of queues.all()) {
    const [last] = queue.read(queue.maxOffset - 1, 1)
    lastAt = Math.max(lastAt, last?.physicalOffset ?? -1)
  }
  return lastAt < 0 ? 0 : (firstRecord(log.files, lastAt)?.storeTimestamp ?? 0)
}
