/**
 * Group commit answers each put when its bytes are durable, when a sync has failed, or when the put has waited too long.
 * Many puts share one sync.
 *
 * ```
 *  put 1 ──► sync ────────────────► answer 1
 *  put 2 ──────► waits ─┐
 *  put 3 ─────────► waits ┴───────► one sync for both ──► answers 2 and 3
 * ```
 *
 * A sync makes those bytes durable that were written *before* the sync began. So a put that arrives during a sync waits for
 * the next sync.
 *
 * RocketMQ: `CommitLog.GroupCommitService`, `FlushDiskWatcher`. RocketMQ checks a put up to 1,000 times, once per
 * millisecond. When the bytes of the put are not durable after these checks, RocketMQ answers FLUSH_DISK_TIMEOUT.
 */
import type { Clock, TimerId } from '../host/host.ts'
import type { CommitLog } from './commit-log.ts'
import { DurableWaits, type FlushDone, type Flusher, type FlushOutcome } from './flush.ts'
import { SYNC_FLUSH_TIMEOUT_MS } from './limits.ts'

/** Implements SYNC_FLUSH. All puts that arrive during a sync wait together for the next sync. */
export class GroupCommit implements Flusher {
  readonly #clock: Clock
  readonly #log: CommitLog
  readonly #onFlushed: () => void
  readonly #onFailed: (reason: string) => void
  /** The waiting puts, ordered by their position in the log. */
  #waiting: { readonly upTo: number; readonly deadlineMs: number; readonly done: FlushDone }[] = []
  readonly #durableWaits = new DurableWaits()
  #syncing = false
  #failed = false
  #deadline: TimerId | undefined

  constructor(clock: Clock, log: CommitLog, onFlushed: () => void, onFailed: (reason: string) => void) {
    this.#clock = clock
    this.#log = log
    this.#onFlushed = onFlushed
    this.#onFailed = onFailed
  }

  /** The number of puts whose answer waits for the disk. */
  get waitingPuts(): number {
    return this.#waiting.length
  }

  /** The time at which the oldest waiting put arrived, in ms of the monotonic clock. Undefined when no put waits. */
  get waitsSinceMs(): number | undefined {
    const [first] = this.#waiting
    return first === undefined ? undefined : first.deadlineMs - SYNC_FLUSH_TIMEOUT_MS
  }

  // #region group-commit
  /**
   * Calls `done` once. The outcome is 'flushed' when all
   * bytes before `upTo` are durable, 'failed' after a
   * failed sync, and 'timeout' when the put that arrived at
   * `sinceMs` has waited too long.
   */
  wait(upTo: number, sinceMs: number, done: FlushDone): void {
    if (this.#failed) return done('failed')
    const deadlineMs = sinceMs + SYNC_FLUSH_TIMEOUT_MS
    this.#waiting.push({ upTo, deadlineMs, done })
    this.#watchDeadline()
    this.written()
  }
  // #endregion group-commit

  whenFlushed(upTo: number, done: () => void): void {
    if (this.#log.flushedAt >= upTo) return done()
    this.#durableWaits.add(upTo, done)
    this.written()
  }

  // #region one-sync
  /** Syncs the bytes that are not durable yet, unless a sync is running. */
  written(): void {
    const isClean = this.#log.flushedAt >= this.#log.writtenAt
    if (this.#syncing || this.#failed || isClean) return
    this.#syncing = true
    this.#log.sync((error) => {
      this.#syncing = false
      if (error !== '') return this.#fail(error)
      this.#onFlushed()
      const { flushedAt } = this.#log
      this.#release('flushed', ({ upTo }) => upTo <= flushedAt)
      this.#durableWaits.release(flushedAt)
      this.written()
    })
  }
  // #endregion one-sync

  stop(): void {
    if (this.#deadline !== undefined) this.#clock.cancel(this.#deadline)
  }

  #fail(reason: string): void {
    this.#failed = true
    this.#onFailed(reason)
    this.#release('failed', () => true)
  }

  /** Answers waiting puts in the order of the log. Stops at the first put for which `which` returns false. */
  #release(outcome: FlushOutcome, which: (put: { upTo: number; deadlineMs: number }) => boolean): void {
    let count = 0
    while (count < this.#waiting.length && which(this.#waiting[count]!)) count++
    for (const put of this.#waiting.splice(0, count)) put.done(outcome)
    this.#watchDeadline()
  }

  /** Sets one timer for the oldest put. Every other put has the same or a later deadline. */
  #watchDeadline(): void {
    const oldest = this.#waiting[0]
    if (oldest === undefined || this.#deadline !== undefined) return
    this.#deadline = this.#clock.after(Math.max(0, oldest.deadlineMs - this.#clock.monotonicMs()), () => {
      this.#deadline = undefined
      const nowMs = this.#clock.monotonicMs()
      this.#release('timeout', (put) => put.deadlineMs <= nowMs)
      this.#watchDeadline()
    })
  }
}
