/** Orderly consumption: the messages of a queue one after the other, whoever comes, goes, fails or is cut off. */
import { expect, it } from 'vitest'
import { namesrvAddresses } from '../../reference/client/apps/namesrv-addresses.ts'
import { ClientInstance } from '../../reference/client/client-instance.ts'
import { PushConsumer } from '../../reference/client/consumer/push-consumer.ts'
import { PROPERTY } from '../../reference/common/message.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { Program } from '../../reference/host/program.ts'
import { readSettings } from '../../reference/host/program-args.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import type { TraceEvent } from '../../reference/host/trace.ts'
import { CONSUME_FROM } from '../../reference/remoting/bodies/heartbeat.ts'
import { watchRun } from '../support/pinned-run.ts'
import { NAMESRV, PROGRAMS, startCluster, startProducer } from '../support/sim.ts'

/** One turn of a listener. */
interface Turn {
  readonly node: string
  readonly queue: string
  readonly queueOffset: number
  readonly key: string
  readonly reconsumeTimes: number
  readonly beganMs: number
  /** -1 while it lasts, and for ever when its process died. */
  endedMs: number
}

interface Orderly {
  /** How long the listener takes for a message. */
  readonly takesMs: number
  readonly refuses?: (turn: Turn) => boolean
}

/** A cluster with the program `orderly`, a consumer that takes its time; `turns` fills as it goes. */
async function inOrder(
  seed: number,
  { takesMs, refuses = () => false }: Orderly,
  script: (cluster: Cluster, turns: readonly Turn[]) => Promise<void>,
): Promise<void> {
  const turns: Turn[] = []
  const orderly: Program = (host, args, signals) => {
    const settings = readSettings(host, args)
    const consumer = new PushConsumer(
      new ClientInstance(host, namesrvAddresses(settings)),
      {
        group: 'billing',
        orderly: true,
        consumeFromWhere: CONSUME_FROM.FIRST_OFFSET,
        ...(settings.text('most', '') === '' ? {} : { maxReconsumeTimes: settings.whole('most', 0, 0, 100) }),
      },
      (message, queue) =>
        new Promise((resolve) => {
          const turn: Turn = {
            node: host.name,
            queue: `${queue.brokerName}/${queue.queueId}`,
            queueOffset: message.queueOffset,
            key: message.properties.get(PROPERTY.KEYS)!,
            reconsumeTimes: message.reconsumeTimes,
            beganMs: cluster.nowMs(),
            endedMs: -1,
          }
          turns.push(turn)
          host.clock.after(takesMs, () => {
            turn.endedMs = cluster.nowMs()
            resolve(refuses(turn) ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS')
          })
        }),
    )
    consumer.subscribe('Orders', '*')
    consumer.start()
    host.clock.after(0, () => signals.ready())
    return {
      stop(done) {
        consumer.shutdown()
        host.clock.after(takesMs, done) // what the listener has is finished
      },
    }
  }
  const cluster = new SimCluster({ seed, programs: { ...PROGRAMS, orderly }, record: true })
  const ended = watchRun(cluster)
  try {
    await cluster.driver.run(async (cluster) => {
      await startCluster(cluster, { brokers: ['broker-a'], queues: 4 })
      await startProducer(cluster)
      await script(cluster, turns)
    })
    ended()
  } finally {
    await cluster.dispose()
  }
}

const startOrderly = (cluster: Cluster, name: string, settings: readonly string[] = []) =>
  cluster.start({ name, program: 'orderly', args: [NAMESRV, ...settings] })

/** Sends messages of several customers; those of one customer go to one queue, in order. */
async function sendOrders(cluster: Cluster, prefix: string, count: number, customers = 8): Promise<string[]> {
  const keys: string[] = []
  for (let i = 0; i < count; i++) {
    const customer = `customer-${i % customers}`
    const key = `${prefix}-${customer}-${String(i).padStart(4, '0')}`
    const call = JSON.stringify({ topic: 'Orders', key, body: key, shardingKey: customer })
    const { status } = JSON.parse(await cluster.call('shop', 'send', call)) as { status: string }
    if (status === 'SEND_OK') keys.push(key)
  }
  return keys
}

function byQueue(turns: readonly Turn[]): Map<string, Turn[]> {
  const queues = new Map<string, Turn[]>()
  for (const turn of turns) queues.set(turn.queue, [...(queues.get(turn.queue) ?? []), turn])
  return queues
}

/** No turn of a queue begins before the one before it has ended, or its process. `diedMs`: by node. */
function expectOneAtATime(turns: readonly Turn[], diedMs: ReadonlyMap<string, number> = new Map()): void {
  for (const [queue, its] of byQueue(turns))
    for (const [i, turn] of its.entries()) {
      if (i === 0) continue
      const before = its[i - 1]!
      const endedMs = before.endedMs >= 0 ? before.endedMs : diedMs.get(before.node)
      const text = `${queue}: ${turn.key} on ${turn.node} and ${before.key} on ${before.node}`
      expect(endedMs, `${text}: it has ended`).toBeDefined()
      expect(turn.beganMs, text).toBeGreaterThanOrEqual(endedMs!)
    }
}

/** Each queue's messages in the order of their offsets; the same one again only when `mayRepeat`. */
function expectInOrder(turns: readonly Turn[], mayRepeat: boolean): void {
  for (const [queue, its] of byQueue(turns)) {
    let reached = -1
    for (const { queueOffset, key } of its) {
      expect(queueOffset, `${queue}: nothing is left out before ${key}`).toBeLessThanOrEqual(reached + 1)
      if (!mayRepeat) expect(queueOffset, `${queue}: ${key} comes once`).toBe(reached + 1)
      reached = Math.max(reached, queueOffset)
    }
  }
}

function ofKind<K extends TraceEvent['kind']>(cluster: Cluster, kind: K) {
  return cluster.events.filter((event): event is Extract<TraceEvent, { kind: K }> => event.kind === kind)
}

it('messages with one key go to one queue and are consumed in their order, different queues side by side', async () => {
  await inOrder(1, { takesMs: 100 }, async (cluster, turns) => {
    await startOrderly(cluster, 'billing-1')
    const sent = await sendOrders(cluster, 'order', 80)
    await cluster.waitUntil('all are consumed', () => turns.length >= 80, 60_000)
    expectOneAtATime(turns)
    expectInOrder(turns, false)
    expect(turns.map((turn) => turn.key).sort()).toEqual([...sent].sort())
    for (let customer = 0; customer < 8; customer++) {
      const mine = turns.filter((turn) => turn.key.includes(`customer-${customer}-`))
      expect(new Set(mine.map((turn) => turn.queue)).size, 'one queue for one customer').toBe(1)
      expect(mine.map((turn) => turn.key)).toEqual(mine.map((turn) => turn.key).sort())
    }
    const overlapping = turns.filter((turn, i) => i > 0 && turn.beganMs < turns[i - 1]!.endedMs)
    expect(overlapping.length, 'queues do not wait for each other').toBeGreaterThan(0)
  })
})

it('order and exactly one turn for each message survive members that come and go', async () => {
  for (const seed of [2, 3, 4]) {
    await inOrder(seed, { takesMs: 250 }, async (cluster, turns) => {
      await startOrderly(cluster, 'billing-1')
      await cluster.sleep(3_000)
      const sent = await sendOrders(cluster, 'order', 200)
      const joined = new Map<string, number>()
      for (const name of ['billing-2', 'billing-3']) {
        await cluster.sleep(4_000)
        await startOrderly(cluster, name)
        joined.set(name, cluster.nowMs())
      }
      await cluster.waitUntil('all are consumed', () => new Set(turns.map((turn) => turn.key)).size >= 200, 200_000)
      await cluster.sleep(5_000)
      expectOneAtATime(turns)
      expectInOrder(turns, false)
      expect(turns).toHaveLength(sent.length)
      for (const [name, joinedMs] of joined) {
        const first = turns.find((turn) => turn.node === name)
        expect(first!.beganMs - joinedMs, `${name} gets a queue as soon as its owner has finished`).toBeLessThan(3_000)
      }
    })
  }
})

it('a member that leaves in the middle of a message is not overtaken', async () => {
  await inOrder(5, { takesMs: 700 }, async (cluster, turns) => {
    await startOrderly(cluster, 'billing-1')
    await startOrderly(cluster, 'billing-2')
    await cluster.sleep(25_000)
    await sendOrders(cluster, 'order', 60)
    await cluster.sleep(2_000)
    await cluster.stop('billing-1')
    await cluster.waitUntil('all are consumed', () => new Set(turns.map((turn) => turn.key)).size >= 60, 200_000)
    await cluster.sleep(5_000)
    expectOneAtATime(turns)
    expectInOrder(turns, true)
  })
})

it('a refused message is tried again in its place after a second; its queue waits, the others do not', async () => {
  const refuses = (turn: Turn) => turn.key.endsWith('customer-3-0003') && turn.reconsumeTimes < 3
  await inOrder(6, { takesMs: 10, refuses }, async (cluster, turns) => {
    await startOrderly(cluster, 'billing-1')
    await cluster.sleep(3_000)
    await sendOrders(cluster, 'order', 40)
    await cluster.waitUntil('all are consumed', () => turns.length >= 43, 60_000)
    expectOneAtATime(turns)
    const tries = turns.filter((turn) => turn.key.endsWith('customer-3-0003'))
    expect(tries.map((turn) => turn.reconsumeTimes)).toEqual([0, 1, 2, 3])
    for (let i = 1; i < tries.length; i++) expect(tries[i]!.beganMs - tries[i - 1]!.endedMs).toBe(1_000)
    const queue = turns.filter((turn) => turn.queue === tries[0]!.queue)
    const others = turns.filter((turn) => turn.queue !== tries[0]!.queue)
    expect(queue.filter((turn) => turn.beganMs > tries[0]!.beganMs && turn.beganMs < tries[3]!.endedMs)).toHaveLength(3)
    expect(Math.max(...others.map((turn) => turn.endedMs)), 'the others are done').toBeLessThan(tries[3]!.beganMs)
    expect(ofKind(cluster, 'message.retried'), 'nothing was given back').toEqual([])
  })
})

it('after maxReconsumeTimes a message is a dead letter and the queue goes on', async () => {
  const refuses = (turn: Turn) => turn.key.endsWith('customer-3-0003')
  await inOrder(7, { takesMs: 10, refuses }, async (cluster, turns) => {
    await startOrderly(cluster, 'billing-1', ['most=2'])
    await cluster.sleep(3_000)
    const sent = await sendOrders(cluster, 'order', 20)
    await cluster.sleep(30_000)
    const tries = turns.filter((turn) => turn.key.endsWith('customer-3-0003'))
    expect(tries.map((turn) => turn.reconsumeTimes)).toEqual([0, 1, 2])
    expect(new Set(turns.map((turn) => turn.key)).size, 'nothing behind it is stuck').toBe(sent.length)
    expect(ofKind(cluster, 'message.dead').map((event) => [event.topic, event.key])).toEqual([
      ['%DLQ%billing', 'order-customer-3-0003'],
    ])
  })
})

it('the queues of a member that died are free after a minute, not before; nothing is lost', async () => {
  await inOrder(8, { takesMs: 500 }, async (cluster, turns) => {
    const died = new Map<string, number>()
    await startOrderly(cluster, 'billing-1')
    await startOrderly(cluster, 'billing-2')
    await cluster.sleep(45_000)
    const sent = await sendOrders(cluster, 'order', 80)
    await cluster.sleep(2_000)
    const queues = new Set(turns.filter((turn) => turn.node === 'billing-1').map((turn) => turn.queue))
    expect(queues.size).toBe(2)
    await cluster.kill('billing-1')
    died.set('billing-1', cluster.nowMs())
    await cluster.waitUntil('all are consumed', () => new Set(turns.map((turn) => turn.key)).size >= 80, 200_000)
    expect(sent).toHaveLength(80)
    expectOneAtATime(turns, died)
    expectInOrder(turns, true)
    const taken = turns.filter((turn) => turn.node === 'billing-2' && queues.has(turn.queue))
    const waitedMs = taken[0]!.beganMs - died.get('billing-1')!
    expect(waitedMs, 'the lock was renewed at most 20 s before').toBeGreaterThan(40_000 - 1_000)
    expect(waitedMs, 'and lasts 60 s').toBeLessThan(60_000 + 3_000)
  })
})

it('a member that is cut off stops by itself before the broker gives its queues to another', async () => {
  await inOrder(9, { takesMs: 2_000 }, async (cluster, turns) => {
    await startOrderly(cluster, 'billing-1')
    await startOrderly(cluster, 'billing-2')
    await cluster.sleep(45_000)
    await sendOrders(cluster, 'order', 200)
    const cutAtMs = cluster.nowMs()
    const fault = await cluster.inject({
      kind: 'partition',
      between: [['billing-1'], ['broker-a', 'namesrv']],
      held: 'reset',
    })
    await cluster.sleep(100_000)
    const own = turns.filter((turn) => turn.node === 'billing-1' && turn.beganMs > cutAtMs)
    expect(own.length, 'it goes on with what it has for a while').toBeGreaterThan(0)
    expect(Math.max(...own.map((turn) => turn.beganMs)) - cutAtMs, 'and then stops').toBeLessThan(30_000)
    await fault.heal()
    await cluster.waitUntil('all are consumed', () => new Set(turns.map((turn) => turn.key)).size >= 200, 400_000)
    expectOneAtATime(turns)
    expectInOrder(turns, true)
  })
})

it('a broker that restarts has forgotten its locks, and order holds all the same', async () => {
  await inOrder(10, { takesMs: 300 }, async (cluster, turns) => {
    await startOrderly(cluster, 'billing-1')
    await startOrderly(cluster, 'billing-2')
    await cluster.sleep(30_000)
    await sendOrders(cluster, 'order', 120)
    await cluster.sleep(3_000)
    await cluster.kill('broker-a')
    await cluster.sleep(2_000)
    await cluster.restart('broker-a')
    await cluster.waitUntil('all are consumed', () => new Set(turns.map((turn) => turn.key)).size >= 120, 200_000)
    await cluster.sleep(30_000)
    expectInOrder(turns, true)
    expectOneAtATime(turns)
  })
})
