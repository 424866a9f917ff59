/** The four limiters and the circuit breaker keep what their files promise, whatever comes when; and mistakes in them show. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BreakerState, CircuitBreaker } from '../../../reference/common/limiters/circuit-breaker.ts'
import {
  LIMITER_NAMES,
  type LimiterName,
  type RateLimit,
  type RateLimiter,
  REFUSED,
  ROUNDING_MS,
  rateLimiter,
} from '../../../reference/common/limiters/rate-limiter.ts'
import { MutableModules } from '../../simulation/mutants/mutated-modules.ts'

const rates = fc.record({
  limit: fc.integer({ min: 1, max: 20 }),
  windowMs: fc.integer({ min: 1, max: 1_000 }),
  burst: fc.integer({ min: 1, max: 20 }),
})
/** Times between questions: crowds, and rests. */
const gapsMs = fc.array(fc.oneof(fc.constant(0), fc.nat(5), fc.nat(300), fc.nat(3_000)), {
  minLength: 1,
  maxLength: 120,
})

/** When each of those that were let through went. */
function timesOf(limiter: RateLimiter, gaps: readonly number[]): number[] {
  const times: number[] = []
  let nowMs = 0
  for (const gapMs of gaps) {
    nowMs += gapMs
    const afterMs = limiter.ask(nowMs)
    if (afterMs !== REFUSED) times.push(nowMs + afterMs)
  }
  return times
}

/** The most that went in any half-open span of `spanMs`. */
const mostIn = (times: readonly number[], spanMs: number) =>
  Math.max(...times.map((from) => times.filter((ms) => ms >= from && ms < from + spanMs).length))

const HAIR_MS = 1e-3

/** What each promises of the times it lets through; throws when it is not so. */
const PROMISES: { readonly [name in LimiterName]: (times: readonly number[], rate: RateLimit) => void } = {
  counter(times, { limit, windowMs }) {
    const windows = new Map<number, number>()
    for (const ms of times) windows.set(Math.floor(ms / windowMs), (windows.get(Math.floor(ms / windowMs)) ?? 0) + 1)
    expect(Math.max(...windows.values())).toBeLessThanOrEqual(limit)
  },
  slidingWindow: (times, { limit, windowMs }) => expect(mostIn(times, windowMs)).toBeLessThanOrEqual(limit),
  leakyBucket(times, { limit, windowMs }) {
    for (let i = 1; i < times.length; i++)
      expect(times[i]! - times[i - 1]!).toBeGreaterThanOrEqual(windowMs / limit - HAIR_MS)
  },
  tokenBucket(times, { limit, windowMs, burst }) {
    for (let i = 0; i < times.length; i++)
      for (let j = i; j < times.length; j++)
        expect(j - i + 1).toBeLessThanOrEqual(burst + ((times[j]! - times[i]! + HAIR_MS) * limit) / windowMs)
  },
}

const keeps = (name: LimiterName, make: typeof rateLimiter) => () =>
  fc.assert(
    fc.property(rates, gapsMs, (rate, gaps) => {
      PROMISES[name](timesOf(make(name, rate), gaps), rate)
    }),
    { numRuns: 300, seed: 7 },
  )

describe('a limiter', () => {
  for (const name of LIMITER_NAMES) it(`${name} lets no more through than it says`, keeps(name, rateLimiter))

  it('lets everything through that keeps to the rate', () => {
    for (const name of LIMITER_NAMES) {
      const limiter = rateLimiter(name, { limit: 10, windowMs: 1_000, burst: 1 })
      for (let i = 0; i < 100; i++) expect(limiter.ask(i * 100), `${name}, ${i}`).toBe(0)
    }
  })

  it('one burst, four answers', () => {
    const burst = (name: LimiterName) => {
      const limiter = rateLimiter(name, { limit: 10, windowMs: 1_000, burst: 4 })
      const answers = Array.from({ length: 20 }, () => limiter.ask(950))
      const later = Array.from({ length: 20 }, () => limiter.ask(1_050))
      const went = (list: readonly number[]) => list.filter((afterMs) => afterMs !== REFUSED)
      return [went(answers), went(later).length] as const
    }
    expect(burst('counter')).toEqual([new Array(10).fill(0), 10]) // twice the limit in a tenth of a second
    expect(burst('slidingWindow')).toEqual([new Array(10).fill(0), 0])
    expect(burst('tokenBucket')).toEqual([new Array(4).fill(0), 1])
    expect(burst('leakyBucket')).toEqual([[0, 100, 200, 300, 400], 1])
  })

  it('after a rest a token bucket holds its burst, and no more', () => {
    const limiter = rateLimiter('tokenBucket', { limit: 3, windowMs: 1_000, burst: 5 })
    for (const atMs of [0, 1e6, 1e9]) {
      const answers = Array.from({ length: 8 }, () => limiter.ask(atMs))
      expect(
        answers.filter((afterMs) => afterMs === 0),
        `at ${atMs}`,
      ).toHaveLength(5)
    }
  })
})

