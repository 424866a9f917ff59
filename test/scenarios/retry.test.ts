/** Messages that a consumer could not take: they come again, ever later, and in the end lie among the dead letters. */
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
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import { consumerSendMsgBack } from '../../reference/remoting/requests/send-back.ts'
import { watchRun } from '../support/pinned-run.ts'
import {
  inSimulation,
  keysOf,
  NAMESRV,
  PROGRAMS,
  SMALL_FILES,
  sendMany,
  startCluster,
  startConsumer,
  startProducer,
} from '../support/sim.ts'

const ONE = { brokers: ['broker-a'], queues: 2 }
/** What the broker makes of level 3 + reconsumeTimes: 10 s, 30 s, 1 min, 2 min … */
const RETRY_DELAYS_MS = [10_000, 30_000, 60_000, 120_000]

const deliveriesOf = (cluster: Cluster, group: string, key: string) =>
  cluster.deliveries().filter((delivery) => delivery.group === group && delivery.key === key)

function ofKind<K extends TraceEvent['kind']>(cluster: Cluster, kind: K) {
  return cluster.events.filter((event): event is Extract<TraceEvent, { kind: K }> => event.kind === kind)
}

/** Consumers of `group` refuse `key` until it has come back `times` times. */
function refuse(cluster: Cluster, key: string, times: number) {
  cluster.onDelivery((delivery) =>
    delivery.key === key && delivery.group === 'billing' && delivery.reconsumeTimes < times
      ? 'RECONSUME_LATER'
      : 'CONSUME_SUCCESS',
  )
}

async function begin(cluster: Cluster, settings: readonly string[] = []) {
  await startCluster(cluster, ONE)
  await startProducer(cluster)
  await startConsumer(cluster, 'billing-1', 'billing', settings)
  await startConsumer(cluster, 'shipping-1', 'shipping')
  await cluster.sleep(5_000)
}

it('a refused message comes again after 10 s, 30 s, 1 min, 2 min, to its group alone, under its own topic', async () => {
  await inSimulation(1, async (cluster) => {
    refuse(cluster, 'order-3', 4)
    await begin(cluster)
    await sendMany(cluster, 'order', 6)
    await cluster.sleep(300_000)
    const tries = deliveriesOf(cluster, 'billing', 'order-3')
    expect(tries.map((delivery) => delivery.reconsumeTimes)).toEqual([0, 1, 2, 3, 4])
    expect(tries.map((delivery) => delivery.topic)).toEqual(Array(5).fill('Orders'))
    expect(tries.map((delivery) => delivery.body)).toEqual(Array(5).fill('body of order-3'))
    for (const [i, delayMs] of RETRY_DELAYS_MS.entries()) {
      const waitedMs = tries[i + 1]!.atMs - tries[i]!.atMs
      expect(waitedMs, `before try ${i + 2}`).toBeGreaterThanOrEqual(delayMs)
      // the consumer finds its group's new retry topic when it has given its first message back
      expect(waitedMs, `before try ${i + 2}`).toBeLessThan(delayMs + 200)
    }
    for (const key of ['order-1', 'order-2', 'order-4', 'order-5', 'order-6'])
      expect(deliveriesOf(cluster, 'billing', key), `${key} is not held up`).toHaveLength(1)
    expect(keysOf(cluster, 'shipping'), 'another group sees nothing of it').toHaveLength(6)
  })
})

