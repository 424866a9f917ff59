/** A broker that calls nobody: the newcomer takes its queues at once, and the others find out when their timers ring. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { castOf, join, open, TOLD } from '../group.ts'

const STEP = {
  sell: 'Orders arrive, two a second',
  third: 'billing-3 is started, and the broker calls nobody',
} as const

export const figure: FigureSource = {
  title: 'Nobody is called',
  question: 'What if each member looked at the list only every 20 seconds?',
  summary:
    'The broker sends no notices. The newcomer has its queues at once; their old owners keep them until their timers ring.',
  topic: TOPIC,
  cast: castOf(['billing-1', 'billing-2', 'billing-3']),
  passages: {
    silent: {
      title: 'Two fills in one lane: two members that both believe the queue is theirs',
      from: STEP.sell,
      view: 'owners',
      tells: ['consumer.joined', 'queue.released', 'queue.assigned'],
    },
  },
  seed: 2,
  lengthMs: 44_000,
  records: TOLD,
  run: async (cluster) => {
    await open(cluster, { settings: ['notifyConsumerIdsChangedEnable=false'] })
    await until(cluster, 1_500)
    join(cluster, 'billing-1')
    await until(cluster, 1_600)
    join(cluster, 'billing-2')
    await until(cluster, 24_000)
    cluster.step(STEP.sell)
    const selling = sendMany(cluster, 'shop', [1, 34], 500)
    await until(cluster, 27_000)
    cluster.step(STEP.third)
    join(cluster, 'billing-3')
    await selling
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
