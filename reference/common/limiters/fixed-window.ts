/**
 * The counter: so many in each window of the clock, then no more until the next begins.
 *
 * ```
 * windows   |         |         |          limit 3
 * asked      ..xx x    ..x          . = let through, x = refused
 * ```
 *
 * The cheapest of the four, and the one with the edge: a burst at the end of a window and one at the beginning of the next
 * are let through, twice the limit within moments.
 *
 * Invariant: at most `limit` in a window that begins at a multiple of `windowMs`.
 */
import { type RateLimit, type RateLimiter, REFUSED } from './rate-limiter.ts'

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
