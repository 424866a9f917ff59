/**
 * The sliding window: admits at most `limit` requests within any span of `windowMs`.
 *
 * It remembers when each of the last `limit` requests was admitted. The next is admitted when the oldest of them has left the
 * window. It is exact; the price is one number for each request that the window may hold.
 *
 * Invariant: at most `limit` requests in any half-open span of `windowMs`.
 */
import { type RateLimit, type RateLimiter, REFUSED } from './rate-limiter.ts'

/** Remembers when the last requests were admitted. */
export class SlidingWindow implements RateLimiter {
  readonly #windowMs: number
  /** A ring with the times of the last `limit` requests; the oldest is at `#next`. */
  readonly #times: number[]
  #next = 0

  constructor({ limit, windowMs }: RateLimit) {
    this.#windowMs = windowMs
    this.#times = new Array<number>(limit).fill(Number.NEGATIVE_INFINITY)
  }

  // #region sliding-window
  ask(nowMs: number): number {
    if (nowMs - this.#times[this.#next]! < this.#windowMs) return REFUSED
    this.#times[this.#next] = nowMs
    this.#next = (this.#next + 1) % this.#times.length
    return 0
  }
  // #endregion sliding-window
}
