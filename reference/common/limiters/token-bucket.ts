/**
 * The token bucket: tokens come in evenly, up to `burst` of them; each that goes takes one.
 *
 * ```
 * tokens   4 3 2 1 0 0 1 0 0 1 0       burst 4
 * asked      | | | | x   | x   |        x = refused
 * ```
 *
 * Who has rested may hurry, once: that is how most real traffic is, and why this is the usual choice.
 *
 * Invariant: over any time t at most `burst` + `limit / windowMs` × t go through.
 */
import { type RateLimit, type RateLimiter, REFUSED } from './rate-limiter.ts'

/** Rounding must not cost a token. */
const HAIR_MS = 1e-6

export class TokenBucket implements RateLimiter {
  readonly #everyMs: number
  readonly #burst: number
  /**
   * When the bucket would have been empty, counted back at the rate: tokens = (now - this) / everyMs. One number holds the
   * bucket, and no rounding adds up.
   */
  #emptyAtMs = Number.NEGATIVE_INFINITY

  constructor({ limit, windowMs, burst }: RateLimit) {
    this.#everyMs = windowMs / limit
    this.#burst = burst
  }

  // #region token-bucket
  ask(nowMs: number): number {
    const fullAtMs = nowMs - this.#burst * this.#everyMs
    const emptyAtMs = Math.max(this.#emptyAtMs, fullAtMs)
    if (emptyAtMs + this.#everyMs > nowMs + HAIR_MS) return REFUSED
    this.#emptyAtMs = emptyAtMs + this.#everyMs
    return 0
  }
  // #endregion token-bucket
}
