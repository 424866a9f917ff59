/** How often a producer tries, where, and for how long; and that mistakes in it show here. */
import { describe, expect, it } from 'vitest'
import type { ClientError } from '../../reference/client/client-error.ts'
import { Producer } from '../../reference/client/producer/producer.ts'
import { PROPERTY } from '../../reference/common/message.ts'
import type { Cluster, ProduceResult } from '../../reference/host/cluster.ts'
import type { TraceEventOf } from '../../reference/host/trace.ts'
import { PRODUCER_MUTANTS } from '../simulation/mutants/producer-mutants.ts'
import { type Scenario, unnoticed } from '../simulation/mutants/scenario-kills.ts'
import { inSimulation, NAMESRV, startCluster } from '../support/sim.ts'
import { withClients } from '../support/sim-client.ts'

const startShop = (cluster: Cluster, settings: readonly string[] = []) =>
  cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, ...settings] })

/** The tries of one message: when, and at which broker. */
const triesOf = (cluster: Cluster, key: string) =>
  cluster.events.filter(
    (event): event is TraceEventOf<'message.sending'> => event.kind === 'message.sending' && event.key === key,
  )

/** Sends one message; gives the result, its tries, and how long it took. */
async function send(cluster: Cluster, key: string) {
  const beganMs = cluster.nowMs()
  const result: ProduceResult = await cluster.produce('shop', { topic: 'Orders', key, body: 'b' })
  return { result, tries: triesOf(cluster, key), tookMs: cluster.nowMs() - beganMs }
}

/** Connections to a broker stay, and it says nothing. */
const silence = (cluster: Cluster, ...nodes: string[]) =>
  Promise.all(nodes.map((node) => cluster.inject({ kind: 'pause', node })))

const scenario = (name: string, seed: number, script: Scenario['script']): Scenario => ({ name, seed, script })

const brokersOf = (tries: readonly TraceEventOf<'message.sending'>[]) => tries.map(({ brokerName }) => brokerName)

/** How long after the first each try began. */
const sinceFirstMs = (tries: readonly TraceEventOf<'message.sending'>[]) =>
  tries.map(({ atMs }) => atMs - tries[0]!.atMs)

/** All brokers die under a producer that knows them; its tries are counted. */
const triedOften = (retries: number) =>
  scenario(
    `retryTimesWhenSendFailed=${retries}: ${retries + 1} tries, each on another broker than the last`,
    2,
    async (cluster) => {
      await startCluster(cluster)
      await startShop(cluster, [`retryTimesWhenSendFailed=${retries}`])
      const { result, tries: well } = await send(cluster, 'well')
      expect(result.status).toBe('SEND_OK')
      expect(well).toHaveLength(1)
      await cluster.kill('broker-a')
      await cluster.kill('broker-b')
      const { result: failed, tries } = await send(cluster, 'alone')
      expect(failed.status).toBe('FAILED')
      expect(tries.map(({ attempt }) => attempt)).toEqual(Array.from({ length: retries + 1 }, (_, i) => i + 1))
      expect(new Set(tries.map(({ msgId }) => msgId)).size, 'one message').toBe(1)
      const brokers = brokersOf(tries)
      for (let i = 1; i < brokers.length; i++) expect(brokers[i], `try ${i + 1}`).not.toBe(brokers[i - 1])
    },
  )

