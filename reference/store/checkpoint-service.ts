/**
 * Keeps the checkpoint up to date: a second after something was written, queues and index are handed to the page cache,
 * the queues are synced, and then the checkpoint may say so.
 *
 * The order is the point: a checkpoint that vouches for what is not durable makes recovery begin too late.
 *
 * Invariant: a timer exists only while something is not vouched for.
 * RocketMQ: `FlushConsumeQueueService`, and the checkpoint's part of `FlushRealTimeService`.
 */

import { attempt } from '../host/disk-attempt.ts'
import type { Clock, TimerId } from '../host/host.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CommitLog } from './commit-log.ts'
import type { ConsumeQueueStore, QueueSummary } from './consume-queue-store.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { IndexService } from './index-service.ts'
import { FLUSH_CONSUME_QUEUE_INTERVAL_MS } from './limits.ts'

/** The parts whose state a checkpoint sums up. */
export interface CheckpointedParts {
  readonly log: CommitLog
  readonly queues: ConsumeQueueStore
  readonly index: IndexService | undefined
  readonly dispatcher: Dispatcher
}

export interface CheckpointEvents {
  /** Store time of the last record appended. */
  lastStoreTimestamp(): number
  /** The regular moment: what else is looked at once a second while messages come. May throw `DiskError`. */
  onRound(): void
  /** False ends the rounds: the store takes no more. */
  goesOn(): boolean
  onFailed(reason: string): void
}

export class CheckpointService {
  readonly #clock: Clock
  readonly #checkpoint: Checkpoint
  readonly #parts: CheckpointedParts
  readonly #events: CheckpointEvents
  #timer: TimerId | undefined

  constructor(clock: Clock, checkpoint: Checkpoint, parts: CheckpointedParts, events: CheckpointEvents) {
    this.#clock = clock
    this.#checkpoint = checkpoint
    this.#parts = parts
    this.#events = events
  }

  // #region checkpoint
  /** Something was written: in a second at the latest the checkpoint is looked after. */
  writeLater(): void {
    this.#timer ??= this.#clock.after(FLUSH_CONSUME_QUEUE_INTERVAL_MS, () => {
      let isIndexWritten = true
      const failure = attempt(() => {
        this.#events.onRound()
        this.#parts.queues.writeOut()
        isIndexWritten = this.#parts.index?.writeOut(false) ?? true
      })
      if (failure === '') this.#write(isIndexWritten)
      else this.#events.onFailed(`consume queue or index cannot be written: ${failure}`)
    })
  }

  #write(isIndexWritten: boolean): void {
    const { log, queues, dispatcher } = this.#parts
    const timestamp = this.#events.lastStoreTimestamp()
    const isLogFlushed = log.flushedAt === log.appendedAt
    const summary = queues.summary(log.files.startsAt, log.appendedAt)
    queues.sync((error) => {
      this.#timer = undefined
      if (error !== '') return this.#events.onFailed(`a sync of the consume queues failed: ${error}`)
      // The queues hold what was dispatched before; the log's own time moves only when all of it is durable.
      const isAllDurable = isLogFlushed && dispatcher.hasDispatchedAll
      const failure = isAllDurable ? attempt(() => this.noteDurable(timestamp, summary)) : ''
      if (failure !== '') return this.#events.onFailed(`the checkpoint cannot be written: ${failure}`)
      if (isAllDurable) this.#checkpoint.sync(() => {})
      if ((!isAllDurable || !isIndexWritten) && this.#events.goesOn()) this.writeLater()
    })
  }

  /** Log and queues are durable up to this store time. Throws `DiskError`. */
  noteDurable(timestamp: number, summary: QueueSummary): void {
    this.#checkpoint.writeSummary(summary)
    this.#checkpoint.physicMsgTimestamp = timestamp
    this.#checkpoint.logicsMsgTimestamp = timestamp
    this.#checkpoint.write()
  }
  // #endregion checkpoint

  /** The log is durable up to this store time; of the queues nothing is known. Throws `DiskError`. */
  noteLogDurable(timestamp: number): void {
    const { log, queues } = this.#parts
    this.#checkpoint.logBegins()
    this.#checkpoint.writeSummary(queues.summary(log.files.startsAt, log.writtenAt))
    this.#checkpoint.physicMsgTimestamp = timestamp
    this.#checkpoint.write()
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer)
  }
}
