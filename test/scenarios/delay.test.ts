/** Messages with a delay level: never early, at their time, also across restarts and clocks that jump. */
import { expect, it } from 'vitest'
import { parseJson } from '../../reference/common/lax-json.ts'
import { decodeUtf8 } from '../../reference/common/utf8.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { TraceEvent } from '../../reference/host/trace.ts'
import { inSimulation, keysOf, startCluster, startConsumer, startProducer } from '../support/sim.ts'

const ONE = { brokers: ['broker-a'], queues: 2 }
/** Delays of the levels used here. */
const DELAY_MS: Readonly<Record<number, number>> = { 1: 1_000, 2: 5_000, 3: 10_000, 4: 30_000, 18: 7_200_000 }
/** From the broker's dispatch to the application there is one hop. */
const HOP_MS = 50

async function sendDelayed(cluster: Cluster, key: string, delayLevel: number) {
  const text = JSON.stringify({ topic: 'Orders', key, body: `body of ${key}`, delayLevel })
  const answer = JSON.parse(await cluster.call('shop', 'send', text)) as { status: string; queueId: number }
  expect(answer.status, `${key} is sent`).toBe('SEND_OK')
  return { key, delayLevel, queueId: answer.queueId, sentAtMs: cluster.nowMs() }
}

async function begin(cluster: Cluster, settings: readonly string[] = []) {
  await startCluster(cluster, { ...ONE, settings })
  await startProducer(cluster)
  await startConsumer(cluster, 'billing-1', 'billing')
  await cluster.sleep(5_000)
}

const deliveryOf = (cluster: Cluster, key: string) => cluster.deliveries().filter((delivery) => delivery.key === key)

function ofKind<K extends TraceEvent['kind']>(cluster: Cluster, kind: K) {
  return cluster.events.filter((event): event is Extract<TraceEvent, { kind: K }> => event.kind === kind)
}

it('each message comes once, at its time to the millisecond, from the queue its producer was told', async () => {
  await inSimulation(1, async (cluster) => {
    await begin(cluster)
    const sent = []
    for (const level of [4, 1, 3, 2, 1, 3]) sent.push(await sendDelayed(cluster, `order-${sent.length}`, level))
    await cluster.sleep(60_000)
    expect(new Set(sent.map((one) => one.queueId)).size, 'both queues are used').toBe(2)
    for (const { key, delayLevel, queueId, sentAtMs } of sent) {
      const [delivery, again] = deliveryOf(cluster, key)
      expect(again, `${key} comes once`).toBeUndefined()
      const waitedMs = delivery!.atMs - sentAtMs
      expect(waitedMs, `${key} waits`).toBeGreaterThan(DELAY_MS[delayLevel]! - HOP_MS)
      expect(waitedMs, `${key} is punctual`).toBeLessThan(DELAY_MS[delayLevel]! + HOP_MS)
      expect([delivery!.topic, delivery!.queueId], key).toEqual(['Orders', queueId])
    }
    const appended = ofKind(cluster, 'record.appended').filter((event) => event.topic === 'SCHEDULE_TOPIC_XXXX')
    expect(appended.map((event) => event.queueId)).toEqual([3, 0, 2, 1, 0, 2])
  })
})

it('messages that became due while the broker was away come at once, however many they are', async () => {
  await inSimulation(2, async (cluster) => {
    await begin(cluster)
    const sent = []
    for (let i = 0; i < 100; i++) sent.push(await sendDelayed(cluster, `order-${i}`, 3))
    await cluster.sleep(1_000)
    await cluster.stop('broker-a')
    await cluster.sleep(20_000)
    await cluster.restart('broker-a')
    await cluster.sleep(10_000)
    const appended = ofKind(cluster, 'record.appended').filter((event) => event.topic === 'Orders')
    expect(appended).toHaveLength(100)
    // the first 32, and all others when the new offset of the level is on the disk
    expect(new Set(appended.map(({ atMs }) => atMs)).size).toBe(2)
  })
})

