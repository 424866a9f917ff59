/** The join of the wound, by members that consume in order: a queue has no new owner while its old one is at work. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { castOf, join, open, SETTLED_MS, TOLD } from '../group.ts'

const STEP = {
  sell: 'Orders arrive, two a second',
  third: 'billing-3 joins a group that consumes in order',
} as const

const ORDERLY = ['orderly=true']

export const figure: FigureSource = {
  title: 'With a lock',
  question: 'What does an owner without a successor cost?',
  summary:
    'Three members that consume in order. A queue is handed over when its owner has finished, and no order is billed twice.',
  topic: TOPIC,
  cast: castOf(['billing-1', 'billing-2', 'billing-3']),
  passages: {
    locked: {
      title: 'No arc, and holes: the price of the lock',
      from: STEP.sell,
      view: 'owners',
      tells: ['consumer.joined', 'queue.unlocked', 'queue.locked', 'queue.assigned'],
    },
  },
  seed: 2,
  lengthMs: 27_000,
  records: [...TOLD, 'queue.locked', 'queue.unlocked'],
  run: async (cluster) => {
    await open(cluster, { bankMs: 1_200 })
    await until(cluster, 1_500)
    join(cluster, 'billing-1', ORDERLY)
    join(cluster, 'billing-2', ORDERLY)
    await until(cluster, SETTLED_MS)
    cluster.step(STEP.sell)
    const selling = sendMany(cluster, 'shop', [1, 18], 500)
    await until(cluster, 18_000)
    cluster.step(STEP.third)
    join(cluster, 'billing-3', ORDERLY)
    await selling
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
