/** How chapter 11 begins: two members share eight queues, and a third one joins while orders are in hand. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { castOf, join, open, SETTLED_MS, TOLD } from '../group.ts'

const STEP = {
  sell: 'Orders arrive, ten a second',
  soon: 'The bank has orders of each queue in hand',
  third: 'A third process of the billing is started: billing-3',
  on: 'The members have their queues again',
} as const

export const figure: FigureSource = {
  title: 'A third process joins',
  question: 'What does it cost when a member joins a group?',
  summary: 'Two members share eight queues; a third one joins, and orders that are in hand are handed out again.',
  topic: TOPIC,
  cast: castOf(['billing-1', 'billing-2', 'billing-3']),
  passages: {
    wound: {
      title: 'A bar is an order in a listener; an arc joins two that are one order',
      from: STEP.sell,
      view: 'owners',
      tells: ['consumer.joined', 'queue.released', 'queue.assigned'],
    },
    noticed: {
      title: 'The broker calls: how long until each queue has its owner again?',
      from: STEP.third,
      to: STEP.on,
      view: 'owners',
      tells: ['consumer.joined', 'queue.released', 'queue.assigned'],
    },
    handover: {
      title: 'Bars that run on over the border are the ones that come again',
      from: STEP.soon,
      to: STEP.on,
      view: 'owners',
      shows: { queues: '3,6,7' },
      tells: ['queue.released', 'queue.assigned'],
    },
  },
  seed: 2,
  lengthMs: 25_000,
  records: TOLD,
  run: async (cluster) => {
    await open(cluster, {})
    await until(cluster, 1_500)
    join(cluster, 'billing-1')
    join(cluster, 'billing-2')
    await until(cluster, SETTLED_MS)
    cluster.step(STEP.sell)
    const selling = sendMany(cluster, 'shop', [1, 60], 100)
    await until(cluster, 16_500)
    cluster.step(STEP.soon)
    await until(cluster, 18_000)
    cluster.step(STEP.third)
    join(cluster, 'billing-3')
    await until(cluster, 21_500)
    cluster.step(STEP.on)
    await selling
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
