/**
 * Updates the checkpoint (`checkpoint.ts`) in rounds. A round begins one second after a write to the log. The round first
 * writes the queues and the index to the page cache. Then the round syncs the queues. At the end, the round writes the
 * checkpoint, if the whole log is durable and dispatched (entered in the queues and the index). Another round follows when
 * a part of the log is not durable or not dispatched, or when keys of the index are not written.
 *
 * The checkpoint must be written last. If the times in the checkpoint were later than those of records that are not durable,
 * recovery would begin behind these records.
 *
 * Invariant: A timer is set only when the checkpoint may be older than the log, the queues or the facts that it stores, or
 * when keys of the index may not be written.
 *
 * RocketMQ: `FlushConsumeQueueService`, and the lines of `FlushRealTimeService` that set the checkpoint.
 */
import { attempt } from '../host/disk-attempt.ts'
import type { Clock, TimerId } from '../host/host.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CommitLog } from './commit-log.ts'
import type { ConsumeQueueStore, QueueSummary } from './consume-queue-store.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { IndexService } from './index-service.ts'
import { FLUSH_CONSUME_QUEUE_INTERVAL_MS } from './limits.ts'

/** The parts of a store that a round writes, syncs or checks. */
export interface CheckpointedParts {
  readonly log: CommitLog
  readonly queues: ConsumeQueueStore
  readonly index: IndexService | undefined
  readonly dispatcher: Dispatcher
}

/** The callbacks of the checkpoint service. */
export interface CheckpointEvents {
  /** Returns the store time of the last appended record. */
  lastStoreTimestamp(): number
  /** Returns the position before which every record is dispatched. Without this function, that is the end of the log. */
  dispatchedAt?(): number
  /** Returns the confirm offset (`put-path.ts`). Without this function, no controller elects the master. */
  confirmOffset?(): number
  /** Called at the beginning of each round. Throws `DiskError` when the disk fails. */
  onRound(): void
  /** Returns false when the store accepts no more puts, so that no further round is started. */
  goesOn(): boolean
  /** Called when a write or a sync has failed. */
  onFailed(reason: string): void
}

/** Updates the checkpoint of one store. */
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
  /** Schedules a round in one second, unless a round is already scheduled. */
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
  /** Syncs the queues. Then updates the checkpoint, if the whole log is durable and dispatched. */
  #write(isIndexWritten: boolean): void {
    const { log, queues, dispatcher } = this.#parts
    const timestamp = this.#events.lastStoreTimestamp()
    const isLogFlushed = log.flushedAt === log.appendedAt
    const summary = queues.summary(log.files.startsAt, this.#dispatchedAt)
    const confirmOffset = this.#events.confirmOffset?.()
    queues.sync((error) => {
      this.#timer = undefined
      if (error !== '') return this.#events.onFailed(`a sync of the consume queues failed: ${error}`)
      // The times in the checkpoint increase only when the whole log is durable and dispatched.
      const isAllDurable = isLogFlushed && dispatcher.hasDispatchedAll
      const failure = isAllDurable ? attempt(() => this.noteDurable(timestamp, summary, confirmOffset)) : ''
      if (failure !== '') return this.#events.onFailed(`the checkpoint cannot be written: ${failure}`)
      if (isAllDurable) this.#checkpoint.sync(() => {})
      const isOver = isAllDurable && isIndexWritten
      if (!isOver && this.#events.goesOn()) this.writeLater()
    })
  }
  // #endregion write-when-durable

  // #region note-durable
  /** Writes to the checkpoint that log and queues are durable up to a store time. Throws `DiskError` when a write fails. */
  noteDurable(timestamp: number, summary: QueueSummary, confirmOffset: number | undefined): void {
    this.#checkpoint.confirmPhyOffset = confirmOffset
    this.#checkpoint.writeSummary(summary)
    this.#checkpoint.physicMsgTimestamp = timestamp
    this.#checkpoint.logicsMsgTimestamp = timestamp
    this.#checkpoint.write()
  }
  // #endregion note-durable

  /**
   * Writes to the checkpoint that the log is durable up to a store time. For the queues, the checkpoint then has no time.
   * Throws `DiskError` when a write fails.
   */
  noteLogDurable(timestamp: number): void {
    const { log, queues } = this.#parts
    this.#checkpoint.confirmPhyOffset = this.#events.confirmOffset?.()
    this.#checkpoint.logBegins()
    this.#checkpoint.writeSummary(queues.summary(log.files.startsAt, Math.min(log.writtenAt, this.#dispatchedAt)))
    this.#checkpoint.physicMsgTimestamp = timestamp
    this.#checkpoint.write()
  }

  get #dispatchedAt(): number {
    return this.#events.dispatchedAt?.() ?? this.#parts.log.appendedAt
  }

  /** Cancels the timer. */
  stop(): void {
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer)
  }
}
