/** Overload: a broker that says no in time, a limiter at its door, a consumer that cannot keep up, a listener that is ill. */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { TraceEvent } from '../../reference/host/trace.ts'
import { OVERLOAD_MUTANTS } from '../simulation/mutants/overload-mutants.ts'
import { type Scenario, unnoticed } from '../simulation/mutants/scenario-kills.ts'
import {
  inSimulation,
  NAMESRV,
  sendMany,
  startBroker,
  startCluster,
  startConsumer,
  startProducer,
} from '../support/sim.ts'

function ofKind<K extends TraceEvent['kind']>(cluster: Cluster, kind: K) {
  return cluster.events.filter((event): event is Extract<TraceEvent, { kind: K }> => event.kind === kind)
}

const send = (cluster: Cluster, key: string) =>
  cluster.produce('shop', { topic: 'Orders', key, body: `body of ${key}` })

/** One send every `everyMs`, whatever becomes of those before. */
async function sendSteadily(cluster: Cluster, count: number, everyMs: number) {
  const results: ReturnType<typeof send>[] = []
  for (let i = 1; i <= count; i++) {
    results.push(send(cluster, `m${i}`))
    await cluster.sleep(everyMs)
  }
  return Promise.all(results)
}

const settings = ['flushDiskType=SYNC_FLUSH']

