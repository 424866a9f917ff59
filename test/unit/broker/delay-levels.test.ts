/** The option messageDelayLevel. */
import { expect, it } from 'vitest'
import { DELAY_LEVELS, parseDelayLevels } from '../../../reference/broker/schedule/delay-levels.ts'
import { DELAY_LEVELS_MS, delayOfLevelMs } from '../../../reference/store/delay-level.ts'

it('the default has RocketMQ’s eighteen levels, the same that recovery reckons with', () => {
  const levels = parseDelayLevels(DELAY_LEVELS)
  expect(levels).toHaveLength(18)
  expect([levels[0], levels[2], levels[3], levels[17]]).toEqual([1_000, 10_000, 30_000, 7_200_000])
  expect(levels).toEqual(levels.map((_, i) => delayOfLevelMs(i + 1, DELAY_LEVELS_MS)))
})

it('own levels may use s, m, h and d', () => {
  expect(parseDelayLevels(' 2s 3m  1h 1d ')).toEqual([2_000, 180_000, 3_600_000, 86_400_000])
})

it.each(['', '1s 5', '1s -5s', '0s', '1w', '1.5s', '400d', Array(129).fill('1s').join(' ')])(
  'refuses %j with a sentence',
  (text) => {
    expect(() => parseDelayLevels(text)).toThrow(/messageDelayLevel/)
  },
)