const SCENARIOS: readonly Scenario[] = [
  scenario(
    'is tried once when all is well, three times on brokers in turn when none can be reached',
    1,
    async (cluster) => {
      await startCluster(cluster)
      await startShop(cluster)
      expect((await send(cluster, 'well')).tries).toHaveLength(1)
      await cluster.kill('broker-a')
      await cluster.kill('broker-b')
      const { result, tries, tookMs } = await send(cluster, 'alone')
      expect(result.status).toBe('FAILED')
      expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
      const [first, second, third] = brokersOf(tries)
      expect(second).not.toBe(first)
      expect(third).toBe(first)
      expect(tookMs, 'a refused connection costs no time').toBeLessThan(100)
    },
  ),

  triedOften(0),
  triedOften(1),
  triedOften(4),

  scenario('finds the only broker of three that lives, with the second try or the third', 8, async (cluster) => {
    await startCluster(cluster, { brokers: ['broker-a', 'broker-b', 'broker-c'] })
    await startShop(cluster)
    await send(cluster, 'well')
    await cluster.kill('broker-a')
    await cluster.kill('broker-b')
    const counts = new Set<number>()
    for (let i = 0; i < 8; i++) {
      const { result, tries } = await send(cluster, `m${i}`)
      counts.add(tries.length)
      const brokers = brokersOf(tries)
      for (let at = 1; at < brokers.length; at++) expect(brokers[at]).not.toBe(brokers[at - 1])
      if (result.status === 'SEND_OK') expect(brokers.at(-1)).toBe('broker-c')
      else expect(brokers, 'a, b, a: the one before is avoided, not all that failed').toHaveLength(3)
    }
    expect(counts.has(2) || counts.has(3)).toBe(true)
  }),

  scenario('takes its whole time at a broker that says nothing: there is none left for another', 3, async (cluster) => {
    await startCluster(cluster)
    await startShop(cluster)
    await send(cluster, 'well')
    await silence(cluster, 'broker-a', 'broker-b')
    const { result, tries, tookMs } = await send(cluster, 'lost')
    expect(result.status).toBe('FAILED')
    expect(tries).toHaveLength(1)
    expect(tookMs).toBe(3_000)
  }),

  scenario('sendMsgTimeout=800: no longer than that', 4, async (cluster) => {
    await startCluster(cluster)
    await startShop(cluster, ['sendMsgTimeout=800'])
    await send(cluster, 'well')
    await silence(cluster, 'broker-a', 'broker-b')
    const { tries, tookMs } = await send(cluster, 'lost')
    expect(tries).toHaveLength(1)
    expect(tookMs).toBe(800)
  }),

  scenario(
    'sendMsgMaxTimeoutPerRequest=500: a silent broker costs half a second, and the other one takes it',
    5,
    async (cluster) => {
      await startCluster(cluster)
      await startShop(cluster, ['sendMsgMaxTimeoutPerRequest=500'])
      for (const key of ['well-1', 'well-2', 'well-3', 'well-4', 'well-5']) await send(cluster, key)
      await silence(cluster, 'broker-a')
      let silent = 0
      for (let i = 0; i < 6; i++) {
        const { result, tries, tookMs } = await send(cluster, `m${i}`)
        expect(result).toMatchObject({ status: 'SEND_OK', brokerName: 'broker-b' })
        if (tries.length === 1) continue
        silent++
        expect(brokersOf(tries)).toEqual(['broker-a', 'broker-b'])
        expect(tries[1]!.atMs - tries[0]!.atMs).toBe(500)
        expect(tookMs).toBeLessThan(600)
      }
      expect(silent).toBeGreaterThan(0)
    },
  ),

  scenario('the last try has all the time that is left', 6, async (cluster) => {
    await startCluster(cluster)
    await startShop(cluster, ['sendMsgMaxTimeoutPerRequest=500'])
    await send(cluster, 'well')
    await silence(cluster, 'broker-a', 'broker-b')
    const { tries, tookMs } = await send(cluster, 'lost')
    expect(sinceFirstMs(tries)).toEqual([0, 500, 1_000])
    expect(tookMs).toBe(3_000)
  }),

  scenario('all tries share one timeout: the third has what two have left, and a fourth none', 9, async (cluster) => {
    await startCluster(cluster)
    const settings = ['retryTimesWhenSendFailed=6', 'sendMsgMaxTimeoutPerRequest=500', 'sendMsgTimeout=1200']
    await startShop(cluster, settings)
    await send(cluster, 'well')
    await silence(cluster, 'broker-a', 'broker-b')
    const { result, tries, tookMs } = await send(cluster, 'lost')
    expect(result.status).toBe('FAILED')
    expect(sinceFirstMs(tries)).toEqual([0, 500, 1_000])
    expect(tookMs).toBe(1_200)
  }),

  scenario(
    'an answer that another broker could better is tried again, one that is for good is not',
    7,
    async (cluster) => {
      await startCluster(cluster)
      await startShop(cluster)
      const forbidden = await cluster.produce('shop', { topic: 'SCHEDULE_TOPIC_XXXX', key: 'forbidden', body: 'b' })
      expect(forbidden.error).toMatch(/forbidden/)
      expect(triesOf(cluster, 'forbidden'), 'NO_PERMISSION is on RocketMQ’s list').toHaveLength(3)
      const call = { topic: 'Orders', key: 'illegal', body: 'b', delayTimeMs: 10 * 86_400_000 }
      const illegal = JSON.parse(await cluster.call('shop', 'send', JSON.stringify(call))) as ProduceResult
      expect(illegal.error).toMatch(/timer message illegal/)
      expect(triesOf(cluster, 'illegal'), 'MESSAGE_ILLEGAL is not').toHaveLength(1)
    },
  ),

  scenario('a chosen queue is tried once: another would break the order', 10, async (cluster) => {
    await startCluster(cluster)
    await startShop(cluster)
    await send(cluster, 'well')
    await cluster.kill('broker-a')
    await cluster.kill('broker-b')
    const call = { topic: 'Orders', key: 'chosen', body: 'b', shardingKey: 'customer-1' }
    const { status } = JSON.parse(await cluster.call('shop', 'send', JSON.stringify(call))) as ProduceResult
    expect(status).toBe('FAILED')
    expect(triesOf(cluster, 'chosen')).toHaveLength(1)
  }),

  ...[false, true].map((isOn) =>
    scenario(
      `retryAnotherBrokerWhenNotStoreOK=${isOn}: stored, but not on the disk, ${isOn ? 'is tried elsewhere' : 'will do'}`,
      11,
      async (cluster) => {
        await startCluster(cluster, { settings: ['flushDiskType=SYNC_FLUSH'] })
        await startShop(cluster, [`retryAnotherBrokerWhenNotStoreOK=${isOn}`, 'sendMsgTimeout=20000'])
        await send(cluster, 'well')
        for (const node of ['broker-a', 'broker-b'])
          await cluster.inject({ kind: 'disk', node, fails: 'slowSync', delayMs: 6_000 })
        const { result, tries } = await send(cluster, 'slow')
        expect(result.status).toBe('FLUSH_DISK_TIMEOUT')
        expect(tries).toHaveLength(isOn ? 3 : 1)
      },
    ),
  ),

  ...[false, true].map((isOn) =>
    scenario(
      `sendLatencyFaultEnable=${isOn}: a silent broker is ${isOn ? 'left alone for ten seconds' : 'tried again and again'}`,
      12,
      async (cluster) => {
        await startCluster(cluster)
        await startShop(cluster, [`sendLatencyFaultEnable=${isOn}`, 'sendMsgMaxTimeoutPerRequest=200'])
        for (const key of ['well-1', 'well-2', 'well-3', 'well-4', 'well-5']) await send(cluster, key)
        await silence(cluster, 'broker-a')
        let silent = 0
        for (let i = 0; i < 18; i++) {
          const { result, tries } = await send(cluster, `m${i}`)
          expect(result.status).toBe('SEND_OK')
          silent += tries.length - 1
        }
        if (isOn) expect(silent).toBe(1)
        else expect(silent).toBeGreaterThan(3)
      },
    ),
  ),

  scenario(
    'startDetectorEnable: when all are left alone, those that a probe has reached come first',
    13,
    async (cluster) => {
      await startCluster(cluster)
      const settings = ['sendLatencyFaultEnable=true', 'startDetectorEnable=true', 'sendMsgMaxTimeoutPerRequest=200']
      await startShop(cluster, [...settings, 'sendMsgTimeout=600'])
      for (const key of ['well-1', 'well-2', 'well-3', 'well-4', 'well-5']) await send(cluster, key)
      const { heal } = await cluster.inject({ kind: 'pause', node: 'broker-a' })
      await silence(cluster, 'broker-b')
      expect(new Set(brokersOf((await send(cluster, 'lost')).tries))).toEqual(new Set(['broker-a', 'broker-b']))
      await heal()
      await cluster.sleep(5_000) // both are left alone for ten seconds
      const used = []
      for (let i = 0; i < 8; i++) used.push(...(await send(cluster, `back-${i}`)).tries)
      expect(brokersOf(used)).toEqual(new Array(8).fill('broker-a'))
    },
  ),
]