const SLOW_DISK: readonly Scenario[] = [
  {
    name: 'refuses what would wait, producers go to the other one, and nothing acknowledged is lost',
    seed: 1,
    script: async (cluster) => {
      await startCluster(cluster, { settings })
      await startProducer(cluster)
      await startConsumer(cluster, 'billing-1', 'billing', ['consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'])
      await cluster.sleep(2_000)
      const { heal } = await cluster.inject({ kind: 'disk', node: 'broker-a', fails: 'slowSync', delayMs: 1_400 })
      const results = await sendSteadily(cluster, 100, 50)
      expect(
        results.map(({ status }) => status),
        'every send finds a broker',
      ).toEqual(new Array(100).fill('SEND_OK'))
      const limited = ofKind(cluster, 'send.limited')
      expect(limited.length).toBeGreaterThan(5)
      expect(new Set(limited.map(({ node }) => node))).toEqual(new Set(['broker-a']))
      for (const { reason } of limited)
        expect(reason).toMatch(/^\[TIMEOUT_CLEAN_QUEUE\]broker busy.*period in queue: \d+ms/)
      const again = ofKind(cluster, 'message.sending').filter(({ attempt }) => attempt === 2)
      expect(again.length, 'a refused send is tried once more').toBe(limited.length)
      expect(new Set(again.map(({ brokerName }) => brokerName))).toEqual(new Set(['broker-b']))
      await cluster.powerCut('broker-a')
      await heal()
      await cluster.restart('broker-a')
      await cluster.waitUntil(
        'all arrive',
        () => new Set(cluster.deliveries().map(({ key }) => key)).size === 100,
        90_000,
      )
    },
  },

  {
    name: 'keeps whom it made wait, and takes sends again when the disk has caught up',
    seed: 2,
    script: async (cluster) => {
      await startCluster(cluster, { brokers: ['broker-a'], settings })
      await startProducer(cluster)
      await send(cluster, 'first')
      const { heal } = await cluster.inject({ kind: 'disk', node: 'broker-a', fails: 'slowSync', delayMs: 2_000 })
      const waits = send(cluster, 'waits')
      await cluster.sleep(1_200)
      const refused = await send(cluster, 'refused')
      expect(refused).toMatchObject({ status: 'FAILED' })
      expect(refused.error).toMatch(/TIMEOUT_CLEAN_QUEUE/)
      expect(ofKind(cluster, 'message.sending').filter(({ key }) => key === 'refused')).toHaveLength(3)
      expect((await waits).status).toBe('SEND_OK')
      await heal()
      expect((await send(cluster, 'later')).status).toBe('SEND_OK')
      const stored = ofKind(cluster, 'record.appended').map(({ key }) => key)
      expect(
        stored.filter((key) => key === 'waits'),
        'what waits is stored once',
      ).toHaveLength(1)
      expect(stored, 'what is refused is not stored').not.toContain('refused')
    },
  },

  {
    name: 'brokerFastFailureEnable=false: they wait as long as it takes',
    seed: 3,
    script: async (cluster) => {
      await startCluster(cluster, { brokers: ['broker-a'], settings: [...settings, 'brokerFastFailureEnable=false'] })
      await startProducer(cluster)
      await send(cluster, 'first')
      await cluster.inject({ kind: 'disk', node: 'broker-a', fails: 'slowSync', delayMs: 1_300 })
      const results = await sendSteadily(cluster, 20, 100)
      expect(ofKind(cluster, 'send.limited')).toEqual([])
      expect(results.every(({ status }) => status === 'SEND_OK')).toBe(true)
    },
  },

  {
    name: 'takes no more sends than may wait',
    seed: 4,
    script: async (cluster) => {
      const few = [...settings, 'sendThreadPoolQueueCapacity=5', 'glassmqWaitTimeMillsForDisk=0']
      await startCluster(cluster, { brokers: ['broker-a'], settings: few })
      await startProducer(cluster)
      await send(cluster, 'first')
      await cluster.inject({ kind: 'disk', node: 'broker-a', fails: 'slowSync', delayMs: 1_000 })
      const results = await sendSteadily(cluster, 12, 10)
      expect(results.filter(({ status }) => status === 'SEND_OK')).toHaveLength(5)
      for (const { reason } of ofKind(cluster, 'send.limited')) expect(reason).toMatch(/^\[OVERLOAD\]/)
    },
  },

  {
    name: 'a write that the page cache holds up for long shuts the door for a second, and the other broker takes over',
    seed: 5,
    script: async (cluster) => {
      await startCluster(cluster)
      const patience = ['sendMsgMaxTimeoutPerRequest=500', 'sendLatencyFaultEnable=true']
      await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, ...patience] })
      await sendMany(cluster, 'warm', 4)
      const { heal } = await cluster.inject({ kind: 'disk', node: 'broker-a', fails: 'slowWrite', delayMs: 1_500 })
      const results = await sendSteadily(cluster, 60, 50)
      await heal()
      const failed = results.filter(({ status }) => status !== 'SEND_OK')
      expect(failed, 'half a second at the broker that stands still, then the other one').toEqual([])
      const byB = results.filter(({ brokerName }) => brokerName === 'broker-b')
      expect(byB.length, 'most go to the broker that is well').toBeGreaterThan(40)
    },
  },

  {
    name: 'takes everything while nobody waits for a second',
    seed: 10,
    script: async (cluster) => {
      await startCluster(cluster, { brokers: ['broker-a'], settings })
      await startProducer(cluster)
      await send(cluster, 'first')
      await cluster.inject({ kind: 'disk', node: 'broker-a', fails: 'slowSync', delayMs: 450 })
      const results = await sendSteadily(cluster, 40, 50)
      expect(results.every(({ status }) => status === 'SEND_OK')).toBe(true)
      expect(ofKind(cluster, 'send.limited'), 'two syncs are less than a second').toEqual([])
    },
  },
  {
    name: 'glassmqWaitTimeMillsForDisk=300: a shorter wait is too long as well',
    seed: 11,
    script: async (cluster) => {
      await startCluster(cluster, { brokers: ['broker-a'], settings: [...settings, 'glassmqWaitTimeMillsForDisk=300'] })
      await startProducer(cluster)
      await send(cluster, 'first')
      await cluster.inject({ kind: 'disk', node: 'broker-a', fails: 'slowSync', delayMs: 900 })
      const waits = send(cluster, 'waits')
      await cluster.sleep(350)
      expect((await send(cluster, 'refused')).error).toMatch(/TIMEOUT_CLEAN_QUEUE/)
      expect((await waits).status).toBe('SEND_OK')
    },
  },
]

/** Ten sends at once to a broker that lets one leave each second; gives what became of them. */
async function tenInLine(cluster: Cluster) {
  const leaky = ['glassmqSendLimiter=leakyBucket', 'glassmqSendLimit=1', 'glassmqSendLimitBurst=20']
  await startCluster(cluster, { brokers: ['broker-a'], settings: leaky })
  await cluster.start({
    name: 'shop',
    program: 'producer',
    args: [NAMESRV, 'sendMsgTimeout=30000', 'retryTimesWhenSendFailed=0'],
  })
  return Array.from({ length: 10 }, (_, i) => send(cluster, `m${i}`))
}

const storedKeys = (cluster: Cluster) => ofKind(cluster, 'record.appended').map(({ key }) => key)

