/**
 * Popping: any member takes from any queue, what it does not acknowledge comes again to the group, and nothing else does.
 *
 * Method: members that leave sharing to the broker (`clientRebalance=false`), a group whose mode is set to POP.
 */
import { expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { TraceEvent } from '../../reference/host/trace.ts'
import { invoke, type RawAnswer } from '../support/raw-client.ts'
import { inSimulation, keysOf, sendMany, startCluster, startConsumer, startProducer } from '../support/sim.ts'

const NO_MESSAGE = 208
const HIDDEN_MS = 10_000
const POPS = ['clientRebalance=false', 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET', `popInvisibleTime=${HIDDEN_MS}`]
/** A tick of the timer, and what a revive queue waits to be sure. */
const REVIVED_WITHIN_MS = 6_000

const ofKind = <K extends TraceEvent['kind']>(cluster: Cluster, kind: K) =>
  cluster.events.filter((event): event is Extract<TraceEvent, { kind: K }> => event.kind === kind)

const setMode = (cluster: Cluster, mode: string, share = '0') =>
  cluster.admin('admin', [
    ...['setConsumeMode', '-c', 'DefaultCluster', '-t', 'Orders', '-g', 'billing', '-m', mode, '-q', share],
  ])

async function begin(cluster: Cluster, members: readonly string[], brokers: readonly string[] = ['broker-a']) {
  await startCluster(cluster, { brokers, queues: 4 })
  await startProducer(cluster)
  await setMode(cluster, 'POP')
  for (const member of members) await startConsumer(cluster, member, 'billing', POPS)
  await cluster.sleep(5_000)
}

it('members share all queues message by message, and each message comes once', () =>
  inSimulation(1, async (cluster) => {
    await begin(cluster, ['billing-1', 'billing-2', 'billing-3'], ['broker-a', 'broker-b'])
    const owned = ofKind(cluster, 'queue.assigned').filter(({ topic }) => topic === 'Orders')
    expect(new Set(owned.map(({ node, brokerName, queueId }) => `${node} ${brokerName} ${queueId}`)).size).toBe(6)
    expect(new Set(owned.map(({ queueId }) => queueId))).toEqual(new Set([-1]))
    const keys = await sendMany(cluster, 'order', 30)
    await cluster.sleep(60_000)
    expect(keysOf(cluster, 'billing').sort()).toEqual([...keys].sort())
    expect(new Set(cluster.deliveries().map(({ node }) => node)).size).toBeGreaterThan(1)
    expect(ofKind(cluster, 'message.revived')).toEqual([])
    const settled = ofKind(cluster, 'checkpoint.settled')
    expect(settled.reduce((sum, { messages }) => sum + messages, 0)).toBe(30)
  }))

it('a message that failed comes again after its time, to whoever asks, with its count', () =>
  inSimulation(2, async (cluster) => {
    const seen: { atMs: number; reconsumeTimes: number; topic: string }[] = []
    cluster.onDelivery(({ key, atMs, reconsumeTimes, topic }) => {
      if (key !== 'order-2') return 'CONSUME_SUCCESS'
      seen.push({ atMs, reconsumeTimes, topic })
      return seen.length < 4 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS'
    })
    await begin(cluster, ['billing-1', 'billing-2'])
    await sendMany(cluster, 'order', 3)
    await cluster.sleep(180_000)
    expect(seen.map(({ reconsumeTimes }) => reconsumeTimes)).toEqual([0, 1, 2, 3])
    expect(new Set(seen.map(({ topic }) => topic))).toEqual(new Set(['Orders']))
    for (const [i, seconds] of [10, 30, 60].entries()) {
      const gapMs = seen[i + 1]!.atMs - seen[i]!.atMs
      expect(gapMs).toBeGreaterThanOrEqual(seconds * 1_000)
      expect(gapMs).toBeLessThan(seconds * 1_000 + REVIVED_WITHIN_MS)
    }
    expect(keysOf(cluster, 'billing').filter((key) => key !== 'order-2')).toEqual(['order-1', 'order-3'])
  }))

it('what a dead member had in hand comes to another, not before its invisible time is over', () =>
  inSimulation(3, async (cluster) => {
    await begin(cluster, ['billing-1'])
    const [, , , ...rest] = await sendMany(cluster, 'order', 3)
    expect(rest).toEqual([])
    await cluster.sleep(1_000)
    const popped = ofKind(cluster, 'message.popped')
    await cluster.kill('billing-1')
    expect(popped.length).toBe(3)
    const acked = new Set(
      ofKind(cluster, 'message.acked').map(({ queueId, queueOffset }) => `${queueId}/${queueOffset}`),
    )
    expect(acked.size).toBe(3)
    // one more that nobody can acknowledge: the member dies with it in hand
    await cluster.restart('billing-1')
    await cluster.sleep(5_000)
    await cluster.inject({ kind: 'partition', between: [['billing-1'], ['namesrv', 'broker-a']], held: 'keep' })
    await startConsumer(cluster, 'billing-2', 'billing', POPS)
    await cluster.sleep(5_000)
    await sendMany(cluster, 'late', 4)
    await cluster.sleep(60_000)
    const got = cluster.deliveries().filter(({ node, key }) => node === 'billing-2' && key.startsWith('late'))
    expect(new Set(got.map(({ key }) => key)).size).toBe(4)
  }))

it('a group switches from popping to pulling and back, and loses nothing on the way', () =>
  inSimulation(4, async (cluster) => {
    let fails = true
    cluster.onDelivery(({ key, reconsumeTimes }) =>
      fails && key === 'popped-1' && reconsumeTimes === 0 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS',
    )
    await begin(cluster, ['billing-1', 'billing-2'])
    await sendMany(cluster, 'popped', 4)
    await cluster.sleep(2_000)
    await setMode(cluster, 'PULL')
    await cluster.sleep(45_000)
    fails = false
    const queues = ofKind(cluster, 'queue.assigned').filter(({ topic, queueId }) => topic === 'Orders' && queueId >= 0)
    expect(queues.length).toBe(4)
    await sendMany(cluster, 'pulled', 4)
    await cluster.sleep(60_000)
    const came = cluster.deliveries().filter(({ key }) => key === 'popped-1')
    expect(came.map(({ reconsumeTimes, topic }) => `${topic} ${reconsumeTimes}`)).toEqual(['Orders 0', 'Orders 1'])
    await setMode(cluster, 'POP', '1')
    await cluster.sleep(45_000)
    await sendMany(cluster, 'again', 4)
    await cluster.sleep(30_000)
    const counts = new Map<string, number>()
    for (const key of keysOf(cluster, 'billing')) counts.set(key, (counts.get(key) ?? 0) + 1)
    expect(counts.get('popped-1')).toBe(2)
    counts.delete('popped-1')
    expect([...counts.values()].every((count) => count === 1)).toBe(true)
    expect(counts.size).toBe(11)
  }))

it('a broker that is killed remembers what is out: acknowledged stays so, the rest comes again', () =>
  inSimulation(5, async (cluster) => {
    cluster.onDelivery(({ key, reconsumeTimes }) =>
      key === 'order-3' && reconsumeTimes === 0 ? { status: 'RECONSUME_LATER' } : 'CONSUME_SUCCESS',
    )
    await begin(cluster, ['billing-1'])
    await sendMany(cluster, 'order', 6)
    await cluster.sleep(7_000) // the offsets are in the file
    await cluster.kill('broker-a')
    await cluster.sleep(2_000)
    await cluster.restart('broker-a')
    await cluster.sleep(60_000)
    const times = keysOf(cluster, 'billing').filter((key) => key === 'order-3').length
    expect(times).toBe(2)
    expect(keysOf(cluster, 'billing').length).toBe(7)
  }))

it('nothing looks for check points from time to time: an idle broker that pops costs what one that pulls costs', () =>
  inSimulation(6, async (cluster) => {
    await begin(cluster, ['billing-1'])
    await sendMany(cluster, 'order', 8)
    await cluster.sleep(60_000)
    const before = cluster.events.length
    await cluster.sleep(600_000)
    expect((cluster.events.length - before) / 600).toBeLessThan(10)
  }))

const RECEIPT = (startOffset: number, answer: RawAnswer, queueId: number, offset: number) =>
  [
    startOffset,
    answer.extFields['popTime'],
    answer.extFields['invisibleTime'],
    answer.extFields['reviveQid'],
    ...['0', 'broker-a', queueId, offset],
  ].join(' ')

const pop = (cluster: Cluster, more: Record<string, string> = {}) =>
  invoke(cluster, 'stranger', {
    code: 200_050,
    extFields: {
      ...{ consumerGroup: 'billing', topic: 'Orders', queueId: '0', maxMsgNums: '32', invisibleTime: '8000' },
      ...{ pollTime: '0', bornTime: '0', initMode: '0', ...more },
    },
  })

async function beginRaw(cluster: Cluster) {
  await startCluster(cluster, { brokers: ['broker-a'], queues: 1 })
  await startProducer(cluster)
  await cluster.start({ name: 'stranger', program: 'raw-client', args: [] })
  await sendMany(cluster, 'order', 4)
  await cluster.sleep(1_000)
}

it('acknowledged in one batch, only what is left out comes again', () =>
  inSimulation(7, async (cluster) => {
    await beginRaw(cluster)
    const answer = await pop(cluster)
    expect(answer.extFields).toMatchObject({ startOffsetInfo: '0 0 0', msgOffsetInfo: '0 0 0,1,2,3', restNum: '0' })
    expect((await pop(cluster)).code).toBe(210)
    const { popTime, reviveQid } = answer.extFields
    const one = {
      c: 'billing',
      t: 'Orders',
      r: '0',
      so: 0,
      q: 0,
      rq: Number(reviveQid),
      pt: Number(popTime),
      it: 8_000,
    }
    const batch = async (brokerName: string, acks: readonly object[]) =>
      (await invoke(cluster, 'stranger', { code: 200_151, body: JSON.stringify({ brokerName, acks }) })).code
    expect(await batch('broker-a', [])).toBe(NO_MESSAGE)
    // bit 0 in the name of this broker, bits 1 and 3 without a name, bit 2 in the name of another broker
    expect(await batch('broker-a', [{ ...one, b: 'AQ==' }])).toBe(0)
    expect(await batch('', [{ ...one, b: 'Cg==' }])).toBe(0)
    expect(await batch('broker-b', [{ ...one, b: 'BA==' }])).toBe(0)
    await cluster.sleep(16_000)
    const again = await pop(cluster)
    expect(again.extFields).toMatchObject({ msgOffsetInfo: '1 0 0' })
    expect(ofKind(cluster, 'message.revived').map(({ key }) => key)).toEqual(['order-3'])
    expect(again.body).toContain('POP_CK')
  }))

it('a changed invisible time counts from now, and its new receipt acknowledges', () =>
  inSimulation(8, async (cluster) => {
    await beginRaw(cluster)
    const answer = await pop(cluster, { maxMsgNums: '2' })
    const change = (offset: number, invisibleTime: number) =>
      invoke(cluster, 'stranger', {
        code: 200_053,
        extFields: {
          ...{ consumerGroup: 'billing', topic: 'Orders', queueId: '0', offset: `${offset}` },
          ...{ extraInfo: RECEIPT(0, answer, 0, offset), invisibleTime: `${invisibleTime}` },
        },
      })
    const first = await change(0, 30_000)
    const second = await change(1, 30_000)
    expect([first.code, second.code]).toEqual([0, 0])
    const ack = await invoke(cluster, 'stranger', {
      code: 200_051,
      extFields: {
        ...{ consumerGroup: 'billing', topic: 'Orders', queueId: '0', offset: '1' },
        extraInfo: RECEIPT(1, second, 0, 1),
      },
    })
    expect(ack.code).toBe(0)
    await cluster.sleep(20_000)
    expect(ofKind(cluster, 'message.revived')).toEqual([])
    await cluster.sleep(20_000)
    expect(ofKind(cluster, 'message.revived').map(({ key }) => key)).toEqual(['order-1'])
  }))

it('in order: one batch at a time, from where the first open message is, with its count', () =>
  inSimulation(9, async (cluster) => {
    await beginRaw(cluster)
    const inOrder = (attemptId: string) => pop(cluster, { order: 'true', maxMsgNums: '2', attemptId })
    const ackOf = (answer: RawAnswer, offset: number) =>
      invoke(cluster, 'stranger', {
        code: 200_051,
        extFields: {
          ...{ consumerGroup: 'billing', topic: 'Orders', queueId: '0', offset: `${offset}` },
          extraInfo: RECEIPT(0, answer, 0, offset),
        },
      })
    const first = await inOrder('one')
    expect(first.extFields).toMatchObject({ reviveQid: '999', msgOffsetInfo: '0 0 0,1', orderCountInfo: '0 0 0' })
    expect((await inOrder('two')).code).toBe(210)
    expect((await inOrder('one')).extFields['msgOffsetInfo']).toBe('0 0 0,1')
    // the repetition is the batch that counts
    const repeated = await inOrder('one')
    await ackOf(repeated, 0)
    expect((await inOrder('two')).code).toBe(210)
    await cluster.sleep(9_000)
    const again = await inOrder('three')
    expect(again.extFields).toMatchObject({ msgOffsetInfo: '0 0 1,2', orderCountInfo: '0 qo0%1 1;0 0 0' })
    await ackOf(again, 1)
    await ackOf(again, 2)
    expect((await inOrder('four')).extFields['msgOffsetInfo']).toBe('0 0 3')
  }))

it('a peek takes nothing and says how many wait; who asks to be notified of a batch in order is told when it may come', () =>
  inSimulation(11, async (cluster) => {
    await beginRaw(cluster)
    const place = { consumerGroup: 'billing', topic: 'Orders', queueId: '0' }
    const peek = async (maxMsgNums: number) => {
      const extFields = { ...place, maxMsgNums: `${maxMsgNums}` }
      const { code, extFields: told, body } = await invoke(cluster, 'stranger', { code: 200_052, extFields })
      return [code, Number(told['restNum']), [...body.matchAll(/body of order-\d/g)].length]
    }
    const hasMsg = async (order: string) => {
      const extFields = { ...place, pollTime: '0', bornTime: '0', order, attemptId: 'new' }
      return (await invoke(cluster, 'stranger', { code: 200_054, extFields })).extFields['hasMsg']
    }
    const inOrder = (maxMsgNums: string) => pop(cluster, { order: 'true', maxMsgNums, attemptId: 'old' })
    await pop(cluster, { maxMsgNums: '1', initMode: '0' })
    await cluster.sleep(100)
    expect([await peek(2), await peek(1), await peek(32)]).toEqual([
      [0, 3, 2],
      [0, 3, 1],
      [0, 3, 3],
    ])
    expect([await hasMsg('false'), await hasMsg('true')], 'nothing is hidden in order').toEqual(['true', 'true'])
    expect((await inOrder('1')).code).toBe(0)
    expect([await hasMsg('false'), await hasMsg('true')], 'one is hidden in order').toEqual(['true', 'false'])
    await pop(cluster)
    expect([await hasMsg('false'), await hasMsg('true')], 'nothing is left').toEqual(['false', 'false'])
  }))

it('a pop that finds nothing waits until a message comes; strangers are told what is wrong', () =>
  inSimulation(10, async (cluster) => {
    await beginRaw(cluster)
    await pop(cluster)
    const waiting = pop(cluster, { pollTime: '4000' })
    const notified = invoke(cluster, 'stranger', {
      code: 200_054,
      extFields: { consumerGroup: 'billing', topic: 'Orders', queueId: '-1', pollTime: '4000', bornTime: '0' },
    })
    await cluster.sleep(1_000)
    const polling = { consumerGroup: 'billing', topic: 'Orders', queueId: '0' }
    const info = await invoke(cluster, 'stranger', { code: 200_055, extFields: polling })
    expect(info.extFields).toEqual({ pollingNum: '1' })
    await sendMany(cluster, 'late', 1)
    const askedMs = cluster.nowMs()
    expect((await waiting).extFields).toMatchObject({ msgOffsetInfo: '0 0 4' })
    expect((await notified).code).toBe(0)
    expect(cluster.nowMs() - askedMs).toBeLessThan(1_000)
    const peek = { ...polling, maxMsgNums: '10' }
    expect((await invoke(cluster, 'stranger', { code: 200_052, extFields: peek })).code).toBe(19)
    expect((await pop(cluster, { maxMsgNums: '33' })).code).toBe(29)
    expect((await pop(cluster, { queueId: '7' })).code).toBe(29)
    expect((await pop(cluster, { topic: 'None' })).code).toBe(17)
    expect((await pop(cluster, { bornTime: '1000' })).code).toBe(210)
    const wrong = { consumerGroup: 'billing', topic: 'Orders', queueId: '0', offset: '0', extraInfo: '1 2 3' }
    expect(await invoke(cluster, 'stranger', { code: 200_051, extFields: wrong })).toMatchObject({ code: 1 })
  }))