describe('sendAsync', () => {
  const sendAsync = (producer: Producer, topic: string, key: string) =>
    new Promise<ClientError | undefined>((resolve) => {
      const properties = new Map([[PROPERTY.KEYS as string, key]])
      producer.sendAsync({ topic, body: Uint8Array.of(98), properties }, (error) => resolve(error))
    })

  it('retryTimesWhenSendAsyncFailed=3: four tries where no broker can be reached; an answer is never tried again', () =>
    withClients(14, async (cluster, startClient) => {
      await startCluster(cluster)
      const shop = await startClient('shop')
      const producer = await shop.run((instance) => {
        const made = new Producer(instance, 'shop-group', {
          retryTimesWhenSendAsyncFailed: 3,
          retryTimesWhenSendFailed: 9,
        })
        made.start()
        return made
      })
      expect(await shop.run(() => sendAsync(producer, 'Orders', 'well'))).toBeUndefined()
      const refused = await shop.run(() => sendAsync(producer, 'SCHEDULE_TOPIC_XXXX', 'forbidden'))
      expect(refused?.message).toMatch(/forbidden/)
      expect(triesOf(cluster, 'forbidden'), 'a synchronous send tries three times').toHaveLength(1)
      await cluster.kill('broker-a')
      await cluster.kill('broker-b')
      expect(await shop.run(() => sendAsync(producer, 'Orders', 'alone'))).toBeDefined()
      const brokers = brokersOf(triesOf(cluster, 'alone'))
      expect(brokers).toHaveLength(4)
      for (let i = 1; i < brokers.length; i++) expect(brokers[i], `try ${i + 1}`).not.toBe(brokers[i - 1])
    }))

  it('a producer program follows retryTimesWhenSendAsyncFailed', () =>
    inSimulation(15, async (cluster) => {
      await startCluster(cluster)
      await startShop(cluster, ['retryTimesWhenSendAsyncFailed=4'])
      const sendAsync = (key: string) =>
        cluster.call('shop', 'sendAsync', JSON.stringify({ topic: 'Orders', key, body: 'b' }))
      expect(JSON.parse(await sendAsync('well'))).toMatchObject({ status: 'SEND_OK' })
      await cluster.kill('broker-a')
      await cluster.kill('broker-b')
      expect(JSON.parse(await sendAsync('alone'))).toMatchObject({ status: 'FAILED' })
      expect(triesOf(cluster, 'alone')).toHaveLength(5)
      expect(cluster.events.filter(({ kind, node }) => kind === 'log.line' && node === 'shop')).toEqual([])
    }))
})

describe('a send', () => {
  for (const { name, seed, script } of SCENARIOS) it(name, () => inSimulation(seed, script))

  it('every mistake is noticed', async () => expect(await unnoticed(PRODUCER_MUTANTS, SCENARIOS)).toEqual([]))
})
