/**
 * Four rate limiters with one interface.
 *
 * | limiter       | remembers                     | a burst after a rest                    | guarantee                                      | file                |
 * | ------------- | ----------------------------- | --------------------------------------- | ---------------------------------------------- | ------------------- |
 * | counter       | one number for each window     | all at once; 2 × across an edge         | `limit` in a window, 2 × `limit` around an edge  | `fixed-window.ts`    |
 * | slidingWindow | the time of each of the last   | all at once                             | `limit` in any window                           | `sliding-window.ts`  |
 * | leakyBucket   | the time of the next exit      | one after the other, evenly              | one every `windowMs / limit`, `burst` waiting     | `leaky-bucket.ts`    |
 * | tokenBucket   | the number of tokens            | `burst` at once, then evenly            | `burst` + rate × time, over any time            | `token-bucket.ts`    |
 *
 * All four are exact and use no timers. The caller passes the time in milliseconds. This time must never go back, such as
 * `monotonicMs`. RocketMQ has none of these limiters: its brokers refuse requests when they are busy, not at a rate.
 */
import { FixedWindow } from './fixed-window.ts'
import { LeakyBucket } from './leaky-bucket.ts'
import { SlidingWindow } from './sliding-window.ts'
import { TokenBucket } from './token-bucket.ts'

/** The value that `ask` returns for a refused request. */
export const REFUSED = Number.POSITIVE_INFINITY

/** A tolerance for the two buckets. The buckets divide, and a rounding error must not refuse a request. */
export const ROUNDING_MS = 1e-6

/** The interface of the four limiters. */
export interface RateLimiter {
  /**
   * Asks to admit one request at `nowMs`. Returns 0 to admit the request now, or a delay in ms to admit it later (the slot
   * is reserved). Returns `REFUSED` to refuse the request; a refusal changes nothing.
   */
  ask(nowMs: number): number
}

/** The rate of a limiter. */
export interface RateLimit {
  /** The max number of requests in a window. It must be at least 1. */
  readonly limit: number
  readonly windowMs: number
  /** In a leakyBucket, this is the max number of waiting requests. In a tokenBucket, it is the max number of tokens. */
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
