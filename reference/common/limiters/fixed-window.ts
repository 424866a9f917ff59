/**
 * The counter admits up to `limit` requests in each window of the clock. Further requests are refused until the next window
 * begins.
 *
 * ```
 * windows   |         |         |          limit 3
 * asked      ..xx x    ..x          . = admitted, x = refused
 * ```
 *
 * The counter remembers only two numbers. But the counter has a weakness at the border between two windows. The counter
 * admits a burst at the end of one window, and another burst at the start of the next window. The two bursts together can
 * have twice the limit in a short time.
 *
 * Invariant: At most `limit` requests are admitted in a window that begins at a multiple of `windowMs`.
 */
import { type RateLimit, type RateLimiter, REFUSED } from './rate-limiter.ts'

/** Counts the requests of the current window. */
export class FixedWindow implements RateLimiter {
  readonly #limit: number
  readonly #windowMs: number
  #number = Number.NEGATIVE_INFINITY
  #count = 0

  constructor({ limit, windowMs }: RateLimit) {
    this.#limit = limit
    this.#windowMs = windowMs
  }

  // #region counter
  ask(nowMs: number): number {
    const number = Math.floor(nowMs / this.#windowMs)
    if (number !== this.#number) {
      this.#number = number
      this.#count = 0
    }
    if (this.#count >= this.#limit) return REFUSED
    this.#count++
    return 0
  }
  // #endregion counter
}