it('after maxReconsumeTimes a message is a dead letter, once, and can be read and sent again', async () => {
  await inSimulation(2, async (cluster) => {
    refuse(cluster, 'order-2', 99)
    await begin(cluster, ['maxReconsumeTimes=2'])
    await sendMany(cluster, 'order', 3)
    await cluster.sleep(120_000)
    expect(deliveriesOf(cluster, 'billing', 'order-2'), 'once and two more times').toHaveLength(3)
    expect(ofKind(cluster, 'message.dead').map((event) => [event.topic, event.key])).toEqual([
      ['%DLQ%billing', 'order-2'],
    ])

    const [stored] = ofKind(cluster, 'entry.dispatched').filter((event) => event.topic === '%DLQ%billing')
    expect(stored!.atMs - ofKind(cluster, 'message.dead')[0]!.atMs, 'a dead letter waits for nothing').toBeLessThan(
      1_000,
    )

    const reader = ['topic=%DLQ%billing', 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET']
    await startConsumer(cluster, 'operator', 'operators', reader)
    await cluster.sleep(30_000)
    const dead = cluster.deliveries().filter((delivery) => delivery.group === 'operators')
    expect(dead.map(({ key, body, reconsumeTimes }) => [key, body, reconsumeTimes])).toEqual([
      ['order-2', 'body of order-2', 3],
    ])
    refuse(cluster, 'order-2', 0)
    await cluster.produce('shop', { topic: 'Orders', key: 'order-2', body: dead[0]!.body })
    await cluster.sleep(10_000)
    expect(deliveriesOf(cluster, 'billing', 'order-2').at(-1)).toMatchObject({ reconsumeTimes: 0, topic: 'Orders' })
    await cluster.stop('billing-1')
    const stats = await cluster.admin('admin', ['consumerProgress', '-g', 'billing'])
    expect(stats, 'nothing is left in the retry topic').toMatch(/Diff Total: 0/)
  })
})

it('a listener may ask for a delay level of its own, or give a message up at once', async () => {
  for (const [delayLevel, wanted] of [
    [2, { deliveries: 2, afterMs: 5_000, dead: 0 }],
    [-1, { deliveries: 1, afterMs: 0, dead: 1 }],
  ] as const) {
    const listener: Listener = (message, context) => {
      context.delayLevelWhenNextConsume = delayLevel
      return message.reconsumeTimes === 0 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS'
    }
    await withListener(3, { listener }, async (cluster, taken) => {
      await cluster.sleep(60_000)
      expect(taken, `level ${delayLevel}`).toHaveLength(wanted.deliveries)
      expect(ofKind(cluster, 'message.dead'), `level ${delayLevel}`).toHaveLength(wanted.dead)
      if (wanted.afterMs > 0) {
        expect(taken[1]!.atMs - taken[0]!.atMs).toBeGreaterThanOrEqual(wanted.afterMs)
        expect(taken[1]!.atMs - taken[0]!.atMs).toBeLessThan(wanted.afterMs + 200)
      }
    })
  }
})

it('a listener that throws has refused', async () => {
  const listener: Listener = (message) => {
    if (message.reconsumeTimes === 0) throw new Error('out of paper')
    return 'CONSUME_SUCCESS'
  }
  await withListener(4, { listener }, async (cluster, taken) => {
    await cluster.sleep(20_000)
    expect(taken.map((one) => one.reconsumeTimes)).toEqual([0, 1])
  })
})

it('a listener that never answers loses the message after consumeTimeout; a late answer changes nothing', async () => {
  let answerLate = () => {}
  const listener: Listener = (message) =>
    message.reconsumeTimes > 0
      ? 'CONSUME_SUCCESS'
      : new Promise((resolve) => {
          answerLate = () => resolve('RECONSUME_LATER')
        })
  await withListener(5, { listener, consumeTimeoutMs: 60_000 }, async (cluster, taken) => {
    await cluster.sleep(120_000)
    expect(taken.map((one) => one.reconsumeTimes)).toEqual([0, 1])
    const waitedMs = taken[1]!.atMs - taken[0]!.atMs
    expect(waitedMs, 'the timeout and delay level 3').toBeGreaterThanOrEqual(70_000)
    expect(waitedMs).toBeLessThan(70_300)
    answerLate()
    await cluster.sleep(120_000)
    expect(taken).toHaveLength(2)
  })
})

it('a message whose broker cannot be reached is given back through another one', async () => {
  await inSimulation(6, async (cluster) => {
    const cut: { heal(): Promise<void> }[] = []
    cluster.onDelivery((delivery) => {
      const first = delivery.reconsumeTimes === 0 && delivery.key === 'order-1'
      if (first && cut.length === 0) {
        const between = [['billing-1'], [delivery.brokerName]] as const
        cluster.inject({ kind: 'partition', between, held: 'reset' }).then((fault) => cut.push(fault))
      }
      return first ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS'
    })
    await startCluster(cluster, { queues: 1 })
    await startProducer(cluster)
    await startConsumer(cluster, 'billing-1', 'billing')
    await cluster.sleep(60_000)
    await sendMany(cluster, 'order', 1)
    await cluster.sleep(60_000)
    const tries = deliveriesOf(cluster, 'billing', 'order-1')
    expect(
      tries.map((one) => one.reconsumeTimes),
      'it comes again while its broker is cut off',
    ).toEqual([0, 1])
    expect(tries[1]!.brokerName).not.toBe(tries[0]!.brokerName)
    expect(tries[1]!.topic).toBe('Orders')
    await cut[0]!.heal()
  })
})

it('with no broker to give it to, a message is tried in the consumer again, and lost by nobody', async () => {
  await inSimulation(7, async (cluster) => {
    let heal = async () => {}
    cluster.onDelivery((delivery) => {
      if (delivery.reconsumeTimes > 0) return 'CONSUME_SUCCESS'
      cluster
        .inject({ kind: 'partition', between: [['billing-1'], ['broker-a']], held: 'reset' })
        .then((fault) => (heal = fault.heal.bind(fault)))
      return 'RECONSUME_LATER'
    })
    await startCluster(cluster, ONE)
    await startProducer(cluster)
    await startConsumer(cluster, 'billing-1', 'billing')
    await cluster.sleep(5_000)
    await sendMany(cluster, 'order', 1)
    await cluster.sleep(60_000)
    expect(deliveriesOf(cluster, 'billing', 'order-1').map((one) => one.reconsumeTimes)).toEqual([0, 1])
    await heal()
  })
})

it('a group that wants no retries (retryQueueNums 0) gives a refused message up', async () => {
  await inSimulation(8, async (cluster) => {
    refuse(cluster, 'order-1', 99)
    const groups = { subscriptionGroupTable: { billing: { groupName: 'billing', retryQueueNums: 0 } } }
    await startOneBroker(cluster, groups)
    await startConsumer(cluster, 'billing-1', 'billing')
    await cluster.sleep(5_000)
    await sendMany(cluster, 'order', 2)
    await cluster.sleep(120_000)
    expect(keysOf(cluster, 'billing').sort()).toEqual(['order-1', 'order-2'])
  })
})

it('the limit of the group counts when the consumer names none', async () => {
  const groups = { subscriptionGroupTable: { billing: { groupName: 'billing', retryMaxTimes: 0 } } }
  await withProgram(9, { old: oldClient }, async (cluster) => {
    await startOneBroker(cluster, groups)
    await sendMany(cluster, 'order', 1)
    await cluster.start({ name: 'old', program: 'old', args: [] })
    await cluster.sleep(5_000)
    expect(ofKind(cluster, 'message.dead').map((event) => event.key)).toEqual(['order-1'])
    expect(ofKind(cluster, 'message.retried')).toEqual([])
  })
})

it('whatever a stranger sends back, the broker answers with a sentence and stores nothing', async () => {
  await withProgram(10, { stranger }, async (cluster) => {
    await startOneBroker(cluster, {})
    await sendMany(cluster, 'order', 3)
    const before = ofKind(cluster, 'record.appended').length
    await cluster.start({ name: 'stranger', program: 'stranger', args: [] })
    await cluster.sleep(5_000)
    expect(ofKind(cluster, 'record.appended')).toHaveLength(before)
    const answers = ofKind(cluster, 'log.line').filter((event) => event.node === 'stranger')
    expect(answers.map((event) => event.text)).toEqual([
      '1 look message by offset failed, 1',
      '1 look message by offset failed, -5',
      '1 look message by offset failed, 9007199254740991',
      '1 the specified group[../x] contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$',
    ])
  })
})

// ---- programs of these tests ---------------------------------------------------------------------------------------

type Context = Parameters<ConstructorParameters<typeof PushConsumer>[2]>[2]
type Status = 'CONSUME_SUCCESS' | 'RECONSUME_LATER'
type Listener = (message: { readonly reconsumeTimes: number }, context: Context) => Status | Promise<Status>
interface Taken {
  readonly atMs: number
  readonly reconsumeTimes: number
}

/** A cluster whose consumer runs `listener`, with one message sent. */
async function withListener(
  seed: number,
  { listener, consumeTimeoutMs = 900_000 }: { listener: Listener; consumeTimeoutMs?: number },
  script: (cluster: Cluster, taken: readonly Taken[]) => Promise<void>,
) {
  const taken: Taken[] = []
  let nowMs = () => 0
  const consumer: Program = (host, args, signals) => {
    const push = new PushConsumer(
      new ClientInstance(host, namesrvAddresses(readSettings(host, args))),
      { group: 'billing', consumeFromWhere: CONSUME_FROM.FIRST_OFFSET, consumeTimeoutMs },
      (message, _queue, context) => {
        expect(message.topic).toBe('Orders')
        expect(message.properties.get(PROPERTY.KEYS)).toBe('order-1')
        taken.push({ atMs: nowMs(), reconsumeTimes: message.reconsumeTimes })
        return listener(message, context)
      },
    )
    push.subscribe('Orders', '*')
    push.start()
    host.clock.after(0, () => signals.ready())
    return { stop: (done) => done() }
  }
  await withProgram(seed, { mine: consumer }, async (cluster) => {
    nowMs = () => cluster.nowMs()
    await startCluster(cluster, ONE)
    await startProducer(cluster)
    await cluster.start({ name: 'mine', program: 'mine', args: [NAMESRV] })
    await cluster.sleep(35_000)
    await sendMany(cluster, 'order', 1)
    await script(cluster, taken)
  })
}

async function withProgram(
  seed: number,
  programs: Readonly<Record<string, Program>>,
  script: (cluster: Cluster) => Promise<void>,
) {
  const cluster = new SimCluster({ seed, programs: { ...PROGRAMS, ...programs }, record: true })
  const ended = watchRun(cluster)
  try {
    await cluster.driver.run(script)
    ended()
  } finally {
    await cluster.dispose()
  }
}

/** A broker that finds `groups` in its subscriptionGroup.json, and a producer. */
async function startOneBroker(cluster: Cluster, groups: object) {
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  await cluster.start({
    name: 'broker-a',
    program: 'broker',
    args: [NAMESRV, 'listenPort=10911', ...SMALL_FILES],
    files: { 'store/config/subscriptionGroup.json': JSON.stringify(groups) },
  })
  await startProducer(cluster)
}

/** Sends the first message of the log back, as a client that knows of no limit. */
const oldClient: Program = (host, _args, signals) => {
  const remoting = new RemotingClient(host)
  const extFields = consumerSendMsgBack.encode({ offset: 0, group: 'billing', delayLevel: 0 })
  remoting.invoke('broker-a:10911', { code: consumerSendMsgBack.code, extFields }, 3_000, () => {})
  host.clock.after(0, () => signals.ready())
  return { stop: (done) => done() }
}

/** Sends back what never was, one after the other, and logs the answers. */
const stranger: Program = (host, _args, signals) => {
  const remoting = new RemotingClient(host)
  const asked = [
    { offset: 1, group: 'billing' },
    { offset: -5, group: 'billing' },
    { offset: Number.MAX_SAFE_INTEGER, group: 'billing' },
    { offset: 0, group: '../x' },
  ]
  const ask = (i: number) => {
    if (asked[i] === undefined) return
    const extFields = consumerSendMsgBack.encode({ ...asked[i], delayLevel: 0 })
    remoting.invoke('broker-a:10911', { code: consumerSendMsgBack.code, extFields }, 3_000, ({ response }) => {
      host.trace.log('info', `${response?.code} ${response?.remark}`)
      ask(i + 1)
    })
  }
  ask(0)
  host.clock.after(0, () => signals.ready())
  return { stop: (done) => done() }
}

it('a dead letter is told of when it is stored, not when a full disk has refused it', async () => {
  await inSimulation(1, async (cluster) => {
    cluster.onDelivery(({ group }) =>
      group === 'billing' ? { status: 'RECONSUME_LATER', afterMs: 2_000 } : 'CONSUME_SUCCESS',
    )
    await begin(cluster, ['maxReconsumeTimes=0'])
    await sendMany(cluster, 'order', 1)
    await cluster.sleep(500)
    const full = await cluster.inject({ kind: 'disk', node: 'broker-a', fails: 'ENOSPC' })
    await cluster.sleep(20_000)
    expect(
      ofKind(cluster, 'log.line')
        .map(({ text }) => text)
        .join(' '),
    ).toContain('could not be given back')
    expect(ofKind(cluster, 'message.dead')).toEqual([])
    expect(cluster.isRunning('broker-a'), 'it refuses what it cannot keep, and runs on').toBe(true)
    await full.heal()
    await cluster.stop('broker-a')
    await cluster.restart('broker-a')
    await cluster.sleep(120_000)
    expect(ofKind(cluster, 'message.dead').map(({ key, topic }) => `${key} in ${topic}`)).toEqual([
      'order-1 in %DLQ%billing',
    ])
  })
})
