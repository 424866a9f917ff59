/**
 * Whether the system takes pages slowly (`osPageCacheBusyTimeOutMills`): then sends are refused, and go to another broker.
 *
 * | moment                                        | RocketMQ                                  | here                                    |
 * | --------------------------------------------- | ----------------------------------------- | --------------------------------------- |
 * | a write waits for longer than the limit        | other threads see how long the put lock is held, and refuse | nobody can be answered: the process waits |
 * | it has ended                                   | the lock is free, and puts are taken       | who came meanwhile is refused, for a second |
 *
 * A process that waits cannot say so while it waits. What it can know afterwards is how long the write took, by its own
 * clock; then it does what the lock's watchers do. After the second one put tries again: if its write is slow too, the next
 * second begins.
 *
 * RocketMQ: `DefaultMessageStore.isOSPageCacheBusy`.
 */
import type { Clock } from '../host/host.ts'
import { OS_PAGE_CACHE_BUSY_REST_MS } from './limits.ts'

export class PageCacheWatch {
  readonly #clock: Clock
  readonly #timeoutMs: number
  #restsUntilMs = Number.NEGATIVE_INFINITY
  /** How long the write took that made it busy. */
  lastSlowWriteMs = 0

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  // #region page-cache-busy
  /** Runs a write to the page cache and looks at the clock before and after. */
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

  isBusy(): boolean {
    return this.#clock.monotonicMs() < this.#restsUntilMs
  }
  // #endregion page-cache-busy
}
