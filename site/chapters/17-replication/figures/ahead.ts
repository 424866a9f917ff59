/** A master that loses power and comes back with less than its slave has: the slave is refused, and what it has is delivered to nobody. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, sendMany, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV, open } from '../pair.ts'

const STEP = {
  sell: 'inSyncReplicas=2, ASYNC_FLUSH: the shop sells three more',
  dark: 'The master loses power, and its disk is whole',
  back: 'The power is back; the shop sells order-5',
  billing: 'The billing comes, and reads from the master',
} as const

export const figure: FigureSource = {
  title: 'A master that comes back with less',
  question: 'What is a copy worth when the original comes back?',
  summary:
    'A master under a double write loses power before its sync and comes back with less than its slave has; it refuses the slave, and the orders are delivered to nobody.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    ahead: {
      title: 'Two copies of each order; then the master starts again on its own disk',
      from: STEP.sell,
      view: 'log',
      cast: ['master', 'slave'],
      tells: ['message.sent', 'node.stopped', 'log.recovered', 'ha.refused', 'script.step'],
      shows: { strips: 'none', copies: 'gap' },
    },
  },
  seed: 5,
  lengthMs: 28_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['brokerRole=SYNC_MASTER', 'inSyncReplicas=2'])
  send(cluster, 'shop', 1)
  await until(cluster, 6_000)
  cluster.step(STEP.sell)
  await sendMany(cluster, 'shop', [2, 4], 100)
  await until(cluster, 8_000)
  cluster.step(STEP.dark)
  void cluster.powerCut('master').catch(() => {})
  await until(cluster, 10_000)
  cluster.step(STEP.back)
  void cluster.restart('master').catch(() => {})
  await until(cluster, 11_000)
  // another drink than order-1, at whose place it comes to lie
  send(cluster, 'shop', 5)
  await until(cluster, 17_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}
