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
