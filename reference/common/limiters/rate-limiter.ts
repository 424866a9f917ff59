/**
 * Four rate limiters with one interface.
 *
 * | limiter       | what it remembers             | what happens to a burst after a rest    | guarantee                                      | file                |
 * | ------------- | ----------------------------- | --------------------------------------- | ---------------------------------------------- | ------------------- |
 * | counter       | one number for each window     | it is admitted at once; at the edge of two windows twice | `limit` in a window, 2 × `limit` around an edge | `fixed-window.ts` |
 * | slidingWindow | the times of the last `limit` requests | it is admitted at once           | `limit` in any window                           | `sliding-window.ts`  |
 * | leakyBucket   | the time at which the next request leaves | its requests leave one after the other | one request per `windowMs / limit`; `burst` requests wait | `leaky-bucket.ts` |
 * | tokenBucket   | the number of tokens            | `burst` requests are admitted at once, the others evenly | `burst` + rate × time, over any time | `token-bucket.ts` |
 *
 * All four are exact and use no timers. The caller passes the time in milliseconds. This time must never go back, so it must
 * come from a clock such as `monotonicMs`. RocketMQ has none of these limiters: a broker refuses requests when it is busy,
 * not at a rate.
 */
import { FixedWindow } from './fixed-window.ts'
import { LeakyBucket } from './leaky-bucket.ts'
import { SlidingWindow } from './sliding-window.ts'
import { TokenBucket } from './token-bucket.ts'

/** The value that `ask` returns for a refused request. */
export const REFUSED = Number.POSITIVE_INFINITY

/** A tolerance of the two buckets. They divide numbers, and a rounding error must not refuse a request. */
export const ROUNDING_MS = 1e-6

/** The interface of the four limiters. */
export interface RateLimiter {
  /**
   * Asks to admit one request at `nowMs`. Returns 0 when it is admitted now. Returns a delay in ms when it is admitted
   * later; its place is then reserved. Returns `REFUSED` when it is refused; nothing changes then.
   */
  ask(nowMs: number): number
}

/** The rate of a limiter. */
export interface RateLimit {
  /** The max number of requests in a window. It must be at least 1. */
  readonly limit: number
  readonly windowMs: number
  /** For a leakyBucket: the max number of requests that wait. For a tokenBucket: the max number of tokens. */
  readonly burst: number
}

const MAKERS = {
  counter: (rate: RateLimit) => new FixedWindow(rate),
  slidingWindow: (rate: RateLimit) => new SlidingWindow(rate),
  leakyBucket: (rate: RateLimit) => new LeakyBucket(rate),
  tokenBucket: (rate: RateLimit) => new TokenBucket(rate),
}

/** The name of a limiter. */
export type LimiterName = keyof typeof MAKERS
/** The names of the four limiters. */
export const LIMITER_NAMES = Object.keys(MAKERS) as readonly LimiterName[]

/** Returns a new limiter with this name. */
export function rateLimiter(name: LimiterName, rate: RateLimit): RateLimiter {
  return MAKERS[name](rate)
}
