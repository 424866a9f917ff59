/** Twenty seconds that nobody explains: two members of one group, each of which has said what it wants. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { castOf, join, open, TOLD } from '../group.ts'

const STEP = {
  sell: 'Twelve orders: coffee, tea, cocoa, coffee, tea, cocoa …',
} as const

export const figure: FigureSource = {
  title: 'Coffee here, tea there',
  question: 'Who gets the coffee?',
  summary: 'Two members of one group. One subscribes to coffee, the other one to tea.',
  topic: TOPIC,
  cast: castOf(['billing-1', 'billing-2'], 4),
  passages: {
    twenty: {
      title: 'billing-1 has asked for coffee, billing-2 for tea and cocoa',
      from: STEP.sell,
      view: 'lanes',
      shows: { lane: 'order', group: 'billing', keys: keys(12).join(',') },
      tells: ['message.sent'],
    },
  },
  seed: 2,
  lengthMs: 34_000,
  records: [...TOLD, 'message.cached'],
  run: async (cluster) => {
    await open(cluster, { queues: 4, bankMs: 100 })
    await until(cluster, 1_500)
    join(cluster, 'billing-1', ['tags=coffee'])
    await until(cluster, 2_500)
    join(cluster, 'billing-2', ['tags=tea || cocoa'])
    await until(cluster, 14_000)
    cluster.step(STEP.sell)
    await sendMany(cluster, 'shop', [1, 12], 500)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

function keys(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `order-${i + 1}`)
}
