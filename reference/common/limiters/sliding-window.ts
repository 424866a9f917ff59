/**
 * The sliding window admits at most `limit` requests in any time span of `windowMs`.
 *
 * The limiter remembers the times of the last `limit` admitted requests. The next request is admitted when the oldest of
 * these times is at least `windowMs` ago. This limiter is exact, but needs memory for `limit` numbers.
 *
 * Invariant: At most `limit` requests are admitted in any half-open time span of `windowMs`.
 */
import { type RateLimit, type RateLimiter, REFUSED } from './rate-limiter.ts'

/** Remembers the times of the last admitted requests. */
export class SlidingWindow implements RateLimiter {
  readonly #windowMs: number
  /** A ring with the times of the last `limit` requests. The oldest time is at `#next`. */
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
