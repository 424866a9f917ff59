/** What applications rely on, on a whole simulated cluster. */
import { expect, it } from 'vitest'
import {
  inSimulation,
  keysOf,
  sendMany,
  startBroker,
  startCluster,
  startConsumer,
  startProducer,
} from '../support/sim.ts'

it('every message reaches every group exactly once, and both brokers take part', async () => {
  await inSimulation(1, async (cluster) => {
    await startCluster(cluster)
    await startProducer(cluster)
    await startConsumer(cluster, 'billing-1', 'billing')
    await startConsumer(cluster, 'billing-2', 'billing')
    await startConsumer(cluster, 'shipping-1', 'shipping')
    await cluster.sleep(25_000)
    const sent = await sendMany(cluster, 'order', 100)
    expect(sent).toHaveLength(100)
    for (const group of ['billing', 'shipping']) {
      await cluster.waitUntil(`${group} has all`, () => keysOf(cluster, group).length >= 100, 30_000)
      expect(keysOf(cluster, group).sort(), group).toEqual([...sent].sort())
    }
    const brokers = new Set(cluster.deliveries().map((delivery) => delivery.brokerName))
    const members = new Set(
      cluster
        .deliveries()
        .filter((d) => d.group === 'billing')
        .map((d) => d.node),
    )
    expect([...brokers].sort()).toEqual(['broker-a', 'broker-b'])
    expect([...members].sort(), 'both members of billing work').toEqual(['billing-1', 'billing-2'])
  })
})

it('a group that comes back goes on where it stopped', async () => {
  await inSimulation(2, async (cluster) => {
    await startCluster(cluster)
    await startProducer(cluster)
    await startConsumer(cluster, 'billing-1', 'billing')
    const first = await sendMany(cluster, 'first', 20)
    await cluster.waitUntil('the first arrive', () => keysOf(cluster, 'billing').length === first.length, 60_000)
    await cluster.stop('billing-1')
    const second = await sendMany(cluster, 'second', 20)
    await cluster.restart('billing-1')
    await cluster.waitUntil('the second arrive', () => keysOf(cluster, 'billing').length >= 40, 60_000)
    await cluster.sleep(30_000)
    expect(keysOf(cluster, 'billing').slice(20).sort()).toEqual([...second].sort())
  })
})

it('a producer whose broker dies sends to the other one', async () => {
  await inSimulation(3, async (cluster) => {
    await startCluster(cluster)
    await startProducer(cluster)
    await sendMany(cluster, 'before', 8)
    await cluster.kill('broker-b')
    const results = []
    for (let i = 0; i < 16; i++)
      results.push(await cluster.produce('shop', { topic: 'Orders', key: `after-${i}`, body: 'x' }))
    expect(results.map((result) => result.status)).toEqual(results.map(() => 'SEND_OK'))
    expect(new Set(results.map((result) => result.brokerName))).toEqual(new Set(['broker-a']))
  })
})

it('messages of a dead broker arrive when it is back', async () => {
  await inSimulation(4, async (cluster) => {
    await startCluster(cluster)
    await startProducer(cluster)
    const sent = await sendMany(cluster, 'order', 40)
    await cluster.kill('broker-b')
    await startConsumer(cluster, 'billing-1', 'billing')
    await cluster.sleep(60_000)
    const before = new Set(keysOf(cluster, 'billing'))
    expect(before.size).toBeGreaterThan(0)
    expect(before.size).toBeLessThan(sent.length)
    await cluster.restart('broker-b')
    await cluster.waitUntil('all arrive', () => new Set(keysOf(cluster, 'billing')).size === sent.length, 120_000)
  })
})

it('a route disappears at once when its broker dies, and after two minutes when it only falls silent', async () => {
  await inSimulation(5, async (cluster) => {
    const brokersInRoute = async () => {
      const printed = await cluster.admin('admin', ['topicRoute', '-t', 'Orders'])
      return ['broker-a', 'broker-b'].filter((name) => printed.includes(name))
    }
    await startCluster(cluster)
    expect(await brokersInRoute()).toEqual(['broker-a', 'broker-b'])
    await cluster.kill('broker-b')
    await cluster.sleep(1_000)
    expect(await brokersInRoute()).toEqual(['broker-a'])
    await cluster.restart('broker-b')
    await cluster.sleep(1_000)
    expect(await brokersInRoute()).toEqual(['broker-a', 'broker-b'])
    await cluster.inject({ kind: 'pause', node: 'broker-b' })
    await cluster.sleep(100_000)
    expect(await brokersInRoute(), 'silent for 100 s').toEqual(['broker-a', 'broker-b'])
    await cluster.sleep(60_000)
    expect(await brokersInRoute(), 'silent for 160 s').toEqual(['broker-a'])
  })
})

it('a new broker is found by the clients that already run', async () => {
  await inSimulation(6, async (cluster) => {
    await startCluster(cluster, { brokers: ['broker-a'] })
    await startProducer(cluster)
    await startConsumer(cluster, 'billing-1', 'billing')
    await sendMany(cluster, 'before', 4)
    await startBroker(cluster, 'broker-b')
    await cluster.admin('admin', ['updateTopic', '-t', 'Orders', '-c', 'DefaultCluster', '-r', '4', '-w', '4'])
    await cluster.sleep(65_000)
    const sent = await sendMany(cluster, 'after', 16)
    await cluster.waitUntil('all arrive', () => keysOf(cluster, 'billing').length >= 20, 60_000)
    expect(sent).toHaveLength(16)
    expect(cluster.deliveries().some((delivery) => delivery.brokerName === 'broker-b')).toBe(true)
  })
})

it('the same seed gives the same events to the last byte, another seed others', async () => {
  const run = (seed: number) =>
    inSimulation(seed, async (cluster) => {
      await startCluster(cluster)
      await startProducer(cluster)
      await startConsumer(cluster, 'billing-1', 'billing')
      await sendMany(cluster, 'order', 10)
      await cluster.kill('broker-a')
      await cluster.sleep(20_000)
      await cluster.restart('broker-a')
      await sendMany(cluster, 'late', 10)
      await cluster.sleep(30_000)
    })
  const [once, again, other] = [await run(7), await run(7), await run(8)]
  expect(again).toEqual(once)
  expect(other.hash).not.toBe(once.hash)
})
