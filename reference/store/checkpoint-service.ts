/**
 * Keeps the checkpoint up to date. One second after something was written, queues and index are handed to the page cache,
 * then the queues are synced, and only then the checkpoint is written.
 *
 * The order matters: a checkpoint that vouches for what is not durable makes recovery begin too late.
 *
 * Invariant: a timer exists only while the checkpoint does not vouch for everything.
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

/** The parts that a checkpoint vouches for. */
export interface CheckpointedParts {
  readonly log: CommitLog
  readonly queues: ConsumeQueueStore
  readonly index: IndexService | undefined
  readonly dispatcher: Dispatcher
}

export interface CheckpointEvents {
  /** Store time of the last appended record. */
  lastStoreTimestamp(): number
  /** Called once a second while messages arrive. May throw `DiskError`. */
  onRound(): void
  /** Returns false when the store accepts no more puts: the rounds end. */
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
  /** Brings the checkpoint up to date within a second. */
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
  // #endregion checkpoint

  // #region write-when-durable
  /** Syncs the queues; then the checkpoint may vouch for them. */
  #write(isIndexWritten: boolean): void {
    const { log, queues, dispatcher } = this.#parts
    const timestamp = this.#events.lastStoreTimestamp()
    const isLogFlushed = log.flushedAt === log.appendedAt
    const summary = queues.summary(log.files.startsAt, log.appendedAt)
    queues.sync((error) => {
      this.#timer = undefined
      if (error !== '') return this.#events.onFailed(`a sync of the consume queues failed: ${error}`)
      // The time moves only when all of the log is durable and dispatched.
      const isAllDurable = isLogFlushed && dispatcher.hasDispatchedAll
      const failure = isAllDurable ? attempt(() => this.noteDurable(timestamp, summary)) : ''
      if (failure !== '') return this.#events.onFailed(`the checkpoint cannot be written: ${failure}`)
      if (isAllDurable) this.#checkpoint.sync(() => {})
      const isOver = isAllDurable && isIndexWritten
      if (!isOver && this.#events.goesOn()) this.writeLater()
    })
  }
  // #endregion write-when-durable

  // #region note-durable
  /** Notes that log and queues are durable up to a store time. */
  noteDurable(timestamp: number, summary: QueueSummary): void {
    this.#checkpoint.writeSummary(summary)
    this.#checkpoint.physicMsgTimestamp = timestamp
    this.#checkpoint.logicsMsgTimestamp = timestamp
    this.#checkpoint.write()
  }
  // #endregion note-durable

  /** Notes that the log is durable up to a store time; of the queues nothing is known. Throws `DiskError`. */
  noteLogDurable(timestamp: number): void {
    const { log, queues } = this.#parts
    this.#checkpoint.logBegins()
    this.#checkpoint.writeSummary(queues.summary(log.files.startsAt, log.writtenAt))
    this.#checkpoint.physicMsgTimestamp = timestamp
    this.#checkpoint.write()
  }

  /** Stops the timer. */
  stop(): void {
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer)
  }
}
