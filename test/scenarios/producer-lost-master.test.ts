/** A producer whose only master is gone: how soon it sends again, and how often it asks where the master is. */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { PRODUCER_ROUTE_MUTANTS } from '../simulation/mutants/producer-mutants.ts'
import { type Scenario, unnoticed } from '../simulation/mutants/scenario-kills.ts'
import { startControllerShape } from '../support/controller-shape.ts'
import { inSimulation, NAMESRV, sendMany, startCluster } from '../support/sim.ts'

const SAFE = ['allAckInSyncStateSet=true', 'minInSyncReplicas=1']

const startShop = (cluster: Cluster) => cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV] })

/** Sends every 100 ms until a send succeeds; the time since `sinceMs`. */
async function untilSent(cluster: Cluster, sinceMs: number): Promise<number> {
  for (let i = 0; i < 400; i++) {
    const { status } = await cluster.produce('shop', { topic: 'Orders', key: `again-${i}`, body: 'b' })
    if (status === 'SEND_OK') break
    await cluster.sleep(100)
  }
  return cluster.nowMs() - sinceMs
}

const routeRequests = (cluster: Cluster, sinceMs: number) =>
  cluster.events.filter(
    (event) =>
      event.kind === 'frame.sent' &&
      event.type === 'request' &&
      event.node === 'shop' &&
      event.atMs >= sinceMs &&
      event.code === RequestCode.GET_ROUTEINFO_BY_TOPIC,
  )

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'after kill -9 it sends to the elected master within three seconds',
    seed: 1,
    script: async (cluster) => {
      await startControllerShape(cluster, { settings: SAFE })
      await cluster.sleep(5_000)
      await startShop(cluster)
      await sendMany(cluster, 'before', 5)
      await cluster.sleep(12_000) // the slave has copied the topic
      const killedAtMs = cluster.nowMs()
      await cluster.kill('broker-1')
      expect(await untilSent(cluster, killedAtMs)).toBeLessThan(3_000)
    },
  },
  {
    name: 'after a freeze it sends within three seconds after the election',
    seed: 2,
    script: async (cluster) => {
      await startControllerShape(cluster, { settings: SAFE })
      await cluster.sleep(5_000)
      await startShop(cluster)
      await sendMany(cluster, 'before', 5)
      await cluster.sleep(12_000)
      await cluster.inject({ kind: 'pause', node: 'broker-1' })
      await untilSent(cluster, cluster.nowMs())
      const elected = cluster.events.findLast(({ kind }) => kind === 'master.elected')!
      expect(cluster.nowMs() - elected.atMs).toBeLessThan(3_500)
    },
  },
  {
    name: 'an old master that answers as a slave is left at once',
    seed: 3,
    script: async (cluster) => {
      await startControllerShape(cluster, { settings: SAFE })
      await cluster.sleep(5_000)
      await startShop(cluster)
      await sendMany(cluster, 'before', 5)
      await cluster.sleep(12_000)
      // nobody sends while broker-1 is away, so the producer does not learn of the election
      await cluster.kill('broker-1')
      await cluster.sleep(3_000)
      await cluster.restart('broker-1')
      await cluster.sleep(3_000)
      expect(await untilSent(cluster, cluster.nowMs())).toBeLessThan(1_000)
    },
  },
  {
    name: 'while there is no other master, it asks five times a second at most, and sends fail as fast as before',
    seed: 4,
    script: async (cluster) => {
      await startCluster(cluster, { brokers: ['broker-a'] })
      await startShop(cluster)
      await sendMany(cluster, 'before', 1)
      await cluster.kill('broker-a')
      const killedAtMs = cluster.nowMs()
      for (let i = 0; i < 200; i++) {
        const { status } = await cluster.produce('shop', { topic: 'Orders', key: `no-${i}`, body: 'b' })
        expect(status).toBe('FAILED')
        if (cluster.nowMs() - killedAtMs > 1_000) break
        await cluster.sleep(5)
      }
      const asked = routeRequests(cluster, killedAtMs).length
      expect(asked).toBeGreaterThan(1)
      expect(asked).toBeLessThanOrEqual(6)
    },
  },
  {
    name: 'a silent NameServer does not use up the time of a send',
    seed: 5,
    script: async (cluster) => {
      await startCluster(cluster, { brokers: ['broker-a'] })
      await startShop(cluster)
      await sendMany(cluster, 'before', 1)
      await cluster.inject({ kind: 'pause', node: 'namesrv' })
      await cluster.kill('broker-a')
      const killedAtMs = cluster.nowMs()
      await cluster.produce('shop', { topic: 'Orders', key: 'no', body: 'b' })
      expect(cluster.nowMs() - killedAtMs).toBeLessThan(1_000)
    },
  },
  {
    name: 'with a second broker it asks nothing: the next try goes there',
    seed: 6,
    script: async (cluster) => {
      await startCluster(cluster)
      await startShop(cluster)
      await sendMany(cluster, 'before', 2)
      await cluster.kill('broker-a')
      const killedAtMs = cluster.nowMs()
      await sendMany(cluster, 'after', 6)
      expect(routeRequests(cluster, killedAtMs)).toEqual([])
    },
  },
]

describe('a producer whose only master is gone', () => {
  for (const { name, seed, script } of SCENARIOS) it(name, () => inSimulation(seed, script))

  it('every mistake is noticed', async () => expect(await unnoticed(PRODUCER_ROUTE_MUTANTS, SCENARIOS)).toEqual([]))
})
