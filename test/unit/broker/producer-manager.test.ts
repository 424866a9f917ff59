/** Producers of a group: asked in turn, found by client, gone with their connection or their silence. */
import { expect, it } from 'vitest'
import { CHANNEL_EXPIRED_MS } from '../../../reference/broker/limits.ts'
import { ProducerManager } from '../../../reference/broker/producer-manager.ts'
import type { Host } from '../../../reference/host/host.ts'
import type { Channel } from '../../../reference/remoting/channel.ts'

/** A table of producers, the hands of its clock, and connections that notice being closed. */
function table() {
  const clock = { atMs: 0 }
  const host = { clock: { monotonicMs: () => clock.atMs }, trace: { on: false } } as unknown as Host
  return { clock, producers: new ProducerManager(host) }
}

function connection() {
  const channel = {
    isClosed: false,
    close() {
      channel.isClosed = true
    },
  }
  return channel as unknown as Channel & { isClosed: boolean }
}

const client = (clientId: string) => ({ clientId, language: 0, version: 0 })

it('asks the producers of a group in turn, whatever other groups ask', () => {
  const { producers } = table()
  const [a, b, other] = [connection(), connection(), connection()]
  producers.register(a, client('a'), 'shop')
  producers.register(b, client('b'), 'shop')
  producers.register(other, client('c'), 'bank')
  const asked = Array.from({ length: 4 }, () => {
    producers.getAvailableChannel('bank')
    return producers.getAvailableChannel('shop')
  })
  expect(asked).toEqual([a, b, a, b])
  expect(producers.getAvailableChannel('nobody')).toBeUndefined()
})

it('a connection has at most 10,000 groups, and those it has it keeps', () => {
  const { producers } = table()
  const [a, b] = [connection(), connection()]
  const registered = Array.from({ length: 10_000 }, (_, i) => producers.register(a, client('a'), `g${i + 1}`))
  expect(registered).not.toContain(false)
  expect(producers.register(a, client('a'), 'one more')).toBe(false)
  expect(producers.getAvailableChannel('one more')).toBeUndefined()
  expect(producers.register(a, client('a'), 'g1')).toBe(true)
  expect(producers.register(b, client('b'), 'one more')).toBe(true)
  producers.unregister(a, 'g1', 'it left')
  expect(producers.register(a, client('a'), 'one more')).toBe(true)
})

it('never offers a connection that is closed', () => {
  const { producers } = table()
  const [a, b] = [connection(), connection()]
  producers.register(a, client('a'), 'shop')
  producers.register(b, client('b'), 'shop')
  a.isClosed = true
  expect([1, 2, 3].map(() => producers.getAvailableChannel('shop'))).toEqual([b, b, b])
  expect(producers.findChannel('a')).toBeUndefined()
  b.isClosed = true
  expect(producers.getAvailableChannel('shop')).toBeUndefined()
})

it('finds a client by its latest connection, as long as any of its groups is there', () => {
  const { producers } = table()
  const [old, latest] = [connection(), connection()]
  producers.register(old, client('a'), 'shop')
  producers.register(latest, client('a'), 'shop')
  producers.register(latest, client('a'), 'bank')
  producers.channelClosed(old)
  expect(producers.findChannel('a')).toBe(latest)
  producers.unregister(latest, 'shop', 'it said farewell')
  expect(producers.findChannel('a')).toBe(latest)
  expect(producers.groupNames()).toEqual(['bank'])
  producers.channelClosed(latest)
  expect(producers.findChannel('a')).toBeUndefined()
  expect(producers.groupNames()).toEqual([])
})

it('forgets a producer that has been silent for two minutes, and closes its connection', () => {
  const { clock, producers } = table()
  const [silent, lively] = [connection(), connection()]
  producers.register(silent, client('a'), 'shop')
  producers.register(lively, client('b'), 'shop')
  clock.atMs = CHANNEL_EXPIRED_MS
  producers.register(lively, client('b'), 'shop')
  producers.expire()
  expect(producers.members('shop').size).toBe(2)
  clock.atMs++
  producers.expire()
  expect([...producers.members('shop').keys()]).toEqual([lively])
  expect(silent.isClosed).toBe(true)
  expect(producers.findChannel('a')).toBeUndefined()
})
