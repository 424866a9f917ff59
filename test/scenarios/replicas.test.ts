/** Replicas under a controller. */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { startControllerShape } from '../support/controller-shape.ts'
import { inSimulation, NAMESRV, sendMany } from '../support/sim.ts'

const simulated = async (seed: number, script: (cluster: Cluster) => Promise<void>): Promise<void> =>
  void (await inSimulation(seed, script))

describe('replicas', () => {
  it('elect', () =>
    simulated(1, async (cluster) => {
      await startControllerShape(cluster, { settings: ['allAckInSyncStateSet=true', 'minInSyncReplicas=2'] })
      await cluster.sleep(20_000)
      await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, 'sendMsgTimeout=10000'] })
      const sent = await sendMany(cluster, 'order', 30)
      await cluster.kill('broker-1')
      const t = cluster.nowMs()
      await cluster.sleep(15_000)
      await cluster.restart('broker-1')
      await cluster.sleep(40_000)
      await cluster.start({ name: 'admin', program: 'admin', args: [NAMESRV] })
      console.log(await cluster.admin('admin', ['topicRoute', '-t', 'Orders']), await cluster.admin('admin', ['clusterList']))
      for (const e of cluster.events) if (/route/.test(e.kind)) console.log(JSON.stringify(e).slice(0,260))
      console.log(await cluster.produce('shop', { topic: 'Orders', key: 'k', body: 'x' }))
      for (const e of cluster.events.slice(-60) as any[]) if (/frame|message/.test(e.kind)) console.log(JSON.stringify(e).slice(0,260))
      const sent2 = await sendMany(cluster, 'after', 30)
      await cluster.sleep(10_000)
      for (const e of [] as any[]) if (!/ha.(tr|app|ack)|confirm/.test(e.kind) && /^(ha\.|epoch|confirm|log\.trunc|master|syncset|log.line|replica|broker.reg)/.test(e.kind) || e.kind==='frame.refused') console.log(JSON.stringify(e).slice(0,260))
      console.log(sent.length, sent2.length)
    }))
})
