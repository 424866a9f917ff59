/** In which slot of the wheel a message waits: at its tick when the wheel reaches so far, and else in parts of the way. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { slotFor } from '../../../reference/broker/timer/timer-message.ts'

const TICK_MS = 1_000
const SLOTS = 60
const config = { timerPrecisionMs: TICK_MS, timerRollWindowSlot: SLOTS } as Parameters<typeof slotFor>[2]
const WINDOW_MS = SLOTS * TICK_MS

it.each([
  ['overdue', -5, { slotMs: -1, rolls: false }],
  ['in the tick that has just ended', -1, { slotMs: -1, rolls: false }],
  ['now', 0, { slotMs: 0, rolls: false }],
  ['in the last slot of the window', 59, { slotMs: 59, rolls: false }],
  ['one window away: half of it first', 60, { slotMs: 30, rolls: true }],
  ['a little more than a window', 79, { slotMs: 30, rolls: true }],
  ['a third more than a window: the whole window first', 80, { slotMs: 60, rolls: true }],
  ['far away', 6_000, { slotMs: 60, rolls: true }],
])('%s', (_what, ticks, { slotMs, rolls }) => {
  const nowMs = 1_700_000_000_000
  expect(slotFor(nowMs + ticks * TICK_MS, nowMs, config)).toEqual({ slotMs: nowMs + slotMs * TICK_MS, rolls })
})

it('a long wait ends at its tick, and its last part is never short', () => {
  fc.assert(
    fc.property(fc.integer({ min: SLOTS, max: 5_000 }), (ticks) => {
      let nowMs = 0
      let slot = slotFor(ticks * TICK_MS, nowMs, config)
      while (slot.rolls) {
        expect(slot.slotMs).toBeGreaterThan(nowMs)
        nowMs = slot.slotMs
        slot = slotFor(ticks * TICK_MS, nowMs, config)
      }
      expect(slot.slotMs).toBe(ticks * TICK_MS)
      expect(slot.slotMs - nowMs).toBeGreaterThanOrEqual(WINDOW_MS / 3)
    }),
  )
})
