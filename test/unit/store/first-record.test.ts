/** A log file behind a gap: kept by chance through a power cut, or damaged. */
import { expect, it } from 'vitest'
import { MESSAGE_BODY_BYTES_MAX, PROPERTIES_BYTES_MAX } from '../../../reference/common/limits.ts'
import type { Checkpoint } from '../../../reference/store/checkpoint.ts'
import { wasNeverDurable } from '../../../reference/store/first-record.ts'
import { FIRST_RECORD_BYTES_MAX, RECORD_OVERHEAD_BYTES } from '../../../reference/store/limits.ts'

const TORN = new Uint8Array(64).fill(7)

it.each([
  ['behind the noted end of the durable log', 2_000, true, true],
  ['before it: then the disk has damaged it, and it is not moved away', 500, true, false],
  ['where nothing was ever noted', 500, false, true],
] as const)('a file with a torn first record, %s', (_where, startsAt, isNoted, isGone) => {
  const notedLogEnd = isNoted ? 1_000 : Number.POSITIVE_INFINITY
  const checkpoint = { isTrustworthy: true, notedLogEnd, physicMsgTimestamp: 9 } as unknown as Checkpoint
  expect(wasNeverDurable(startsAt, TORN, checkpoint)).toBe(isGone)
})

it('the longest message that a broker may be told to take is read whole', () => {
  expect(FIRST_RECORD_BYTES_MAX).toBeGreaterThanOrEqual(
    MESSAGE_BODY_BYTES_MAX + PROPERTIES_BYTES_MAX + RECORD_OVERHEAD_BYTES,
  )
})
