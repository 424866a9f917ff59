/**
 * Virtual time goes in one order only: by due time, then by who asked first.
 */
import { expect, test } from 'vitest'
import { RandomStream } from '../../reference/host/sim/random.ts'
import { type ScheduledEvent, Scheduler } from '../../reference/host/sim/scheduler.ts'

test('events come by time, then in the order they were scheduled, whatever was cancelled between', () => {
  for (let seed = 0; seed < 50; seed++) {
    const chance = new RandomStream(seed, 'events')
    const scheduler = new Scheduler(100_000)
    const ran: { atMs: number; order: number }[] = []
    const expected: { atMs: number; order: number }[] = []
    const cancellable: { event: ScheduledEvent; order: number }[] = []
    for (let order = 0; order < 4_000; order++) {
      const atMs = chance.int(200)
      const event = scheduler.at(atMs, () => ran.push({ atMs, order }))
      expected.push({ atMs, order })
      if (chance.int(3) > 0) cancellable.push({ event, order })
    }
    const cancelled = new Set<number>()
    for (const { event, order } of cancellable) {
      scheduler.cancel(event)
      scheduler.cancel(event)
      cancelled.add(order)
    }
    const kept = expected.filter(({ order }) => !cancelled.has(order))
    expect(scheduler.size).toBe(kept.length)
    for (let run = scheduler.take(); run !== undefined; run = scheduler.take()) run()
    expect(ran).toEqual(kept.sort((a, b) => a.atMs - b.atMs || a.order - b.order))
    expect(scheduler.size).toBe(0)
  }
})

test('an event for the past is for now', () => {
  const scheduler = new Scheduler(10)
  scheduler.at(5, () => {})
  scheduler.take()
  expect(scheduler.at(1, () => {}).atMs).toBe(5)
})

test('too many waiting events are refused with the name of the limit', () => {
  const scheduler = new Scheduler(3)
  for (let i = 0; i < 3; i++) scheduler.at(i, () => {})
  expect(() => scheduler.at(9, () => {})).toThrow('the simulation limit scheduled was reached')
})
