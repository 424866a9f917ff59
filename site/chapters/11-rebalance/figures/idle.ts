/** Two queues, three members. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { castOf, join, open, SETTLED_MS, TOLD } from '../group.ts'

const STEP = {
  sell: 'Orders arrive, four a second',
  third: 'A third process is started, to help',
  gone: 'billing-1 is stopped',
} as const

export const figure: FigureSource = {
  title: 'One too many',
  question: 'What does a member do for which there is no queue?',
  summary: 'A topic with two queues, a group with three members: the third has nothing to do until another one leaves.',
  topic: TOPIC,
  cast: castOf(['billing-1', 'billing-2', 'billing-3'], 2),
  passages: {
    idle: {
      title: 'Two lanes, three members',
      from: STEP.sell,
      view: 'owners',
      tells: ['consumer.joined', 'consumer.left', 'queue.released', 'queue.assigned', 'node.stopped'],
    },
  },
  seed: 2,
  lengthMs: 26_000,
  records: TOLD,
  run: async (cluster) => {
    await open(cluster, { queues: 2, bankMs: 1_000 })
    await until(cluster, 1_500)
    join(cluster, 'billing-1')
    join(cluster, 'billing-2')
    await until(cluster, SETTLED_MS)
    cluster.step(STEP.sell)
    const selling = sendMany(cluster, 'shop', [1, 36], 250)
    await until(cluster, 16_000)
    cluster.step(STEP.third)
    join(cluster, 'billing-3')
    await until(cluster, 19_000)
    cluster.step(STEP.gone)
    void cluster.stop('billing-1').catch(() => {})
    await selling
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
