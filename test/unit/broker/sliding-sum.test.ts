/** What was counted lately, without anything that ticks: compared with a plain list of all values. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SlidingSum } from '../../../reference/broker/stats/sliding-sum.ts'

it('gives the sum of the last slots for any values at any times', () => {
  const step = fc.record({ afterMs: fc.nat({ max: 2_500 }), value: fc.nat({ max: 100 }) })
  fc.assert(
    fc.property(
      fc.nat({ max: 100_000 }),
      fc.array(step, { maxLength: 60 }),
      fc.nat({ max: 12_000 }),
      (at, steps, restMs) => {
        const sum = new SlidingSum(1_000, 5, at)
        const all: { atMs: number; value: number }[] = []
        let nowMs = at
        for (const { afterMs, value } of steps) {
          nowMs += afterMs
          sum.add(nowMs, value)
          all.push({ atMs: nowMs, value })
        }
        nowMs += restMs
        const slot = (ms: number) => Math.floor(ms / 1_000)
        for (const slots of [0, 2, 5]) {
          const lately = all.filter(({ atMs }) => slot(atMs) >= slot(nowMs) - slots)
          expect(sum.recent(nowMs, slots)).toBe(lately.reduce((total, { value }) => total + value, 0))
        }
        expect(sum.total).toBe(all.reduce((total, { value }) => total + value, 0))
      },
    ),
  )
})

it('counts a second over the time that has been, and forgets', () => {
  const sum = new SlidingSum(1_000, 10, 0)
  for (let second = 0; second < 4; second++) sum.add(second * 1_000, 20)
  expect(sum.perSecond(4_000, 10)).toBe(20)
  expect(sum.perSecond(60_000, 10)).toBe(0)
  expect(sum.total).toBe(80)
})
