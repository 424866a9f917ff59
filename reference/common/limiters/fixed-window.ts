/**
 * The counter: admits up to `limit` requests in each window of the clock, and none until the next window.
 *
 * ```
 * windows   |         |         |          limit 3
 * asked      ..xx x    ..x          . = admitted, x = refused
 * ```
 *
 * It is the cheapest of the four, but has an edge: a burst at the end of a window and a burst at the beginning of the next one
 * are both admitted, which is twice the limit in a short time.
 *
 * Invariant: at most `limit` requests in a window that begins at a multiple of `windowMs`.
 */
import { type RateLimit, type RateLimiter, REFUSED } from './rate-limiter.ts'

/** Counts the requests of the present window. */
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
