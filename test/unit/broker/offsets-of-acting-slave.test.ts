/** The offsets that a returning master takes from a slave that has acted for it. */
import { expect, it } from 'vitest'
import { ConsumerOffsetManager } from '../../../reference/broker/consumer-offset-manager.ts'
import type { Host } from '../../../reference/host/host.ts'

/** A manager with the offset 50 in queue 0 and 50 in queue 1, and with the version `counter`. */
function managerAt(counter: number): ConsumerOffsetManager {
  const clock = { nowMs: () => 0, after: () => 1, cancel() {} }
  const host = { clock, disk: {}, trace: {} } as unknown as Host
  const offsets = new ConsumerOffsetManager(host, '')
  const own = { '0': 50, '1': 50 }
  offsets.adopt({
    offsetTable: new Map([['Orders@billing', new Map(Object.entries(own))]]),
    dataVersion: { counter, stateVersion: 0, timestamp: 0 },
  })
  return offsets
}

const ofSlave = (counter: number) => ({
  offsetTable: new Map([
    [
      'Orders@billing',
      new Map([
        ['0', 30],
        ['1', 70],
        ['2', 10],
      ]),
    ],
    ['Orders@audit', new Map([['0', 5]])],
  ]),
  dataVersion: { counter, stateVersion: 0, timestamp: 0 },
})

it('a newer table counts as it is, also where a group was set back', () => {
  const offsets = managerAt(4)
  offsets.adoptLater(ofSlave(5))
  expect(Object.fromEntries(offsets.offsetsOf('billing', 'Orders'))).toEqual({ 0: 30, 1: 70, 2: 10 })
  expect(offsets.queryOffset('audit', 'Orders', 0)).toBe(5)
})

it('from an older table, no group goes back, and what is further is not lost', () => {
  const offsets = managerAt(6)
  offsets.adoptLater(ofSlave(5))
  expect(Object.fromEntries(offsets.offsetsOf('billing', 'Orders'))).toEqual({ 0: 50, 1: 70, 2: 10 })
  expect(offsets.queryOffset('audit', 'Orders', 0)).toBe(5)
})
