/**
 * Four ways to say "not so fast", behind one question.
 *
 * | limiter       | remembers                     | a burst after a rest                    | at most                                        | file                |
 * | ------------- | ----------------------------- | --------------------------------------- | ---------------------------------------------- | ------------------- |
 * | counter       | one number for each window     | all at once; twice, across an edge       | `limit` in a window, 2 × `limit` around an edge  | `fixed-window.ts`    |
 * | slidingWindow | the time of each of the last   | all at once                             | `limit` in any window whatever                  | `sliding-window.ts`  |
 * | leakyBucket   | when the next one may leave    | one after the other, evenly              | one each `windowMs / limit`, `burst` waiting      | `leaky-bucket.ts`    |
 * | tokenBucket   | how many tokens there are       | `burst` at once, then evenly            | `burst` + rate × time, over any time            | `token-bucket.ts`    |
 *
 * All are exact, keep no timers, and are told the time: milliseconds that never go back, such as `monotonicMs`.
 * RocketMQ has none of them: its brokers refuse when they are busy, not at a rate.
 */
import { FixedWindow } from './fixed-window.ts'
import { LeakyBucket } from './leaky-bucket.ts'
import { SlidingWindow } from './sliding-window.ts'
import { TokenBucket } from './token-bucket.ts'

/** What `ask` gives when the answer is no. */
export const REFUSED = Number.POSITIVE_INFINITY

export interface RateLimiter {
  /** May one more go at `nowMs`? 0: now. A number: after so many ms, which are taken. `REFUSED`: no, and nothing has changed. */
  ask(nowMs: number): number
}

export interface RateLimit {
  /** So many in a window. From 1 on. */
  readonly limit: number
  readonly windowMs: number
  /** leakyBucket: how many may wait. tokenBucket: how many tokens it holds. */
  readonly burst: number
}

const MAKERS = {
  counter: (rate: RateLimit) => new FixedWindow(rate),
  slidingWindow: (rate: RateLimit) => new SlidingWindow(rate),
  leakyBucket: (rate: RateLimit) => new LeakyBucket(rate),
  tokenBucket: (rate: RateLimit) => new TokenBucket(rate),
}

export type LimiterName = keyof typeof MAKERS
export const LIMITER_NAMES = Object.keys(MAKERS) as readonly LimiterName[]

/** The limiter of that name. */
export function rateLimiter(name: LimiterName, rate: RateLimit): RateLimiter {
  return MAKERS[name](rate)
}