describe('a circuit breaker', () => {
  const settings = { calls: 4, failures: 2, openMs: 1_000, probes: 2 }

  /** Calls one after the other; gives the states it turned to. */
  function breaker(own = settings) {
    const turned: BreakerState[] = []
    const it = new CircuitBreaker(own, (state) => turned.push(state))
    const call = (nowMs: number, isOk: boolean) => {
      const waitMs = it.begin(nowMs)
      if (waitMs === 0) it.ended(nowMs, isOk, it.round)
      return waitMs
    }
    return { it, call, turned }
  }

  it('opens when enough of the last calls failed, and not before it has seen so many', () => {
    const { call, turned } = breaker()
    for (const isOk of [false, false, true]) call(0, isOk)
    expect(turned).toEqual([])
    call(0, true)
    expect(turned).toEqual(['OPEN'])
    const { call: other, turned: calm } = breaker()
    for (let i = 0; i < 40; i++) other(i, i % 4 !== 0) // one of four, again and again
    expect(calm).toEqual([])
  })

  it('lets nobody through while it is open, then as many as it says, and closes when they went well', () => {
    const { it: one, call, turned } = breaker()
    for (let i = 0; i < 4; i++) call(0, false)
    expect(call(400, true)).toBe(600)
    expect(one.begin(1_000)).toBe(0)
    expect(one.begin(1_000)).toBe(0)
    expect(one.begin(1_000), 'a third probe').toBeGreaterThan(0)
    one.ended(1_100, true, one.round)
    expect(one.state).toBe('HALF_OPEN')
    one.ended(1_100, true, one.round)
    expect(turned).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED'])
    for (let i = 0; i < 3; i++) call(1_200, false)
    expect(one.state, 'it begins to count anew').toBe('CLOSED')
  })

  it('opens again when a probe fails', () => {
    const { it: one, call, turned } = breaker()
    for (let i = 0; i < 4; i++) call(0, false)
    expect(call(1_000, false)).toBe(0)
    expect(turned).toEqual(['OPEN', 'HALF_OPEN', 'OPEN'])
    expect(one.begin(1_999)).toBe(1)
  })

  it('what began before it opened says nothing about now', () => {
    const { it: one, call } = breaker()
    const { round } = one
    one.begin(0)
    one.begin(0)
    for (let i = 0; i < 4; i++) call(0, false)
    expect(one.begin(1_000)).toBe(0)
    one.ended(1_000, true, round)
    one.ended(1_000, false, round)
    expect(one.state).toBe('HALF_OPEN')
  })
})

