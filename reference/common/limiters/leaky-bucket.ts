/**
 * The leaky bucket: whatever comes in, one leaves every `windowMs / limit`; what does not fit is refused.
 *
 * ```
 * asked   ||||||            |
 * leave   |  |  |  |        |       two did not fit
 * ```
 *
 * The only one of the four that makes callers wait: behind it there are no bursts at all.
 *
 * Invariants: two leave at least `windowMs / limit` apart; at most `burst` wait.
 */
import { type RateLimit, type RateLimiter, REFUSED } from './rate-limiter.ts'

/** Rounding must not cost a place. */
const HAIR_MS = 1e-6

export class LeakyBucket implements RateLimiter {
  readonly #everyMs: number
  readonly #burst: number
  /** When the next one may leave. */
  #freeAtMs = Number.NEGATIVE_INFINITY

  constructor({ limit, windowMs, burst }: RateLimit) {
    this.#everyMs = windowMs / limit
    this.#burst = burst
  }

  // #region leaky-bucket
  ask(nowMs: number): number {
    const waitMs = Math.max(0, this.#freeAtMs - nowMs)
    if (waitMs > this.#burst * this.#everyMs + HAIR_MS) return REFUSED
    this.#freeAtMs = nowMs + waitMs + this.#everyMs
    return waitMs
  }
  // #endregion leaky-bucket
}
