/**
 * The sliding window: so many within the last `windowMs`, wherever one looks.
 *
 * It remembers when each of the last `limit` was let through. The next one may go when the oldest of them has left the
 * window. Exact, at the price of one number for each that the window may hold.
 *
 * Invariant: at most `limit` in any half-open span of `windowMs`.
 */
import { type RateLimit, type RateLimiter, REFUSED } from './rate-limiter.ts'

export class SlidingWindow implements RateLimiter {
  readonly #windowMs: number
  /** A ring: times of the last `limit`, the oldest at `#next`. */
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
