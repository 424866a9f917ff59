/** A group that wants some tags gets all of those and nothing else, also of what was there before it came. */
import { expect, it } from 'vitest'
import { inSimulation, keysOf, startCluster, startConsumer, startProducer } from '../support/sim.ts'

it('tags: every wanted message once, from the first one on, for any seed', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    await inSimulation(seed, async (cluster) => {
      await startCluster(cluster, { brokers: ['broker-a'], queues: 8 })
      await startProducer(cluster)
      const wanted: string[] = []
      let next = 0
      const sender = async () => {
        while (next < 300) {
          const i = next++
          const tag = ['a', 'b', 'c'][i % 3]!
          await cluster.produce('shop', { topic: 'Orders', key: `k${i}`, body: 'x', tag })
          if (tag !== 'b') wanted.push(`k${i}`)
        }
      }
      await Promise.all([sender(), sender(), sender(), sender()])
      await startConsumer(cluster, 'billing-1', 'billing', ['tags=a || c'])
      await cluster.sleep(60_000)
      expect(keysOf(cluster, 'billing').sort(), `seed ${seed}`).toEqual(wanted.sort())
    })
  }
})

it('two wishes in one group: a pull that is held is answered by the newest one, as any other pull', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    await inSimulation(seed, async (cluster) => {
      await startCluster(cluster, { brokers: ['broker-a'], queues: 2 })
      await startProducer(cluster)
      await startConsumer(cluster, 'billing-1', 'billing', ['tags=a'])
      await cluster.sleep(1_000)
      await startConsumer(cluster, 'billing-2', 'billing', ['tags=b'])
      await cluster.sleep(1_000) // less than a pull is held: billing-1 still waits with the pull that it sent when it was alone
      for (let i = 0; i < 8; i++)
        await cluster.produce('shop', { topic: 'Orders', key: `k${i}`, body: 'x', tag: i < 4 ? 'a' : 'b' })
      await cluster.sleep(60_000)
      const keys = keysOf(cluster, 'billing')
      expect(
        keys,
        `seed ${seed}: of the older wish nothing, of the newer what lies in one member's queue`,
      ).toHaveLength(2)
      for (const key of keys) expect(['k4', 'k5', 'k6', 'k7']).toContain(key)
    })
  }
})
