/** How long puts take, as the Prometheus exporter reads it: counts by range, and percentiles, of the last whole minute. */
import { expect, it } from 'vitest'
import { usedRatioOf } from '../../../reference/host/node/disk.ts'
import { StoreStats } from '../../../reference/store/store-stats.ts'

function clocked() {
  let nowMs = 1_000
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, after: () => 0, cancel: () => {} }
  const stats = new StoreStats(clock)
  const put = (tookMs: number, isStored = true) => stats.put(nowMs - tookMs, isStored)
  return { stats, put, pass: (ms: number) => (nowMs += ms) }
}

it('each put is counted in its range, the ends as in RocketMQ', () => {
  const { stats, put } = clocked()
  for (const ms of [0, 1, 9, 10, 49, 50, 199, 200, 500, 1_000, 9_999, 10_000, 500_000]) put(ms)
  expect(stats.putTimesText()).toBe(
    '[<=0ms]:1 [0~10ms]:2 [10~50ms]:2 [50~100ms]:1 [100~200ms]:1 [200~500ms]:1 [500ms~1s]:1 [1~2s]:1 [2~3s]:0 [3~4s]:0 [4~5s]:0 [5~10s]:1 [10s~]:2 ',
  )
  expect(stats.putEntireTimeMaxMs).toBe(500_000)
})

it('of a hundred puts the slowest shows in the 99th percentile, of a thousand in the 99.9th', () => {
  const { stats, put } = clocked()
  for (let i = 0; i < 989; i++) put(0)
  for (let i = 0; i < 10; i++) put(40)
  put(700)
  expect(stats.putPercentileMs(0.5)).toBe(0)
  expect(stats.putPercentileMs(0.99)).toBeGreaterThan(30)
  expect(stats.putPercentileMs(0.99)).toBeLessThanOrEqual(40)
  expect(stats.putPercentileMs(1)).toBe(700)
})

it('what is shown is the last whole minute; failures and the longest times stay', () => {
  const { stats, put, pass } = clocked()
  put(5)
  put(20, false)
  pass(60_000)
  put(300)
  expect(stats.putTimesText()).toContain('[0~10ms]:1 [10~50ms]:1 ')
  expect(stats.putTimesText()).toContain('[200~500ms]:0 ')
  pass(60_000)
  expect(stats.putTimesText()).toContain('[200~500ms]:1 ')
  pass(600_000)
  expect(stats.putTimesText()).toMatch(/^(\[[^\]]+\]:0 ){13}$/)
  expect([stats.putFailedTimes, stats.putEntireTimeMaxMs, stats.putPercentileMs(0.99)]).toEqual([1, 300, 0])
})

it('a disk is as full as df says: what is kept back for others is neither used nor usable', () => {
  // of 1,000 blocks 300 hold something, 700 nothing, of which 590 may be used
  expect(usedRatioOf({ blocks: 1_000, bfree: 700, bavail: 590 })).toBeCloseTo(300 / 890, 10)
  expect(usedRatioOf({ blocks: 1_000, bfree: 1_000, bavail: 500 })).toBe(0)
  expect(usedRatioOf({ blocks: 0, bfree: 0, bavail: 0 })).toBe(0)
})
