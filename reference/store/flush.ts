/**
 * Decides when the log is synced. A sync makes the log durable. A byte is dirty while it is in the page cache and not durable.
 *
 * | setting     | a put is answered                    | the log is synced                                                 |
 * | ----------- | ------------------------------------ | ----------------------------------------------------------------- |
 * | SYNC_FLUSH  | when its bytes are durable           | at once; all puts that arrive during a sync share the next sync   |
 * | ASYNC_FLUSH | when its bytes are in the page cache | the log is checked every 500 ms, and synced when 16 KiB are dirty, or 10 s after the first byte became dirty; at once for `whenFlushed` |
 *
 * A put with WAIT=false is answered as under ASYNC_FLUSH. A put that waits too long is answered with a timeout. After a
 * failed sync, a flusher does not sync again: the operating system may mark the pages as clean, and a second
 * sync could succeed without writing these pages. Therefore the store refuses all further messages and reports the reason.
 *
 * Invariant: A timer is set only after a byte became dirty, or while puts wait. A timer that finds nothing dirty is not set
 * again, so an idle store has no timer.
 *
 * RocketMQ: `CommitLog.GroupCommitService`, `FlushRealTimeService`, `FlushDiskWatcher`.
 */
import type { Clock, TimerId } from '../host/host.ts'
import type { CommitLog } from './commit-log.ts'
import { FLUSH_BYTES_MIN, FLUSH_INTERVAL_MS, FLUSH_THOROUGH_INTERVAL_MS } from './limits.ts'

/** The flush setting. The table at the start of this file explains both values. */
export type FlushDiskType = 'SYNC_FLUSH' | 'ASYNC_FLUSH'

/** Decides when the log is synced. There is one class for each flush setting. */
export interface Flusher {
  /** Called after bytes were written to the page cache, and when bytes are dirty after a sync. */
  written(): void
  /**
   * Calls `done` when all bytes before `upTo` are durable. This wait has no time limit. When a sync fails before these bytes
   * are durable, `done` is never called.
   */
  whenFlushed(upTo: number, done: () => void): void
  /** Cancels the timer, and sets no other one. The caller must then sync the dirty bytes. */
  stop(): void
}

/** The result of a put's wait until its bytes are durable. */
export type FlushOutcome = 'flushed' | 'timeout' | 'failed'
/** Called with the result of the wait of one put. */
export type FlushDone = (outcome: FlushOutcome) => void

/** The callers of `whenFlushed` that wait. These callers wait without a time limit, because no client waits for them. */
export class DurableWaits {
  #waiting: { readonly upTo: number; readonly done: () => void }[] = []

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  add(upTo: number, done: () => void): void {
    this.#waiting.push({ upTo, done })
  }

  /** Calls the `done` of every caller whose `upTo` is at most `flushedAt`, and removes these callers. */
  release(flushedAt: number): void {
    const ready = this.#waiting.filter(({ upTo }) => upTo <= flushedAt)
    this.#waiting = this.#waiting.filter(({ upTo }) => upTo > flushedAt)
    for (const { done } of ready) done()
  }
}

/** Implements ASYNC_FLUSH. While some bytes are not durable, a timer starts syncs. */
export class FlushRealTime implements Flusher {
  readonly #clock: Clock
  readonly #log: CommitLog
  readonly #onFlushed: () => void
  readonly #onFailed: (reason: string) => void
  #timer: TimerId | undefined
  /**
   * The time at which the first dirty byte was written. During a sync this time is not noted, so for a byte that was written
   * during a sync, it is the end of that sync.
   */
  #dirtySinceMs = 0
  /** True while the timer is set for the limit of ten seconds. */
  #waitsLong = false
  #isSyncing = false
  #failed = false
  #isStopped = false
  readonly #durableWaits = new DurableWaits()

