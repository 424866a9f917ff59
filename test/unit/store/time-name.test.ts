/** Names of index files are times in UTC, to the millisecond: compared with what `Date` writes. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nameOfTime, timeOfName } from '../../../reference/store/time-name.ts'

it('is the time in 17 digits, and is read back to the millisecond', () => {
  const time = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) })
  fc.assert(
    fc.property(time, (ms) => {
      const name = nameOfTime(ms)
      expect(name).toBe(new Date(ms).toISOString().replaceAll(/\D/g, ''))
      expect(timeOfName(name)).toBe(ms)
    }),
    { numRuns: 300 },
  )
})
