/** A join in a quiet hour: nothing is in hand, and nothing is billed twice. The reader's task is to change that without a kill. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { castOf, join, open, SETTLED_MS, TOLD } from '../group.ts'

const STEP = {
  sell: 'Eight orders, one for each queue',
  third: 'In the quiet hour billing-3 joins',
  after: 'Eight more orders',
} as const

export const figure: FigureSource = {
  title: 'A quiet hour',
  question: 'Can a join cost nothing?',
  summary: 'Eight orders are billed, then a third member joins, then eight more are billed: each once.',
  topic: TOPIC,
  cast: castOf(['billing-1', 'billing-2', 'billing-3']),
  passages: {
    calm: {
      title: 'Nothing is in hand when the queues move. Bill an order twice all the same',
      from: STEP.sell,
      view: 'owners',
      tells: ['consumer.joined', 'queue.released', 'queue.assigned'],
    },
  },
  tasks: {
    twice: {
      goal: 'Make the billing bill an order twice, without killing or stopping anybody.',
      pane: 'calm',
      when: "double() > 0 && count('node.stopped') == 0",
      shows: { ask: 'double()', unit: 'billed twice' },
      proof: [
        { does: 'send', on: 'order-21', atMs: 18_500 },
        { does: 'send', on: 'order-22', atMs: 18_550 },
        { does: 'send', on: 'order-23', atMs: 18_600 },
        { does: 'send', on: 'order-24', atMs: 18_650 },
        { does: 'send', on: 'order-25', atMs: 18_700 },
        { does: 'send', on: 'order-26', atMs: 18_750 },
        { does: 'send', on: 'order-27', atMs: 18_800 },
        { does: 'send', on: 'order-28', atMs: 18_850 },
      ],
    },
  },
  acts: ['cut', 'heal', 'pause', 'resume', 'hold', 'slow', 'drop', 'send', 'kill', 'restart'],
  seed: 2,
  lengthMs: 28_000,
  records: TOLD,
  run: async (cluster) => {
    await open(cluster, { bankMs: 2_000 })
    await until(cluster, 1_500)
    join(cluster, 'billing-1')
    join(cluster, 'billing-2')
    await until(cluster, SETTLED_MS)
    cluster.step(STEP.sell)
    const selling = sendMany(cluster, 'shop', [1, 8], 50)
    await until(cluster, 19_000)
    cluster.step(STEP.third)
    join(cluster, 'billing-3')
    await until(cluster, 22_000)
    cluster.step(STEP.after)
    await selling
    await sendMany(cluster, 'shop', [9, 16], 50)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