const IN_LINE: readonly Scenario[] = [
  {
    name: 'wait for their turn, and go one by one',
    seed: 12,
    script: async (cluster) => {
      const results = await Promise.all(await tenInLine(cluster))
      expect(results.every(({ status }) => status === 'SEND_OK')).toBe(true)
      const times = ofKind(cluster, 'record.appended').map(({ atMs }) => atMs)
      for (let i = 1; i < 10; i++) expect(times[i]! - times[i - 1]!).toBe(1_000)
    },
  },
  {
    name: 'are refused when the broker stops, and nothing of them is stored, then or later',
    seed: 13,
    script: async (cluster) => {
      const sends = await tenInLine(cluster)
      await cluster.sleep(3_500)
      await cluster.stop('broker-a')
      const results = await Promise.all(sends)
      const taken = results.filter(({ status }) => status === 'SEND_OK')
      expect(taken.length).toBe(4)
      for (const { status, error } of results) if (status !== 'SEND_OK') expect(error).toMatch(/the broker is stopping/)
      await cluster.sleep(20_000)
      await cluster.restart('broker-a')
      await cluster.sleep(20_000)
      expect(storedKeys(cluster), 'each turn that had come, once').toHaveLength(4)
      expect((await send(cluster, 'later')).status).toBe('SEND_OK')
    },
  },
  {
    name: 'are not stored by a broker whose disk takes long to stop',
    seed: 16,
    script: async (cluster) => {
      const leaky = ['glassmqSendLimiter=leakyBucket', 'glassmqSendLimit=10']
      await startCluster(cluster, { brokers: ['broker-a'], settings: leaky })
      await cluster.start({
        name: 'shop',
        program: 'producer',
        args: [NAMESRV, 'sendMsgTimeout=30000', 'retryTimesWhenSendFailed=0'],
      })
      const sends = Array.from({ length: 40 }, (_, i) => send(cluster, `m${i}`))
      await cluster.sleep(500)
      await cluster.inject({ kind: 'disk', node: 'broker-a', fails: 'slowSync', delayMs: 1_500 })
      await cluster.stop('broker-a')
      const results = await Promise.all(sends)
      const taken = results.filter(({ status }) => status === 'SEND_OK')
      expect(storedKeys(cluster), 'between the last answer and the end of the store').toHaveLength(taken.length)
    },
  },
  ...(['kill', 'powerCut'] as const).map((end) => ({
    name: `are gone with the broker: ${end}`,
    seed: 14,
    script: async (cluster: Cluster) => {
      const sends = await tenInLine(cluster)
      await cluster.sleep(3_500)
      await cluster[end]('broker-a')
      const results = await Promise.all(sends)
      for (const { status, error } of results) if (status !== 'SEND_OK') expect(error).toMatch(/connection was lost/)
      await cluster.restart('broker-a')
      await cluster.sleep(20_000)
      expect(storedKeys(cluster)).toHaveLength(4)
      expect((await send(cluster, 'later')).status).toBe('SEND_OK')
    },
  })),
  {
    name: 'are not those that a consumer gives back',
    seed: 15,
    script: async (cluster) => {
      const counter = ['glassmqSendLimiter=counter', 'glassmqSendLimit=1', 'glassmqSendLimitWindowMs=600000']
      await startCluster(cluster, { brokers: ['broker-a'], queues: 1, settings: counter })
      await startProducer(cluster)
      cluster.onDelivery(() => 'RECONSUME_LATER')
      await startConsumer(cluster, 'billing-1', 'billing', ['orderly=true', 'maxReconsumeTimes=1'])
      await cluster.sleep(2_000)
      expect((await send(cluster, 'only')).status).toBe('SEND_OK')
      expect((await send(cluster, 'one too many')).error).toMatch(/FLOW_CONTROL/)
      const isDead = () => ofKind(cluster, 'record.appended').some(({ topic }) => topic === '%DLQ%billing')
      await cluster.waitUntil('it is a dead letter', isDead, 10_000)
    },
  },
]

describe('a broker with a slow disk', () => {
  for (const { name, seed, script } of SLOW_DISK) it(name, () => inSimulation(seed, script))
})

describe('sends that a leaky bucket holds back', () => {
  for (const { name, seed, script } of IN_LINE) it(name, () => inSimulation(seed, script))
})

it('every mistake in fast failure and at the door of the sends is noticed', async () =>
  expect(await unnoticed(OVERLOAD_MUTANTS, [...SLOW_DISK, ...IN_LINE])).toEqual([]))

