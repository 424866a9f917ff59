/** Held pulls and pops: waking costs only who is woken, places are shared, and a connection that is gone holds nothing. */
import { describe, expect, it } from 'vitest'
import { PopHold } from '../../../reference/broker/pop/pop-hold.ts'
import { PullRequestHold } from '../../../reference/broker/pull-request-hold.ts'
import type { Host } from '../../../reference/host/host.ts'
import type { Channel } from '../../../reference/remoting/channel.ts'

const HOLD_MS = 30_000

/** A clock that only counts timers, what waits for its next turn, and connections that do their work at once. */
function world() {
  const soon: (() => void)[] = []
  let timers = 0
  const after = (delayMs: number, run: () => void) => {
    if (delayMs === 0) soon.push(run)
    return ++timers
  }
  const host = { clock: { monotonicMs: () => 0, after, cancel() {} }, trace: { on: false } } as unknown as Host
  const connection = () => ({ isClosed: false, inTurn: (_: number, work: () => void) => work() }) as unknown as Channel
  const turns = () => {
    while (soon.length > 0) soon.shift()!()
  }
  return { host, connection, turns, soon }
}

/** Codes that count how often they are asked for. */
function codesOf(...codes: number[]) {
  return new Set(codes)
}

describe('held pulls', () => {
  function holding(heldMax?: number, perConnectionMax?: number) {
    const { host, ...rest } = world()
    const hold = new PullRequestHold(host, heldMax, perConnectionMax)
    const answered: string[] = []
    const pull = (channel: Channel, name: string, codes?: ReadonlySet<number>, topic = 'T') => {
      const what = { group: 'g', topic, queueId: 0, queueOffset: 5, codes, channel, answer: () => answered.push(name) }
      return hold.hold(what, HOLD_MS)
    }
    return { hold, answered, pull, ...rest }
  }

  it('a message wakes those of its queue that want its tag, or any', () => {
    const { hold, answered, pull, connection } = holding()
    const channel = connection()
    pull(channel, 'any')
    pull(channel, 'tags 1 and 2', codesOf(1, 2))
    pull(channel, 'tag 3', codesOf(3))
    pull(channel, 'another topic', undefined, 'U')
    hold.messageArriving('T', 0, 6, 2)
    expect(answered).toEqual(['any', 'tags 1 and 2'])
    hold.messageArriving('T', 0, 7, 1)
    expect(answered, 'nobody is woken twice').toHaveLength(2)
    hold.messageArriving('T', 0, 8, 3)
    expect(answered).toEqual(['any', 'tags 1 and 2', 'tag 3'])
    expect(hold.count).toBe(1)
  })

  it('every held pull is answered when the broker stops or its master changes, and the event log has the reason', () => {
    const { host, connection } = world()
    const reasons: unknown[] = []
    const emit = (kind: string, { reason }: { reason?: string }) => kind === 'pull.woken' && reasons.push(reason)
    const hold = new PullRequestHold({ ...host, trace: { emit } } as unknown as Host)
    const what = { group: 'g', topic: 'T', queueOffset: 5, codes: undefined, channel: connection(), answer: () => {} }
    for (const queueId of [0, 1]) hold.hold({ ...what, queueId }, HOLD_MS)
    hold.wakeAll('the master has changed')
    expect([hold.count, reasons]).toEqual([0, ['the master has changed', 'the master has changed']])
  })

  it('a message looks at none of 20,000 pulls that wait for another tag', () => {
    const { hold, pull, connection } = holding()
    const channel = connection()
    let looks = 0
    const watched = new Set([9])
    watched.has = () => ++looks > 0
    for (let i = 0; i < 20_000; i++) pull(channel, 'other', watched)
    for (let i = 0; i < 100; i++) hold.messageArriving('T', 0, 6 + i, 1)
    expect(looks).toBe(0)
    expect(hold.count).toBe(20_000)
  })

  it('many that are woken together are woken in several turns, each once', () => {
    const { hold, answered, pull, connection, turns } = holding()
    const channel = connection()
    for (let i = 0; i < 1_000; i++) pull(channel, `${i}`)
    hold.messageArriving('T', 0, 6, 0)
    expect(answered.length, 'before others had a turn').toBeLessThan(200)
    hold.messageArriving('T', 0, 7, 0)
    turns()
    expect(new Set(answered).size).toBe(1_000)
    expect(answered).toHaveLength(1_000)
    expect(hold.count).toBe(0)
  })

  it('when all places are taken, the connection with the most gives up its oldest', () => {
    const { hold, answered, pull, connection } = holding(100, 90)
    const [greedy, modest, third] = [connection(), connection(), connection()]
    const held = Array.from({ length: 100 }, (_, i) => pull(greedy, `greedy ${i}`))
    expect(held.filter((isHeld) => isHeld)).toHaveLength(90)
    for (let i = 0; i < 20; i++) expect(pull(modest, `modest ${i}`)).toBe(true)
    expect(answered).toEqual(Array.from({ length: 10 }, (_, i) => `greedy ${i}`))
    expect(pull(third, 'third')).toBe(true)
    expect(pull(greedy, 'greedy again'), 'the largest itself').toBe(false)
    expect(hold.count).toBe(100)
  })

  it('a pull for many tags takes more places', () => {
    const { hold, pull, connection } = holding(100)
    pull(connection(), 'many', codesOf(...Array.from({ length: 500 }, (_, i) => i)))
    expect(hold.count).toBe(32)
  })

  it('a connection that is gone holds no place', () => {
    const { hold, answered, pull, connection } = holding()
    const [gone, stays] = [connection(), connection()]
    for (let i = 0; i < 10; i++) pull(gone, 'gone', i % 2 === 0 ? undefined : codesOf(i))
    pull(stays, 'stays')
    hold.channelClosed(gone)
    expect(hold.count).toBe(1)
    hold.messageArriving('T', 0, 6, 3)
    expect(answered).toEqual(['stays'])
  })
})

