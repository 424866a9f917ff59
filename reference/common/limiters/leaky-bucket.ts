/**
 * The leaky bucket lets requests leave one at a time, at intervals of at least `windowMs / limit`. When the bucket has no
 * room for a request, the request is refused.
 *
 * ```
 * asked   ||||||            |
 * leave   |  |  |  |        |       two requests were refused
 * ```
 *
 * Of the four limiters, only the leaky bucket makes requests wait instead of admitting a burst at once.
 *
 * Invariants: The computed times of two requests differ by at least `windowMs / limit`. At most `burst` requests wait.
 */
import { type RateLimit, type RateLimiter, REFUSED, ROUNDING_MS } from './rate-limiter.ts'

/** Lets requests leave one at a time. */
export class LeakyBucket implements RateLimiter {
  readonly #everyMs: number
  readonly #burst: number
  /** The time at which the next request may leave. */
  #freeAtMs = Number.NEGATIVE_INFINITY

  constructor({ limit, windowMs, burst }: RateLimit) {
    this.#everyMs = windowMs / limit
    this.#burst = burst
  }

  // #region leaky-bucket
  ask(nowMs: number): number {
    const waitMs = Math.max(0, this.#freeAtMs - nowMs)
    if (waitMs > this.#burst * this.#everyMs + ROUNDING_MS) return REFUSED
    this.#freeAtMs = nowMs + waitMs + this.#everyMs
    return waitMs
  }
  // #endregion leaky-bucket
}
