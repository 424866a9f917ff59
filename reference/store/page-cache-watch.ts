/**
 * Detects slow writes to the page cache (`osPageCacheBusyTimeOutMills`). After a slow write, puts are refused for a second,
 * so that producers can try another broker.
 *
 * | moment                    | RocketMQ                                        | this broker                         |
 * | ------------------------- | ----------------------------------------------- | ----------------------------------- |
 * | a write exceeds the limit | other threads see how long the lock for puts is held, and refuse puts | the process waits and cannot answer |
 * | the write has ended       | the lock is free, and puts are accepted         | puts are refused for a second       |
 *
 * This broker has one thread, and this thread cannot refuse puts while it waits for a write. After the write, the broker
 * knows how long the write took. So the puts that arrived during a slow write are refused. After a second, puts are accepted
 * again. If the next write is slow, too, puts are refused for another second.
 *
 * RocketMQ: `DefaultMessageStore.isOSPageCacheBusy`.
 */
import type { Clock } from '../host/host.ts'
import { OS_PAGE_CACHE_BUSY_REST_MS } from './limits.ts'

/** Measures the writes to the page cache of one store. */
export class PageCacheWatch {
  readonly #clock: Clock
  readonly #timeoutMs: number
  #restsUntilMs = Number.NEGATIVE_INFINITY
  /** The duration of the last slow write, in ms, or 0 before the first slow write. */
  lastSlowWriteMs = 0

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  // #region page-cache-busy
  /** Runs a write to the page cache and measures its duration. */
  measure(write: () => void): void {
    const beganMs = this.#clock.monotonicMs()
    try {
      write()
    } finally {
      const endedMs = this.#clock.monotonicMs()
      if (endedMs - beganMs > this.#timeoutMs) {
        this.lastSlowWriteMs = endedMs - beganMs
        this.#restsUntilMs = endedMs + OS_PAGE_CACHE_BUSY_REST_MS
      }
    }
  }

  /** Returns true for a second after a slow write. */
  isBusy(): boolean {
    return this.#restsUntilMs > 0 && this.#clock.monotonicMs() < this.#restsUntilMs
  }
  // #endregion page-cache-busy
}