it('a level beyond the last waits as long as the last', async () => {
  await inSimulation(2, async (cluster) => {
    await begin(cluster, ['messageDelayLevel=1s 3s'])
    const { sentAtMs } = await sendDelayed(cluster, 'far', 18)
    await cluster.sleep(10_000)
    const [delivery] = deliveryOf(cluster, 'far')
    expect(delivery!.atMs - sentAtMs).toBeGreaterThan(3_000 - HOP_MS)
    expect(delivery!.atMs - sentAtMs).toBeLessThan(3_000 + HOP_MS)
  })
})

it('messages that wait outlive the broker: late by the time it was away, never early, none lost', async () => {
  for (const how of ['stop', 'kill', 'powerCut'] as const) {
    await inSimulation(3, async (cluster) => {
      await begin(cluster, ['flushDiskType=SYNC_FLUSH'])
      const sent = []
      for (let i = 0; i < 20; i++) sent.push(await sendDelayed(cluster, `order-${i}`, i % 2 === 0 ? 2 : 4))
      await cluster.sleep(2_000)
      await cluster[how]('broker-a')
      await cluster.sleep(10_000)
      await cluster.restart('broker-a')
      await cluster.sleep(90_000)
      for (const { key, delayLevel, sentAtMs } of sent) {
        const deliveries = deliveryOf(cluster, key)
        expect(deliveries, `${how}: ${key} comes once`).toHaveLength(1)
        expect(deliveries[0]!.atMs - sentAtMs, `${how}: ${key}`).toBeGreaterThan(DELAY_MS[delayLevel]! - HOP_MS)
      }
    })
  }
})

it('after a clean stop nothing is delivered a second time, and delayOffset.json says how far each level is', async () => {
  await inSimulation(4, async (cluster) => {
    await begin(cluster)
    for (let i = 0; i < 5; i++) await sendDelayed(cluster, `order-${i}`, 1)
    await cluster.sleep(3_000)
    await cluster.stop('broker-a')
    const file = await cluster.readFile('broker-a', 'store/config/delayOffset.json')
    const { offsetTable } = parseJson(decodeUtf8(file!)) as { offsetTable: Record<string, number> }
    expect(offsetTable).toEqual({ '1': 5 })
    await cluster.restart('broker-a')
    await cluster.sleep(60_000)
    expect(keysOf(cluster, 'billing').sort()).toEqual([0, 1, 2, 3, 4].map((i) => `order-${i}`))
  })
})

/** Its delay is over, it is delivered, and so long after that the broker is killed. */
async function killAfterDelivery(cluster: Cluster, key: string, afterMs: number) {
  await sendDelayed(cluster, key, 1)
  await cluster.sleep(1_000 + HOP_MS + afterMs)
  await cluster.kill('broker-a')
  await cluster.restart('broker-a')
  await cluster.sleep(20_000)
  return deliveryOf(cluster, key).length
}

it('a killed broker repeats what it delivered within the last second, and only that', async () => {
  await inSimulation(5, async (cluster) => {
    await begin(cluster)
    expect(await killAfterDelivery(cluster, 'first', 1_000)).toBe(1)
    expect(await killAfterDelivery(cluster, 'noted', 1_000)).toBe(1)
    await sendDelayed(cluster, 'first of a life', 1)
    await cluster.sleep(3_000)
    expect(await killAfterDelivery(cluster, 'unnoted', 0)).toBe(2)
    expect(deliveryOf(cluster, 'first')).toHaveLength(1)
  })
})