describe('held pops', () => {
  function holding(totalMax = 1_000) {
    const { host, ...rest } = world()
    const hold = new PopHold(host, { eachMax: 20, totalMax })
    const again: string[] = []
    const pop = (channel: Channel, name: string, group = 'g', queueId = -1, codes?: ReadonlySet<number>) =>
      hold.hold({ group, topic: 'T', queueId, codes, channel, again: () => again.push(name) }, HOLD_MS)
    return { hold, again, pop, ...rest }
  }

  it('every held pop is answered when the broker stops or changes its role, and the event log has the reason', () => {
    const { host, connection } = world()
    const reasons: unknown[] = []
    const emit = (_kind: string, { reason }: { reason?: string }) => reason !== undefined && reasons.push(reason)
    const hold = new PopHold({ ...host, trace: { emit } } as unknown as Host, { eachMax: 20, totalMax: 20 })
    const again: boolean[] = []
    const what = { group: 'g', topic: 'T', codes: undefined, channel: connection(), again: () => again.push(true) }
    for (const queueId of [0, 1]) hold.hold({ ...what, queueId }, HOLD_MS)
    hold.wakeAll('the role of the broker changes')
    expect([hold.count, again.length, new Set(reasons)]).toEqual([0, 2, new Set(['the role of the broker changes'])])
  })

  it('a message wakes of each group the one that waits longest and wants it', () => {
    const { hold, again, pop, connection } = holding()
    const channel = connection()
    pop(channel, 'queue 3', 'g', 3)
    pop(channel, 'tag 7', 'g', -1, codesOf(7))
    pop(channel, 'any', 'g')
    pop(channel, 'other group', 'h', 0, codesOf(5, 7))
    hold.messageArriving('T', 0, 7)
    expect(again).toEqual(['tag 7', 'other group'])
    hold.messageArriving('T', 3, 1)
    expect(again.slice(2)).toEqual(['queue 3'])
    hold.messageArriving('T', 0, 1)
    expect(again.slice(3)).toEqual(['any'])
    expect(hold.count).toBe(0)
  })

  it('a message in a retry topic wakes the longest of that group, whatever its queue and tag', () => {
    const { hold, again, pop, connection } = holding()
    const channel = connection()
    pop(channel, 'g first', 'g', 3, codesOf(1))
    pop(channel, 'g second', 'g')
    pop(channel, 'h', 'h')
    hold.messageArriving('%RETRY%g_T', 0, 99)
    hold.messageArriving('%RETRY%g+T', 0, 99)
    expect(again).toEqual(['g first', 'g second'])
  })

  it('a group whose name is a number is not taken for a queue', () => {
    const { hold, again, pop, connection } = holding()
    pop(connection(), 'group 0', '0', 5)
    hold.messageArriving('T', 0, 0)
    expect(again).toEqual([])
    hold.wakeOne('T', '0', 5, 'free')
    expect(again).toEqual(['group 0'])
  })

  it('counts and limits each queue of a group', () => {
    const { hold, pop, connection } = holding()
    const channel = connection()
    for (let i = 0; i < 30; i++) pop(channel, 'a', 'g', 1)
    pop(channel, 'b', 'g', 2)
    expect([1, 2, -1].map((queueId) => hold.countOf('T', 'g', queueId))).toEqual([20, 1, 0])
    hold.channelClosed(channel)
    expect(hold.countOf('T', 'g', 1)).toBe(0)
    expect(hold.count).toBe(0)
  })

  it('shares its places', () => {
    const { hold, again, pop, connection } = holding(40)
    const [greedy, modest] = [connection(), connection()]
    for (let i = 0; i < 60; i++) pop(greedy, `greedy ${i}`, `g${i % 3}`)
    expect(hold.count).toBe(40)
    expect(pop(modest, 'modest', 'm')).toBe(true)
    expect(again).toEqual(['greedy 0'])
  })
})
