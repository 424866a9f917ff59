/**
 * A broker that has less than its consumers have read: an offset lies beyond the end of the queue. The consumer continues at the
 * end, and from then on reports where it really is. If it reported more, its successor would pass over messages.
 */
import { describe, expect, it } from 'vitest'
import type { Cluster, ScriptMessage } from '../../reference/host/cluster.ts'
import type { TraceEventOf } from '../../reference/host/trace.ts'
import { inSimulation, NAMESRV, startBroker, startCluster } from '../support/sim.ts'

const order = (key: string): ScriptMessage => ({ topic: 'Orders', key, body: key, tag: 'tea' })
const CREATE = ['updateTopic', '-t', 'Orders', '-c', 'DefaultCluster', '-r', '1', '-w', '1']

/** The offsets that the broker has noted for the group, in order. */
const committed = (cluster: Cluster) =>
  cluster.events
    .filter((event): event is TraceEventOf<'offset.committed'> => event.kind === 'offset.committed')
    .filter(({ topic }) => topic === 'Orders')
    .map(({ queueOffset }) => queueOffset)

/** Five messages are read, then the broker begins with an empty disk, and gets two. `heldMs`: how long the fifth is in hand. */
async function lostDisk(cluster: Cluster, settings: readonly string[], heldMs: number): Promise<void> {
  await startCluster(cluster, { brokers: ['broker-a'], queues: 1 })
  cluster.onDelivery(({ key }) => ({ status: 'CONSUME_SUCCESS', ...(key === 'order-5' ? { afterMs: heldMs } : {}) }))
  const from = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
  const args = [NAMESRV, 'group=billing', 'topic=Orders', from, ...settings]
  await cluster.start({ name: 'billing', program: 'consumer', args })
  await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, 'group=shop'] })
  for (const key of ['order-1', 'order-2', 'order-3', 'order-4', 'order-5']) await cluster.produce('shop', order(key))
  await cluster.sleep(12_000)
  await cluster.kill('broker-a')
  await startBroker(cluster, 'broker-a', ['storePathRootDir=empty'])
  await cluster.admin('admin', CREATE)
  await cluster.sleep(40_000)
  for (const key of ['order-6', 'order-7']) await cluster.produce('shop', order(key))
  await cluster.sleep(70_000)
}

describe('a consumer whose offset lies beyond the end of the queue', () => {
  it.each([
    ['continues there', [], 0],
    ['does not count what it had in hand', [], 60_000],
    ['continues there in order', ['orderly=true'], 0],
    ['does not count what it had in hand, in order', ['orderly=true'], 60_000],
  ] as const)('%s', async (_what, settings, heldMs) => {
    await inSimulation(3, async (cluster) => {
      await lostDisk(cluster, settings, heldMs)
      expect(
        cluster
          .deliveries()
          .map(({ key }) => key)
          .slice(-2),
      ).toEqual(['order-6', 'order-7'])
      expect(committed(cluster).at(-1)).toBe(2)
    })
  })
})
