/**
 * When the log becomes durable.
 *
 * | setting     | a put is answered        | the log is synced                                                     |
 * | ----------- | ------------------------ | --------------------------------------------------------------------- |
 * | SYNC_FLUSH  | after its bytes are durable | at once; while one sync runs, later puts gather and share the next one |
 * | ASYNC_FLUSH | when its bytes are in the page cache | every 500 ms if four pages are dirty, every 10 s whatever there is, and when somebody must know |
 *
 * A failed sync is never tried again: the system may have marked the pages clean, and a second sync would succeed without
 * having written them. The store then takes no more messages and says so.
 *
 * Invariant: timers exist only while something is unflushed, so an idle store costs nothing.
 * RocketMQ: `CommitLog.GroupCommitService`, `FlushRealTimeService`, `FlushDiskWatcher`.
 */
import type { Clock, TimerId } from '../host/host.ts'
import type { CommitLog } from './commit-log.ts'
import { FLUSH_INTERVAL_MS, FLUSH_LEAST_BYTES, FLUSH_THOROUGH_INTERVAL_MS, SYNC_FLUSH_TIMEOUT_MS } from './limits.ts'

export type FlushDiskType = 'SYNC_FLUSH' | 'ASYNC_FLUSH'

interface Flusher {
  /** New bytes are in the page cache. */
  written(): void
  /** Stops timers; what is unflushed is the final sync's business. */
  stop(): void
}

/** What became of waiting for the disk. */
export type FlushOutcome = 'flushed' | 'timeout' | 'failed'

/** Many puts, one sync: the longer a sync takes, the more share the next. */
export class GroupCommit implements Flusher {
  readonly #clock: Clock
  readonly #log: CommitLog
  readonly #onFlushed: () => void
  readonly #onFailed: (reason: string) => void
  /** Puts in the order of their bytes. */
  #waiting: { readonly upTo: number; readonly deadlineMs: number; readonly done: (outcome: FlushOutcome) => void }[] =
    []
  #syncing = false
  #failed = false
  #deadline: TimerId | undefined

  constructor(clock: Clock, log: CommitLog, onFlushed: () => void, onFailed: (reason: string) => void) {
    this.#clock = clock
    this.#log = log
    this.#onFlushed = onFlushed
    this.#onFailed = onFailed
  }

  /** Puts whose answer waits for the disk. */
  get waitingPuts(): number {
    return this.#waiting.length
  }

  /** When the first of them was put. */
  get waitsSinceMs(): number | undefined {
    const [first] = this.#waiting
    return first === undefined ? undefined : first.deadlineMs - SYNC_FLUSH_TIMEOUT_MS
  }

  // #region group-commit
  /** Calls `done` when everything before `upTo` is durable, or its time is up; it was put at `sinceMs`. */
  wait(upTo: number, sinceMs: number, done: (outcome: FlushOutcome) => void): void {
    if (this.#failed) return done('failed')
    this.#waiting.push({ upTo, deadlineMs: sinceMs + SYNC_FLUSH_TIMEOUT_MS, done })
    this.#watchDeadline()
    this.written()
  }

  written(): void {
    if (this.#syncing || this.#failed || this.#log.flushedAt >= this.#log.writtenAt) return
    this.#syncing = true
    this.#log.sync((error) => {
      this.#syncing = false
      if (error !== '') return this.#fail(error)
      this.#onFlushed()
      this.#release('flushed', (put) => put.upTo <= this.#log.flushedAt)
      this.written()
    })
  }

  // #endregion group-commit

  stop(): void {
    if (this.#deadline !== undefined) this.#clock.cancel(this.#deadline)
  }

  #fail(reason: string): void {
    this.#failed = true
    this.#onFailed(reason)
    this.#release('failed', () => true)
  }

  #release(outcome: FlushOutcome, which: (put: { upTo: number; deadlineMs: number }) => boolean): void {
    let count = 0
    while (count < this.#waiting.length && which(this.#waiting[count]!)) count++
    for (const put of this.#waiting.splice(0, count)) put.done(outcome)
    this.#watchDeadline()
  }

  /** One timer for the oldest put; the others' deadlines lie behind it. */
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

/** Looks from time to time, while there is something to look at. */
export class FlushRealTime implements Flusher {
  readonly #clock: Clock
  readonly #log: CommitLog
  readonly #onFlushed: () => void
  readonly #onFailed: (reason: string) => void
  #timer: TimerId | undefined
  #dirtySinceMs = 0
  #isSyncing = false
  #failed = false
  /** Who must know when everything before a position is durable. */
  #waiting: { readonly upTo: number; readonly done: () => void }[] = []

  constructor(clock: Clock, log: CommitLog, onFlushed: () => void, onFailed: (reason: string) => void) {
    this.#clock = clock
    this.#log = log
    this.#onFlushed = onFlushed
    this.#onFailed = onFailed
  }

  // #region when-flushed
  /** Calls `done` when everything before `upTo` is durable, and sees to it now; never after a sync has failed. */
  whenFlushed(upTo: number, done: () => void): void {
    if (this.#log.flushedAt >= upTo) return done()
    this.#waiting.push({ upTo, done })
    this.#hurry()
  }

  #hurry(): void {
    if (this.#waiting.length === 0 || this.#isSyncing || this.#log.flushedAt >= this.#log.writtenAt) return
    this.stop()
    this.#sync()
  }
  // #endregion when-flushed

  // #region flush-real-time
  written(): void {
    if (this.#failed) return
    this.#hurry()
    if (this.#timer !== undefined || this.#isSyncing) return
    this.#dirtySinceMs = this.#clock.monotonicMs()
    this.#lookAfter(FLUSH_INTERVAL_MS)
  }

  #lookAfter(delayMs: number): void {
    this.#timer = this.#clock.after(delayMs, () => {
      this.#timer = undefined
      this.#look()
    })
  }

  /** With few dirty pages the next look is the thorough one, so a quiet store sleeps in between. */
  #look(): void {
    const dirtyBytes = this.#log.writtenAt - this.#log.flushedAt
    const dirtyMs = this.#clock.monotonicMs() - this.#dirtySinceMs
    if (dirtyBytes < FLUSH_LEAST_BYTES && dirtyMs < FLUSH_THOROUGH_INTERVAL_MS) {
      return this.#lookAfter(
        dirtyBytes * 4 < FLUSH_LEAST_BYTES ? FLUSH_THOROUGH_INTERVAL_MS - dirtyMs : FLUSH_INTERVAL_MS,
      )
    }
    this.#sync()
  }

  #sync(): void {
    if (this.#failed) return
    this.#isSyncing = true
    this.#log.sync((error) => {
      this.#isSyncing = false
      if (error !== '') {
        this.#failed = true
        return this.#onFailed(error)
      }
      this.#onFlushed()
      const over = this.#waiting.filter(({ upTo }) => upTo <= this.#log.flushedAt)
      this.#waiting = this.#waiting.filter(({ upTo }) => upTo > this.#log.flushedAt)
      for (const { done } of over) done()
      if (this.#log.flushedAt < this.#log.writtenAt) this.written()
    })
  }
  // #endregion flush-real-time

  stop(): void {
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer)
    this.#timer = undefined
  }
}
