/** One property read alone is what it is when all are read: whatever is repeated, empty or without a value. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeProperties, propertyOf } from '../../../reference/common/message-properties.ts'
import { brokerStatsDataShape } from '../../../reference/remoting/bodies/broker-stats.ts'

it('a property read alone has the value that it has among all', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\x01', '\x02'), maxLength: 24 })
  fc.assert(
    fc.property(text, fc.constantFrom('a', 'b', 'ab'), (all, name) => {
      expect(propertyOf(all, name)).toBe(decodeProperties(all).get(name))
    }),
    { numRuns: 2_000, examples: [['a\x01b\x02a\x01\x02', 'a'] as [string, string], ['a\x01b\x02a\x01ab', 'a']] },
  )
})

it('a statistic that is no number is refused with its place', () => {
  const item = { sum: 1, tps: 0.5, avgpt: 2 }
  const stats = { statsMinute: item, statsHour: item, statsDay: { ...item, tps: [] } }
  expect(() => brokerStatsDataShape(stats, '')).toThrow('statsDay.tps: expected a number')
  expect(brokerStatsDataShape({ ...stats, statsDay: { sum: 3 } }, '').statsDay).toEqual({ sum: 3, tps: 0, avgpt: 0 })
})
