/**
 * Notices that the system accepts pages slowly (`osPageCacheBusyTimeOutMills`): sends are then refused, and their producers
 * try another broker.
 *
 * | moment                        | RocketMQ                                            | here                                   |
 * | ----------------------------- | --------------------------------------------------- | -------------------------------------- |
 * | a write exceeds the limit     | other threads see how long the put lock is held     | the process waits and cannot answer    |
 * | the write has ended           | the lock is free, and puts are accepted             | puts are refused for a second          |
 *
 * A process that waits cannot refuse puts while it waits. Afterwards it knows by its clock how long the write took, and
 * refuses the puts that arrived meanwhile. After a second the next put tries again; a slow write begins another second.
 *
 * RocketMQ: `DefaultMessageStore.isOSPageCacheBusy`.
 */
import type { Clock } from '../host/host.ts'
import { OS_PAGE_CACHE_BUSY_REST_MS } from './limits.ts'

export class PageCacheWatch {
  readonly #clock: Clock
  readonly #timeoutMs: number
  #restsUntilMs = Number.NEGATIVE_INFINITY
  /** Duration of the last slow write. */
  lastSlowWriteMs = 0

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  // #region page-cache-busy
  /** Runs a write to the page cache and measures how long it takes. */
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

  /** True for a second after a slow write. */
  isBusy(): boolean {
    return this.#clock.monotonicMs() < this.#restsUntilMs
  }
  // #endregion page-cache-busy
}
