/**
 * Messages with a time of their own: never early, at most a tick late, once; also across restarts, rolls and recalls.
 *
 * Method: one broker, a producer, a consumer. Times are the broker's: what it promised is compared with when a message was
 * handed to the consumer.
 */
import { expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { TraceEvent } from '../../reference/host/trace.ts'
import { invoke } from '../support/raw-client.ts'
import { inSimulation, keysOf, startCluster, startConsumer, startProducer } from '../support/sim.ts'

const START_MS = 1_704_067_200_000
const TICK_MS = 1_000
/** From the broker's dispatch to the application there is a hop or two. */
const HOP_MS = 50

interface Sent {
  readonly key: string
  readonly status: string
  readonly error: string
  readonly recallHandle?: string
  readonly sentAtMs: number
}

async function send(cluster: Cluster, key: string, how: object): Promise<Sent> {
  const text = JSON.stringify({ topic: 'Orders', key, body: `body of ${key}`, ...how })
  const answer = JSON.parse(await cluster.call('shop', 'send', text)) as Omit<Sent, 'key' | 'sentAtMs'>
  return { key, ...answer, sentAtMs: cluster.nowMs() }
}

const recall = async (cluster: Cluster, recallHandle: string) =>
  JSON.parse(await cluster.call('shop', 'recall', JSON.stringify({ topic: 'Orders', recallHandle }))) as {
    status: string
    error: string
  }

async function begin(cluster: Cluster, settings: readonly string[] = []) {
  await startCluster(cluster, { brokers: ['broker-a'], queues: 2, settings })
  await startProducer(cluster)
  await startConsumer(cluster, 'billing-1', 'billing')
  await cluster.sleep(5_000)
}

const deliveryOf = (cluster: Cluster, key: string) => cluster.deliveries().filter((delivery) => delivery.key === key)

const ofKind = <K extends TraceEvent['kind']>(cluster: Cluster, kind: K) =>
  cluster.events.filter((event): event is Extract<TraceEvent, { kind: K }> => event.kind === kind)

it('each message comes once, not before its time and at most a tick after it', () =>
  inSimulation(1, async (cluster) => {
    await begin(cluster)
    const due = new Map<string, number>()
    for (const [i, delayTimeMs] of [4_321, 1, 10_000, 2_500, 60_000, 999].entries()) {
      const sent = await send(cluster, `order-${i}`, { delayTimeMs })
      expect(sent.status).toBe('SEND_OK')
      due.set(sent.key, sent.sentAtMs + delayTimeMs)
    }
    const onTheTick = Math.ceil((cluster.nowMs() + 3_000) / 1_000) * 1_000
    await send(cluster, 'on-the-tick', { deliverTimeMs: START_MS + onTheTick })
    due.set('on-the-tick', onTheTick)
    await cluster.sleep(70_000)
    for (const [key, dueAtMs] of due) {
      const [delivery, again] = deliveryOf(cluster, key)
      expect(again, `${key} comes once`).toBeUndefined()
      expect(delivery?.atMs, `${key} comes`).toBeGreaterThanOrEqual(dueAtMs - HOP_MS)
      expect(delivery!.atMs, `${key} is punctual`).toBeLessThan(dueAtMs + TICK_MS + HOP_MS)
    }
    const exact = deliveryOf(cluster, 'on-the-tick')[0]!
    expect(exact.atMs, 'a time on a tick is neither early nor a tick late').toBeLessThan(onTheTick + HOP_MS)
  }))

it('the progress is on the disk after a stop, and a broker without such messages has no files for them', async () => {
  const filesOf = async (cluster: Cluster) =>
    (await cluster.listFiles('broker-a')).map(({ path }) => path).filter((path) => path.includes('timer'))
  await inSimulation(2, async (cluster) => {
    await begin(cluster)
    await cluster.stop('broker-a')
    expect(await filesOf(cluster)).toEqual([])
    await cluster.restart('broker-a')
    await cluster.sleep(40_000)
    await send(cluster, 'later', { delayTimeMs: 60_000 })
    await cluster.sleep(100)
    await cluster.stop('broker-a')
    const path = (await filesOf(cluster)).find((each) => each.endsWith('timercheck'))!
    const checkpoint = Buffer.from((await cluster.readFile('broker-a', path))!)
    // the place of the next message in the timer's queue, and the end of its log: `reference/store/timer/timer-checkpoint.ts`
    expect([checkpoint.readBigInt64BE(16), checkpoint.readBigInt64BE(8)]).toEqual([1n, 52n])
  })
})

it('a time that has passed means now; one that cannot be meant is refused', () =>
  inSimulation(2, async (cluster) => {
    await begin(cluster)
    await send(cluster, 'past', { deliverTimeMs: START_MS })
    await send(cluster, 'negative', { delayTimeMs: -5_000 })
    await cluster.sleep(100)
    expect(keysOf(cluster, 'billing').sort()).toEqual(['negative', 'past'])
    for (const delayTimeMs of [3 * 86_400_000 + 1, 9_007_199_254_740_991]) {
      const { status, error } = await send(cluster, 'far', { delayTimeMs })
      expect([status, /timer message illegal/.test(error)], `${delayTimeMs} ms`).toEqual(['FAILED', true])
    }
    expect((await send(cluster, 'just', { delayTimeMs: 3 * 86_400_000 })).status).toBe('SEND_OK')
    await cluster.sleep(10_000)
    expect(deliveryOf(cluster, 'far')).toEqual([])
  }))

it('a huge delay does not overflow into the past (#10872)', () =>
  inSimulation(3, async (cluster) => {
    await begin(cluster)
    await cluster.start({ name: 'stranger', program: 'raw-client', args: [] })
    const extFields = (properties: string) => ({
      a: 'g', b: 'Orders', c: 'TBW102', d: '4', e: '0', f: '0', g: '0', h: '0', i: properties,
    }) // biome-ignore format: one line
    for (const text of ['9223372036854775807', '9223372036854775', '99999999999999999999', 'soon', '']) {
      const properties = `KEYS\u0001odd\u0002TIMER_DELAY_SEC\u0001${text}\u0002`
      const { code } = await invoke(cluster, 'stranger', { code: 310, extFields: extFields(properties), body: 'b' })
      expect(code, text).toBe(text === '' ? 0 : 13)
    }
    await cluster.sleep(5_000)
    expect(deliveryOf(cluster, 'odd'), 'only the one whose property was empty').toHaveLength(1)
  }))

it('what waits is delivered after a crash, what fell due meanwhile at once', () =>
  inSimulation(4, async (cluster) => {
    await begin(cluster)
    const keys: string[] = []
    for (let i = 0; i < 20; i++) {
      const { key } = await send(cluster, `order-${i}`, { delayTimeMs: 1_500 * (i + 1) })
      keys.push(key)
    }
    await cluster.sleep(9_000)
    const before = keysOf(cluster, 'billing').length
    expect(before).toBeGreaterThan(3)
    await cluster.kill('broker-a')
    await cluster.sleep(7_000)
    await cluster.restart('broker-a')
    await cluster.sleep(60_000)
    expect([...new Set(keysOf(cluster, 'billing'))].sort()).toEqual(keys.toSorted())
  }))

it('a clean restart delivers nothing twice', () =>
  inSimulation(5, async (cluster) => {
    await begin(cluster)
    for (let i = 0; i < 10; i++) await send(cluster, `order-${i}`, { delayTimeMs: 2_000 * (i + 1) })
    await cluster.sleep(9_000)
    await cluster.stop('broker-a')
    await cluster.restart('broker-a')
    await cluster.sleep(60_000)
    const appended = ofKind(cluster, 'record.appended').filter((event) => event.topic === 'Orders')
    expect(appended.map((event) => event.key).sort()).toEqual(Array.from({ length: 10 }, (_, i) => `order-${i}`))
  }))

it('beyond the window a message rolls, and still comes at its time', () =>
  inSimulation(6, async (cluster) => {
    await begin(cluster, ['timerRollWindowSlot=60'])
    const { sentAtMs } = await send(cluster, 'far', { delayTimeMs: 200_500 })
    await cluster.sleep(260_000)
    const [delivery, again] = deliveryOf(cluster, 'far')
    expect(again).toBeUndefined()
    expect(delivery!.atMs - sentAtMs).toBeGreaterThan(200_500 - HOP_MS)
    expect(delivery!.atMs - sentAtMs).toBeLessThan(200_500 + TICK_MS + HOP_MS)
    expect(ofKind(cluster, 'timer.rolled').length).toBeGreaterThanOrEqual(3)
  }))

it('a message can be taken back until its time, by whoever has its handle', () =>
  inSimulation(7, async (cluster) => {
    await begin(cluster, ['recallMessageEnable=true', 'timerRollWindowSlot=60'])
    const sent = [
      await send(cluster, 'near', { delayTimeMs: 20_000 }),
      await send(cluster, 'rolls', { delayTimeMs: 150_000 }),
      await send(cluster, 'stays', { delayTimeMs: 20_000 }),
    ]
    expect(await recall(cluster, sent[0]!.recallHandle!)).toMatchObject({ status: 'RECALLED' })
    expect(await recall(cluster, sent[1]!.recallHandle!)).toMatchObject({ status: 'RECALLED' })
    expect(await recall(cluster, 'nonsense')).toMatchObject({ status: 'FAILED', error: 'the recall handle is none' })
    await cluster.sleep(200_000)
    expect(keysOf(cluster, 'billing')).toEqual(['stays'])
    expect(ofKind(cluster, 'message.recalled').map((event) => event.key)).toEqual(['near', 'rolls'])
    const { error } = await recall(cluster, sent[2]!.recallHandle!)
    expect(error, 'too late').toMatch(/timestamp invalid/)
  }))

it('recalls are off unless the broker allows them', () =>
  inSimulation(8, async (cluster) => {
    await begin(cluster)
    const { recallHandle } = await send(cluster, 'near', { delayTimeMs: 20_000 })
    expect((await recall(cluster, recallHandle!)).error).toMatch(/forbidden/)
  }))

it('a tick that is too full refuses further messages', () =>
  inSimulation(9, async (cluster) => {
    await begin(cluster, ['timerCongestNumEachSlot=5'])
    const deliverTimeMs = START_MS + 100_500
    const statuses: string[] = []
    for (let i = 0; i < 40; i++) {
      statuses.push((await send(cluster, `order-${i}`, { deliverTimeMs })).status)
      await cluster.sleep(10)
    }
    const taken = statuses.filter((status) => status === 'SEND_OK').length
    expect(taken).toBeGreaterThanOrEqual(5)
    expect(taken).toBeLessThanOrEqual(11)
    expect((await send(cluster, 'other tick', { deliverTimeMs: deliverTimeMs + TICK_MS })).status).toBe('SEND_OK')
  }))

it('a wheel that is switched off refuses such messages', () =>
  inSimulation(10, async (cluster) => {
    await begin(cluster, ['timerWheelEnable=false'])
    expect((await send(cluster, 'near', { delayTimeMs: 1_000 })).error).toMatch(/timerWheelEnable is false/)
  }))

it('waiting costs nothing: one look a minute, however many wait', () =>
  inSimulation(11, async (cluster) => {
    await begin(cluster)
    for (let i = 0; i < 50; i++) await send(cluster, `order-${i}`, { delayTimeMs: 86_400_000 + 7_000 * i })
    await cluster.sleep(60_000)
    const since = cluster.events.length
    await cluster.sleep(600_000)
    const own = cluster.events
      .slice(since)
      .filter((event) => event.node === 'broker-a' && /^(record|timer|disk|log)\./.test(event.kind))
    expect(own).toEqual([])
  }))

it('tells how far it has come and how many wait', () =>
  inSimulation(12, async (cluster) => {
    await begin(cluster)
    for (let i = 0; i < 3; i++) await send(cluster, `order-${i}`, { delayTimeMs: 60_000 })
    await cluster.start({ name: 'operator', program: 'raw-client', args: [] })
    const checkpoint = await invoke(cluster, 'operator', { code: 60 })
    expect([checkpoint.code, checkpoint.bodyBytes]).toEqual([0, 56])
    const metrics = await invoke(cluster, 'operator', { code: 61 })
    expect(JSON.parse(metrics.body)).toMatchObject({ timingCount: { Orders: { count: 3 } } })
  }))