it.each([
  ['soon', 700],
  ['a while', 4_000],
])(
  'eight kills, each %s after a start, repeat one delayed message and one retry at most twice',
  async (_when, livesMs) => {
    await inSimulation(6, async (cluster) => {
      await begin(cluster)
      cluster.onDelivery(({ key, reconsumeTimes }) =>
        key === 'again' && reconsumeTimes === 0 ? { status: 'RECONSUME_LATER', delayLevel: 2 } : 'CONSUME_SUCCESS',
      )
      await cluster.produce('shop', { topic: 'Orders', key: 'again', body: 'x' })
      await sendDelayed(cluster, 'late', 2)
      await cluster.sleep(4_900)
      for (let kill = 0; kill < 8; kill++) {
        await cluster.sleep(livesMs)
        await cluster.kill('broker-a')
        await cluster.restart('broker-a')
      }
      await cluster.sleep(60_000)
      for (const key of ['late', 'again']) {
        const due = ofKind(cluster, 'message.due').filter((event) => event.key === key).length
        expect(due, `${key} is delivered`).toBeGreaterThan(0)
        expect(due - 1, `${key} is repeated`).toBeLessThanOrEqual(2)
      }
    })
  },
)

it('ASYNC_FLUSH: whenever the power fails, no message that was flushed while it waited is lost', async () => {
  /** The log is flushed after at most ten seconds. */
  const flushedMs = 12_000
  for (let cutAtMs = 15_000; cutAtMs < 50_000; cutAtMs += 1_500) {
    await inSimulation(cutAtMs, async (cluster) => {
      await begin(cluster)
      const beganMs = cluster.nowMs()
      const sent = []
      while (cluster.nowMs() < beganMs + cutAtMs) {
        sent.push(await sendDelayed(cluster, `order-${sent.length}`, 2))
        await cluster.sleep(1_300)
      }
      const cutMs = cluster.nowMs()
      await cluster.powerCut('broker-a')
      await cluster.restart('broker-a')
      await cluster.sleep(60_000)
      await startConsumer(cluster, 'audit-1', 'audit', ['consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'])
      await cluster.sleep(60_000)
      const flushed = sent.filter((one) => one.sentAtMs < cutMs - flushedMs).map((one) => one.key)
      expect(flushed.length).toBeGreaterThan(2)
      expect(
        flushed.filter((key) => !keysOf(cluster, 'audit').includes(key)),
        `power cut after ${cutAtMs} ms: flushed and lost`,
      ).toEqual([])
    })
  }
})

it('a clock set back or ahead delays nothing by more than the delay once more, and brings nothing early', async () => {
  for (const skewMs of [-3_600_000, -4_000, 3_600_000]) {
    await inSimulation(6, async (cluster) => {
      await begin(cluster)
      const before = await sendDelayed(cluster, 'before', 3)
      await cluster.sleep(3_000)
      await cluster.inject({ kind: 'clock', node: 'broker-a', skewMs })
      const after = await sendDelayed(cluster, 'after', 3)
      await cluster.sleep(60_000)
      for (const { key, sentAtMs } of [before, after]) {
        const [delivery] = deliveryOf(cluster, key)
        expect(delivery, `clock ${skewMs} ms: ${key} arrives`).toBeDefined()
        const waitedMs = delivery!.atMs - sentAtMs
        expect(waitedMs, `clock ${skewMs} ms: ${key}`).toBeLessThan(20_000 + 2 * HOP_MS)
        expect(waitedMs, `clock ${skewMs} ms: ${key}`).toBeGreaterThan(10_000 - HOP_MS)
      }
    })
  }
})

it('a broker whose messages wait for two hours does nothing in between', async () => {
  await inSimulation(7, async (cluster) => {
    await begin(cluster)
    await sendDelayed(cluster, 'tomorrow', 18)
    await cluster.stop('billing-1')
    await cluster.stop('shop')
    await cluster.sleep(120_000)
    const before = cluster.events.length
    await cluster.sleep(600_000)
    const own = cluster.events.slice(before).filter((event) => !event.kind.startsWith('net.'))
    expect(own.filter((event) => event.kind === 'message.due' || event.kind === 'disk.written')).toEqual([])
    // what is left are the registrations with the NameServer, every 30 s
    expect(own.length).toBeLessThan(600)
    await cluster.sleep(7_200_000)
    expect(ofKind(cluster, 'message.due')).toHaveLength(1)
  })
})