describe('a limiter before the sends', () => {
  /** Forty sends at once, then one every 100 ms for two seconds; those that were taken, by second. */
  async function taken(limiter: string, more: readonly string[] = []) {
    const seconds: number[] = []
    await inSimulation(6, async (cluster) => {
      const settings = [`glassmqSendLimiter=${limiter}`, 'glassmqSendLimit=10', ...more]
      await startCluster(cluster, { brokers: ['broker-a'], settings })
      await startProducer(cluster)
      await cluster.sleep(1_000 - (cluster.nowMs() % 1_000))
      const fromMs = cluster.nowMs()
      const burst = await Promise.all(Array.from({ length: 40 }, (_, i) => send(cluster, `burst-${i}`)))
      for (const { status, error } of burst)
        if (status !== 'SEND_OK') expect(error).toMatch(/\[FLOW_CONTROL\]broker busy, start flow control for a while/)
      await cluster.sleep(2_500)
      for (const { atMs } of ofKind(cluster, 'record.appended')) {
        const second = Math.floor((atMs - fromMs) / 1_000)
        seconds[second] = (seconds[second] ?? 0) + 1
      }
    })
    return seconds
  }

  it('is off unless one is chosen', async () => expect(await taken('none')).toEqual([40]))
  it('counter, slidingWindow: the limit', async () => {
    expect(await taken('counter')).toEqual([10])
    expect(await taken('slidingWindow')).toEqual([10])
  })
  it('tokenBucket: its burst', async () => expect(await taken('tokenBucket', ['glassmqSendLimitBurst=4'])).toEqual([4]))
  it('leakyBucket: evenly, and no more than may wait', async () =>
    expect(await taken('leakyBucket', ['glassmqSendLimitBurst=15'])).toEqual([10, 6]))
  it('a producer with another broker uses that', () =>
    inSimulation(7, async (cluster) => {
      await startCluster(cluster, { brokers: ['broker-b'] })
      await startBroker(cluster, 'broker-a', ['glassmqSendLimiter=counter', 'glassmqSendLimit=2'])
      await cluster.admin('admin', ['updateTopic', '-t', 'Orders', '-c', 'DefaultCluster', '-r', '4', '-w', '4'])
      await startProducer(cluster)
      const acknowledged = await sendMany(cluster, 'm', 40)
      expect(acknowledged).toHaveLength(40)
      expect(ofKind(cluster, 'send.limited').length).toBeGreaterThan(0)
    }))
})

describe('a circuit breaker around a listener', () => {
  const slow = ['glassmqBreakerSlowMs=1000', 'glassmqBreakerCalls=4', 'glassmqBreakerFailures=2', 'consumeThreadMax=2']

  it('leaves a slow listener alone, tries it now and then, and goes on when it is well', () =>
    inSimulation(8, async (cluster) => {
      await startCluster(cluster, { brokers: ['broker-a'], queues: 1 })
      await startProducer(cluster)
      let isIll = true
      cluster.onDelivery(() => ({ status: 'CONSUME_SUCCESS', afterMs: isIll ? 1_500 : 10 }))
      await startConsumer(cluster, 'billing-1', 'billing', slow)
      await cluster.sleep(2_000)
      const sent = await sendMany(cluster, 'm', 40)
      await cluster.sleep(40_000)
      const asked = cluster.deliveries().length
      expect(asked, 'four, two more under way, and a probe every 6.5 s').toBeLessThan(15)
      const states = ofKind(cluster, 'breaker.turned').map(({ state }) => state)
      expect(states.slice(0, 5)).toEqual(['OPEN', 'HALF_OPEN', 'OPEN', 'HALF_OPEN', 'OPEN'])
      isIll = false
      await cluster.waitUntil('all are consumed', () => ofKind(cluster, 'message.consumed').length === 40, 20_000)
      expect(new Set(cluster.deliveries().map(({ key }) => key)), 'each once').toEqual(new Set(sent))
      expect(cluster.deliveries()).toHaveLength(40)
      expect(ofKind(cluster, 'breaker.turned').at(-1)!.state).toBe('CLOSED')
    }))

  it('saves messages their attempts while a listener fails', () =>
    inSimulation(9, async (cluster) => {
      await startCluster(cluster, { brokers: ['broker-a'], queues: 1 })
      await startProducer(cluster)
      cluster.onDelivery(() => 'RECONSUME_LATER')
      await startConsumer(cluster, 'billing-1', 'billing', slow)
      await startConsumer(cluster, 'audit-1', 'audit')
      await cluster.sleep(2_000)
      await sendMany(cluster, 'm', 40)
      await cluster.sleep(9_000)
      const of = (group: string) => ofKind(cluster, 'message.retried').filter((event) => event.group === group).length
      expect(of('audit'), 'without one all have used up an attempt').toBe(40)
      expect(of('billing')).toBeLessThan(8)
    }))
})