const FOLDER = 'reference/common/limiters/'
/** One mistake each, by the limiter whose promise it breaks. */
const MUTANTS: readonly (readonly [LimiterName, string, string, string, string])[] = [
  ['counter', 'one more than the limit', 'fixed-window.ts', 'this.#count >= this.#limit', 'this.#count > this.#limit'],
  ['counter', 'the count begins anew with each question', 'fixed-window.ts', 'if (number !== this.#number) {', '{'],
  ['slidingWindow', 'half the window', 'sliding-window.ts', '< this.#windowMs) return', '< this.#windowMs / 2) return'],
  [
    'slidingWindow',
    'noted too early',
    'sliding-window.ts',
    'this.#times[this.#next] = nowMs\n',
    'this.#times[this.#next] = nowMs - this.#windowMs / 4\n',
  ],
  [
    'leakyBucket',
    'who waits is not counted',
    'leaky-bucket.ts',
    'nowMs + waitMs + this.#everyMs',
    'nowMs + this.#everyMs',
  ],
  ['leakyBucket', 'twice the rate', 'leaky-bucket.ts', '= windowMs / limit', '= windowMs / limit / 2'],
  [
    'tokenBucket',
    'tokens come in without end',
    'token-bucket.ts',
    'Math.max(this.#emptyAtMs, fullAtMs)',
    'Math.max(this.#emptyAtMs, fullAtMs - 5 * this.#everyMs)',
  ],
  [
    'tokenBucket',
    'a token is not taken',
    'token-bucket.ts',
    'this.#emptyAtMs = emptyAtMs + this.#everyMs',
    'this.#emptyAtMs = emptyAtMs',
  ],
]

it('mistakes in limiters break their promises', async () => {
  const modules = await MutableModules.load(`${FOLDER}rate-limiter.ts`, [FOLDER])
  for (const [name, what, file, find, replace] of MUTANTS) {
    const make = modules.link([{ file: `${FOLDER}${file}`, find, replace }])['rateLimiter'] as typeof rateLimiter
    expect(keeps(name, make), `${name}: ${what}`).toThrow()
  }
})

it.each([
  ['tokenBucket', 1 - ROUNDING_MS, 1 - 3 * ROUNDING_MS],
  ['leakyBucket', -ROUNDING_MS, -3 * ROUNDING_MS],
] as const)('%s: a request that is early by the rounding of numbers is on time', (name, onTimeMs, earlyMs) => {
  const afterFirst = (nowMs: number) => {
    const limiter = rateLimiter(name, { limit: 1, windowMs: 1, burst: 1 })
    limiter.ask(0)
    return limiter.ask(nowMs)
  }
  expect(afterFirst(onTimeMs)).not.toBe(REFUSED)
  expect(afterFirst(earlyMs)).toBe(REFUSED)
})

/** One life of a breaker, told in the states it turned to and the waits it gave. */
function story(Breaker: typeof CircuitBreaker): string {
  const told: (string | number)[] = []
  const it = new Breaker({ calls: 4, failures: 2, openMs: 1_000, probes: 2 }, (state) => told.push(state))
  const call = (nowMs: number, isOk: boolean) => {
    const waitMs = it.begin(nowMs)
    if (waitMs === 0) it.ended(nowMs, isOk, it.round)
    told.push(waitMs)
  }
  for (const isOk of [false, true, true, true, true, false, true]) call(0, isOk) // one of four, whatever four
  const { round } = it
  it.begin(0)
  call(0, false)
  call(999, true)
  call(1_000, true)
  it.ended(1_000, false, round) // it began before
  call(1_000, false)
  for (let i = 0; i < 2; i++) call(2_000, true)
  call(2_000, false)
  call(2_000, false)
  return told.join(' ')
}

it('mistakes in the circuit breaker change its life', async () => {
  const file = `${FOLDER}circuit-breaker.ts`
  const modules = await MutableModules.load(file, [FOLDER])
  const told = story(CircuitBreaker)
  expect(told).toBe('0 0 0 0 0 0 0 OPEN 0 1 HALF_OPEN 0 OPEN 0 HALF_OPEN 0 CLOSED 0 0 0')
  for (const [find, replace] of [
    ['this.#failed.filter(Boolean).length >= this.#settings.failures', 'true'],
    ['if (this.#failed.length > this.#settings.calls) this.#failed.shift()', ''],
    ['if (round !== this.#round) return', ''],
    ['if (!isOk) this.#open(nowMs)', 'if (!isOk) return'],
    ['nowMs + this.#settings.openMs', 'nowMs + this.#settings.openMs / 2'],
    ['++this.#well >= this.#settings.probes', '++this.#well > this.#settings.probes'],
  ] as const) {
    const mutant = modules.link([{ file, find, replace }])['CircuitBreaker'] as typeof CircuitBreaker
    expect(story(mutant), find).not.toBe(told)
  }
})
