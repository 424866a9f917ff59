/** Queue locks: one owner at a time, by a clock that is never set. */
import { expect, it } from 'vitest'
import { REBALANCE_LOCK_MAX_LIVE_MS } from '../../../reference/broker/limits.ts'
import { RebalanceLockManager } from '../../../reference/broker/rebalance-lock-manager.ts'
import type { Host } from '../../../reference/host/host.ts'

const queue = (queueId: number) => ({ topic: 'Orders', brokerName: 'broker-a', queueId })

/** A lock table and the hands of its clock. */
function table() {
  const clock = { atMs: 0 }
  const host = { clock: { monotonicMs: () => clock.atMs }, trace: { on: false } } as unknown as Host
  return { clock, locks: new RebalanceLockManager(host) }
}

it('gives each queue to the first who asks, group by group', () => {
  const { locks } = table()
  expect(locks.tryLockBatch('g', [queue(0), queue(1)], 'a')).toEqual([queue(0), queue(1)])
  expect(locks.tryLockBatch('g', [queue(1), queue(2)], 'b')).toEqual([queue(2)])
  expect(locks.tryLockBatch('other', [queue(0)], 'b')).toEqual([queue(0)])
})

it('keeps a lock for a minute after the last renewal, to the millisecond', () => {
  const { clock, locks } = table()
  locks.tryLockBatch('g', [queue(0)], 'a')
  clock.atMs = 20_000
  expect(locks.tryLockBatch('g', [queue(0)], 'a')).toEqual([queue(0)])
  clock.atMs = 20_000 + REBALANCE_LOCK_MAX_LIVE_MS
  expect(locks.tryLockBatch('g', [queue(0)], 'b')).toEqual([])
  expect(locks.hasLocks('g')).toBe(true)
  clock.atMs++
  expect(locks.hasLocks('g')).toBe(false)
  expect(locks.tryLockBatch('g', [queue(0)], 'b')).toEqual([queue(0)])
  expect(locks.tryLockBatch('g', [queue(0)], 'a'), 'the former owner has lost it').toEqual([])
})

it('lets only the owner unlock', () => {
  const { locks } = table()
  locks.tryLockBatch('g', [queue(0)], 'a')
  locks.unlockBatch('g', [queue(0)], 'b')
  expect(locks.tryLockBatch('g', [queue(0)], 'b')).toEqual([])
  locks.unlockBatch('g', [queue(0)], 'a')
  expect(locks.hasLocks('g')).toBe(false)
  expect(locks.tryLockBatch('g', [queue(0)], 'b')).toEqual([queue(0)])
})

it('at rest gives no locks, not even to who believes in one, until nobody can', () => {
  const { clock, locks } = table()
  clock.atMs = 5_000
  locks.rest()
  clock.atMs = 34_999
  expect(locks.tryLockBatch('g', [queue(0)], 'a')).toEqual([])
  clock.atMs = 35_000
  expect(locks.tryLockBatch('g', [queue(0)], 'a')).toEqual([queue(0)])
})