  constructor(clock: Clock, log: CommitLog, onFlushed: () => void, onFailed: (reason: string) => void) {
    this.#clock = clock
    this.#log = log
    this.#onFlushed = onFlushed
    this.#onFailed = onFailed
  }

  // #region when-flushed
  /**
   * Calls `done` when all bytes before `upTo` are durable.
   * When some of them are dirty and no sync is running, a
   * sync starts now. If a sync fails before these bytes are
   * durable, `done` is never called.
   */
  whenFlushed(upTo: number, done: () => void): void {
    if (this.#log.flushedAt >= upTo) return done()
    this.#durableWaits.add(upTo, done)
    this.#hurry()
  }

  /** If a caller of `whenFlushed` waits, bytes are dirty and no sync is running, cancels the timer and starts a sync. */
  #hurry(): void {
    const isClean = this.#log.flushedAt >= this.#log.writtenAt
    if (this.#durableWaits.isEmpty || this.#isSyncing || isClean) return
    this.#cancelTimer()
    this.#sync()
  }
  // #endregion when-flushed

  written(): void {
    if (this.#failed || this.#isStopped) return
    this.#hurry()
    if (this.#isSyncing) return
    if (this.#timer === undefined) {
      this.#dirtySinceMs = this.#clock.monotonicMs()
      this.#lookAfter(FLUSH_INTERVAL_MS)
    } else if (this.#waitsLong && !this.#isFew) this.#lookAtInterval()
  }

  /** True while less than 4 KiB are dirty. */
  get #isFew(): boolean {
    return (this.#log.writtenAt - this.#log.flushedAt) * 4 < FLUSH_BYTES_MIN
  }

  /** Ends a long wait. Sets the timer for the next check: checks are `FLUSH_INTERVAL_MS` apart, counted from `#dirtySinceMs`. */
  #lookAtInterval(): void {
    this.#cancelTimer()
    const dirtyMs = this.#clock.monotonicMs() - this.#dirtySinceMs
    this.#lookAfter(FLUSH_INTERVAL_MS - (dirtyMs % FLUSH_INTERVAL_MS))
  }

  // #region flush-real-time
  /**
   * Syncs now when at least 16 KiB are dirty, or ten seconds
   * after the first byte became dirty. In other cases, sets
   * the timer again. With less than 4 KiB, the timer is set
   * for the end of the ten seconds. When 4 KiB are reached
   * before, the next check is earlier (`#lookAtInterval`).
   * With 4 to 16 KiB, the timer fires after
   * `FLUSH_INTERVAL_MS`.
   */
  #look(): void {
    const { writtenAt, flushedAt } = this.#log
    const dirtyBytes = writtenAt - flushedAt
    const nowMs = this.#clock.monotonicMs()
    const dirtyMs = nowMs - this.#dirtySinceMs
    const leftMs = FLUSH_THOROUGH_INTERVAL_MS - dirtyMs
    const isMany = dirtyBytes >= FLUSH_BYTES_MIN
    if (isMany || leftMs <= 0) return this.#sync()
    this.#lookAfter(this.#isFew ? leftMs : FLUSH_INTERVAL_MS)
    this.#waitsLong = this.#isFew
  }
  // #endregion flush-real-time

  #lookAfter(delayMs: number): void {
    this.#waitsLong = false
    this.#timer = this.#clock.after(delayMs, () => {
      this.#timer = undefined
      this.#look()
    })
  }

  #sync(): void {
    if (this.#failed) return
    this.#isSyncing = true
    this.#log.sync((error) => {
      this.#isSyncing = false
      if (error === '') return this.#synced()
      this.#failed = true
      this.#onFailed(error)
    })
  }

  #synced(): void {
    this.#onFlushed()
    this.#durableWaits.release(this.#log.flushedAt)
    if (this.#log.flushedAt < this.#log.writtenAt) this.written()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelTimer()
  }

  #cancelTimer(): void {
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer)
    this.#timer = undefined
  }
}
