/** Nothing fails here: five drinks, a billing that bills. What a reader does to it decides how often. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, CAST, open, startBilling } from '../open.ts'

const STEP = { sell: 'The shop sells five drinks, and every listener returns CONSUME_SUCCESS' } as const

export const figure: FigureSource = {
  title: 'A good day',
  question: 'Can an order be billed twice although no listener fails?',
  summary: 'Five orders, five times CONSUME_SUCCESS. The billing reports its offset every five seconds.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    calm: {
      title: 'Nothing fails. Bill an order twice all the same',
      from: STEP.sell,
      view: 'stage',
      cast: [BROKER, 'shop', 'billing'],
      tells: ['message.consumed', 'offset.committed', 'node.stopped', 'node.started'],
    },
  },
  tasks: {
    twice: {
      goal: 'Make the billing bill an order twice, with no listener that fails.',
      pane: 'calm',
      when: "double() > 0 && count('message.consumed', { status: 'RECONSUME_LATER' }) == 0",
      shows: { ask: 'double()', unit: 'billed twice' },
      proof: [
        { does: 'kill', on: 'billing', atMs: 18_000 },
        { does: 'restart', on: 'billing', atMs: 20_000 },
      ],
    },
  },
  seed: 2,
  lengthMs: 30_000,
  run: async (cluster) => {
    await open(cluster, () => 'CONSUME_SUCCESS')
    startBilling(cluster)
    await until(cluster, 12_000)
    cluster.step(STEP.sell)
    await sendMany(cluster, 'shop', [1, 5], 1_000)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
