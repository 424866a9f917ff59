/**
 * The leaky bucket: requests leave one by one, every `windowMs / limit`; a request for which the bucket has no room is refused.
 *
 * ```
 * asked   ||||||            |
 * leave   |  |  |  |        |       two did not fit
 * ```
 *
 * It is the only one of the four that makes callers wait: bursts do not pass it.
 *
 * Invariants: two requests leave at least `windowMs / limit` apart; at most `burst` requests wait.
 */
import { type RateLimit, type RateLimiter, REFUSED, ROUNDING_MS } from './rate-limiter.ts'

/** Lets requests leave one by one. */
export class LeakyBucket implements RateLimiter {
  readonly #everyMs: number
  readonly #burst: number
  /** When the next request may leave. */
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
