/** The timer's files: byte for byte as RocketMQ lays them out, and unimpressed by anything else. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeRecallHandle, encodeRecallHandle } from '../../../reference/common/recall-handle.ts'
import { tickOf } from '../../../reference/store/timer/slot-ring.ts'
import { encodeTimerCheckpoint } from '../../../reference/store/timer/timer-checkpoint.ts'
import {
  decodeTimerRecord,
  encodeTimerBlank,
  encodeTimerRecord,
  TIMER_RECORD_BYTES,
} from '../../../reference/store/timer/timer-record.ts'
import { encodeSlot, SLOTS_TOTAL, slotIndex, WHEEL_BYTES } from '../../../reference/store/timer/timer-wheel.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const record = {
  prevPos: -1,
  magic: 1,
  currWriteTimeMs: 1_700_000_000_000,
  delayDeltaMs: 4_000,
  commitLogOffset: 4_096,
  msgSizeBytes: 300,
  topicHash: -5,
}

it('a timer log entry has 52 bytes in the order of the table', () => {
  expect(hex(encodeTimerRecord(record))).toBe(
    ['00000034', 'ffffffffffffffff', '00000001', '0000018bcfe56800', '00000fa0', '0000000000001000', '0000012c', 'fffffffb', '0000000000000000'].join(''),
  ) // biome-ignore format: field by field
})

it('a blank says how many bytes are left, with the magic Java computes', () => {
  // 0xBBCCDDEE ^ 1880681586 + 8 in Java: + binds before ^
  expect(hex(encodeTimerBlank(40))).toBe(`00000028${'0'.repeat(16)}cbd43194`)
  const bytes = new Uint8Array(64)
  bytes.set(encodeTimerBlank(64))
  expect(decodeTimerRecord(bytes, 0)).toBe('blank')
})

it('a slot has 32 bytes; its time is divided by the precision; the wheel has twice the slots of seven days', () => {
  const slot = { timeMs: 1_700_000_004_000, firstPos: 52, lastPos: 104, num: 2 }
  expect(hex(encodeSlot(slot, 1_000))).toBe(
    ['000000006553f104', '0000000000000034', '0000000000000068', '00000002', '00000000'].join(''),
  )
  expect(slotIndex(1_700_000_004_000, 1_000)).toBe(512_004)
  expect(WHEEL_BYTES).toBe(38_707_200)
  expect(SLOTS_TOTAL).toBe(604_800)
})

it('the checkpoint has its fields where Java reads them', () => {
  const progress = { lastReadTimeMs: 1_700_000_000_000, lastTimerLogFlushPos: 104, lastTimerQueueOffset: 2 }
  expect(hex(encodeTimerCheckpoint(progress, 7, 1_700_000_000_001))).toBe(
    ['0000018bcfe56800', '0000000000000068', '0000000000000002', '0000000000000002', '0000000000000000', '0000018bcfe56801', '0000000000000007'].join(''),
  ) // biome-ignore format: field by field
})

it.each([
  [1_700_000_005_000, 1_700_000_004_000],
  [1_700_000_005_001, 1_700_000_005_000],
  [1_700_000_004_999, 1_700_000_004_000],
])('the tick of %i is %i', (deliverMs, tickMs) => {
  expect(tickOf(deliverMs, 1_000)).toBe(tickMs)
})

it('a tick ends at or after the time it is for, and less than a tick later', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 45 }),
      fc.constantFrom(100, 200, 500, 1_000),
      (deliverMs, precisionMs) => {
        const endsMs = tickOf(deliverMs, precisionMs) + precisionMs
        expect(endsMs).toBeGreaterThanOrEqual(deliverMs)
        expect(endsMs - deliverMs).toBeLessThan(precisionMs)
      },
    ),
  )
})

it('entries read back as they were written', () => {
  const offset = fc.integer({ min: 0, max: 2 ** 50 })
  const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
  const anyRecord = fc.record({
    prevPos: fc.integer({ min: -1, max: 2 ** 50 }),
    magic: fc.constantFrom(1, 3, 5, 7),
    currWriteTimeMs: offset,
    delayDeltaMs: int,
    commitLogOffset: offset,
    msgSizeBytes: int,
    topicHash: int,
  })
  fc.assert(
    fc.property(anyRecord, (one) => {
      expect(decodeTimerRecord(encodeTimerRecord(one), 0)).toEqual(one)
    }),
  )
})

it('whatever else a file holds is no entry, and nothing throws', () => {
  expect(decodeTimerRecord(new Uint8Array(TIMER_RECORD_BYTES), 0)).toBeUndefined()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(60), (bytes, at) => {
      const decoded = decodeTimerRecord(bytes, at)
      expect(decoded === undefined || decoded === 'blank' || decoded.magic > 0).toBe(true)
    }),
  )
})

it('a recall handle is what Java makes of it', () => {
  const handle = { topic: 'Orders', brokerName: 'broker-a', timeMs: 1_700_000_004_001, uniqKey: 'AC1400030001' }
  const text = encodeRecallHandle(handle)
  expect(Buffer.from(text, 'base64url').toString()).toBe('v1 Orders broker-a 1700000004001 AC1400030001')
  expect(decodeRecallHandle(text)).toEqual(handle)
  expect(decodeRecallHandle(text.replaceAll('=', ''))).toEqual(handle)
  fc.assert(
    fc.property(fc.string(), (any) => {
      expect(() => decodeRecallHandle(any)).not.toThrow()
    }),
  )
})
