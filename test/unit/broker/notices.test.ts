/** A group is told of changes of its members: one at once, many together, and the last one always. */
import { expect, it } from 'vitest'
import { ConsumerManager } from '../../../reference/broker/consumer-manager.ts'
import { NOTICE_GATHER_MS } from '../../../reference/broker/limits.ts'
import type { Host } from '../../../reference/host/host.ts'
import type { Channel } from '../../../reference/remoting/channel.ts'

const MEMBERS = 600

/** A clock that runs its timers when the test moves it. */
function world() {
  const timers: { readonly atMs: number; readonly run: () => void }[] = []
  const clock = {
    atMs: 0,
    monotonicMs: () => clock.atMs,
    after: (delayMs: number, run: () => void) => timers.push({ atMs: clock.atMs + delayMs, run }),
    cancel() {},
  }
  const passes = (ms: number) => {
    const endMs = clock.atMs + ms
    for (;;) {
      timers.sort((a, b) => a.atMs - b.atMs)
      if (timers.length === 0 || timers[0]!.atMs > endMs) break
      const { atMs, run } = timers.shift()!
      clock.atMs = atMs
      run()
    }
    clock.atMs = endMs
  }
  const consumers = new ConsumerManager({ clock, trace: { on: false } } as unknown as Host, () => true)
  return { consumers, passes }
}

function member(number: number) {
  const state = { notices: 0, seen: -1 }
  const channel = { isClosed: false, close() {}, oneway: () => void state.notices++ } as unknown as Channel
  const client = { clientId: `c${number}`, language: 0, version: 0 }
  return { state, channel, client }
}

const DATA = {
  groupName: 'g',
  consumeType: 'CONSUME_PASSIVELY',
  messageModel: 'CLUSTERING',
  consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
  subscriptionDataSet: [],
  unitMode: false,
}

it('one change is told at once, to all', () => {
  const { consumers, passes } = world()
  const [a, b] = [member(1), member(2)]
  consumers.register(a.channel, a.client, DATA)
  expect(a.state.notices).toBe(1)
  passes(10 * NOTICE_GATHER_MS)
  expect(a.state.notices, 'and once').toBe(1)
  consumers.register(b.channel, b.client, DATA)
  expect([a, b].map(({ state }) => state.notices)).toEqual([2, 1])
})

it(`${MEMBERS} members that come and go cost a few rounds of notices, and each hears of the last change`, () => {
  const { consumers, passes } = world()
  const members = Array.from({ length: MEMBERS }, (_, i) => member(i))
  for (const { channel, client } of members) consumers.register(channel, client, DATA)
  passes(2 * NOTICE_GATHER_MS)
  expect(members.reduce((sum, { state }) => sum + state.notices, 0)).toBeLessThan(3 * MEMBERS)
  for (const { state } of members) expect(state.notices).toBeGreaterThan(0)

  const leaving = members.splice(0, MEMBERS - 2)
  for (const { state } of members) state.notices = 0
  for (const { channel } of leaving) consumers.channelClosed(channel)
  passes(2 * NOTICE_GATHER_MS)
  for (const { state } of members) expect([1, 2]).toContain(state.notices)
  expect(consumers.group('g')?.members.size).toBe(2)
})

it('a connection closes without a look at the groups of others', () => {
  const { consumers, passes } = world()
  const [a, b] = [member(1), member(2)]
  for (let i = 0; i < 50; i++) consumers.register(a.channel, a.client, { ...DATA, groupName: `g${i}` })
  consumers.register(b.channel, b.client, { ...DATA, groupName: 'other' })
  consumers.channelClosed(a.channel)
  passes(NOTICE_GATHER_MS)
  expect(consumers.group('g7')).toBeUndefined()
  expect(consumers.group('other')?.members.size).toBe(1)
})
