/**
 * In a token bucket, tokens are added at a constant rate, up to `burst` tokens. Each admitted request takes one token.
 *
 * ```
 * tokens   4 3 2 1 0 0 1 0 0 1 0       burst 4
 * asked      | | | | x   | x   |        x = refused
 * ```
 *
 * After a pause, `burst` requests are admitted without a delay between them. Real clients send such bursts, so this limiter
 * is the usual choice.
 *
 * Invariant: In any time span t, at most `burst` + `limit / windowMs` × t requests are admitted.
 */
import { type RateLimit, type RateLimiter, REFUSED, ROUNDING_MS } from './rate-limiter.ts'

/** Takes a token for each admitted request. */
export class TokenBucket implements RateLimiter {
  readonly #everyMs: number
  readonly #burst: number
  /**
   * A time from which the number of tokens is computed: (now - this time) / everyMs, but at most `burst`. This time is the
   * complete state, so rounding errors do not add up.
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
    if (emptyAtMs + this.#everyMs > nowMs + ROUNDING_MS) return REFUSED
    this.#emptyAtMs = emptyAtMs + this.#everyMs
    return 0
  }
  // #endregion token-bucket
}
