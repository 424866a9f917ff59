/**
 * Four rate limiters with one interface.
 *
 * | limiter       | what it remembers             | what happens to a burst after a rest    | guarantee                                      | file                |
 * | ------------- | ----------------------------- | --------------------------------------- | ---------------------------------------------- | ------------------- |
 * | counter       | one number for each window     | up to `limit` requests are admitted at once; around the edge of two windows, twice as many | `limit` in a window, 2 × `limit` around an edge | `fixed-window.ts` |
 * | slidingWindow | the times of the last `limit` requests | up to `limit` requests are admitted at once | `limit` in any window                           | `sliding-window.ts`  |
 * | leakyBucket   | the time at which the next request may leave | the requests leave one after the other | one request per `windowMs / limit`; `burst` requests wait | `leaky-bucket.ts` |
 * | tokenBucket   | the number of tokens            | `burst` requests are admitted at once, the others at the rate | `burst` + rate × time in any period of time | `token-bucket.ts` |
 *
 * All four limiters are exact and use no timers. The caller passes the current time in milliseconds. The passed times must
 * never go back, so the caller must use a clock such as `monotonicMs`. RocketMQ has none of these limiters. RocketMQ's
 * broker does not refuse a request because of a rate, but because the broker is busy.
 */
import { FixedWindow } from './fixed-window.ts'
import { LeakyBucket } from './leaky-bucket.ts'
import { SlidingWindow } from './sliding-window.ts'
import { TokenBucket } from './token-bucket.ts'

/** The value that `ask` returns for a refused request. */
export const REFUSED = Number.POSITIVE_INFINITY

/** A tolerance in the computations of leakyBucket and tokenBucket, because a rounding error must not refuse a request. */
export const ROUNDING_MS = 1e-6

/** The interface of the four limiters. */
export interface RateLimiter {
  /**
   * Asks to admit one request at `nowMs`. Returns 0 when the request is admitted now. Returns a delay in ms when the request
   * is admitted after this delay. In both cases, the limiter counts the request. Returns `REFUSED` when the request is
   * refused, and then does not count it.
   */
  ask(nowMs: number): number
}

/** The rate of a limiter. */
export interface RateLimit {
  /** The max number of requests in a window, at least 1. */
  readonly limit: number
  readonly windowMs: number
  /** The max number of waiting requests of a leakyBucket, or the max number of tokens of a tokenBucket. */
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

/** Returns a new limiter of the kind `name`. */
export function rateLimiter(name: LimiterName, rate: RateLimit): RateLimiter {
  return MAKERS[name](rate)
}
