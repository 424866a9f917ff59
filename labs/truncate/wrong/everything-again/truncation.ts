/**
 * Removes the end of a log, and what was derived from it. A slave does this when its master does not have these bytes.
 *
 * `queues.all()` are the queues of this store. A queue's `forgetAfter(position)` removes the entries of records behind a position, and
 * `queues.resetNextOffsets()` lets the next offsets follow from the queues again. `log.cutAt(position, done)` removes the bytes and
 * calls `done` when the disk has it; `log.openAt(position, true)` says where the log ends. Nothing is appended until `done` was called.
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

/**
 * Removes all bytes from `position` on. Calls `done` with '' when the removal is durable, or with the reason of the failure.
 * `cut` is called with the store time of the last record that stays, as far as it is known.
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
