/** The same join, by a process whose id stands before the others: it ran in the morning, and its machine has the lowest address. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { castOf, join, open, SETTLED_MS, TOLD } from '../group.ts'

const STEP = {
  sell: 'Orders arrive, five a second',
  third: 'billing-0 is started again, on the machine 10.0.0.4',
  on: 'The members have their queues again',
} as const

export const figure: FigureSource = {
  title: 'The one that sorts first',
  question: 'Does it matter who joins?',
  summary: 'A member whose id is the lowest joins two others, and five of eight queues move.',
  topic: TOPIC,
  cast: castOf(['billing-0', 'billing-1', 'billing-2']),
  passages: {
    first: {
      title: 'The same group, the same queues; the newcomer stands first in the list',
      from: STEP.sell,
      view: 'owners',
      tells: ['consumer.joined', 'queue.released', 'queue.assigned'],
    },
  },
  seed: 2,
  lengthMs: 25_000,
  records: TOLD,
  run: async (cluster) => {
    await open(cluster, {})
    await until(cluster, 1_400)
    join(cluster, 'billing-0')
    await until(cluster, 1_500)
    join(cluster, 'billing-1')
    join(cluster, 'billing-2')
    await until(cluster, 3_000)
    void cluster.stop('billing-0').catch(() => {})
    await until(cluster, SETTLED_MS)
    cluster.step(STEP.sell)
    const selling = sendMany(cluster, 'shop', [1, 30], 200)
    await until(cluster, 18_000)
    cluster.step(STEP.third)
    join(cluster, 'billing-0')
    await until(cluster, 21_500)
    cluster.step(STEP.on)
    await selling
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
