/** Four queues to write, two to read: half of the orders lie where no member looks. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { castOf, join, openWith, SETTLED_MS } from '../group.ts'

const STEP = {
  sell: 'Four orders, one for each of four queues',
  on: 'Both members have nothing left to do',
} as const

export const figure: FigureSource = {
  title: 'Four to write, two to read',
  question: 'Who reads a queue that is not to be read?',
  summary:
    'The topic has writeQueueNums 4 and readQueueNums 2. Half of the orders are stored, acknowledged, and read by nobody.',
  topic: TOPIC,
  cast: castOf(['billing-1', 'billing-2'], 4),
  passages: {
    halves: {
      title: 'Two queues are owned; the shop writes to four',
      from: STEP.sell,
      view: 'stage',
      tells: ['message.sent', 'message.consumed'],
    },
  },
  seed: 2,
  lengthMs: 24_000,
  run: async (cluster) => {
    await openWith(cluster, { readQueueNums: 2, writeQueueNums: 4 })
    await until(cluster, 1_500)
    join(cluster, 'billing-1')
    join(cluster, 'billing-2')
    await until(cluster, SETTLED_MS)
    cluster.step(STEP.sell)
    await sendMany(cluster, 'shop', [1, 4], 400)
    await until(cluster, 20_000)
    cluster.step(STEP.on)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
