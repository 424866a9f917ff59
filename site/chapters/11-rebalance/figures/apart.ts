/** Two lists: one broker has heard of the newcomer, the other one has not. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { join, TOLD } from '../group.ts'
import { CAST, openTwo } from '../two-brokers.ts'

const STEP = {
  sell: 'Orders arrive',
  third: 'billing-3 joins; what it sends to broker-b is held up',
  back: 'The line to broker-b is free again',
} as const

export const figure: FigureSource = {
  title: 'Two lists',
  question: 'What if two members have been given different lists?',
  summary:
    'For half a minute broker-a lists three members and broker-b two. Each member asks one of them, and they disagree.',
  topic: TOPIC,
  cast: [...CAST, { name: 'billing-3', role: 'consumer', group: 'billing' }],
  passages: {
    apart: {
      title: 'broker-a lists three members, broker-b lists two',
      from: STEP.sell,
      view: 'owners',
      tells: ['script.step', 'consumer.joined', 'fault.began', 'fault.healed'],
    },
  },
  seed: 2,
  lengthMs: 54_000,
  records: TOLD,
  run: async (cluster) => {
    await openTwo(cluster)
    await until(cluster, 1_600)
    join(cluster, 'billing-1')
    join(cluster, 'billing-2')
    await until(cluster, 16_000)
    cluster.step(STEP.sell)
    const selling = sendMany(cluster, 'shop', [1, 26], 1_200)
    await until(cluster, 18_000)
    cluster.step(STEP.third)
    join(cluster, 'billing-3')
    const held = await cluster
      .inject({ kind: 'link', from: 'billing-3', to: 'broker-b', hold: true, oneWay: true })
      .catch(() => undefined)
    await until(cluster, 46_000)
    cluster.step(STEP.back)
    await held?.heal()
    await selling
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
