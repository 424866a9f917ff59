/** The first twelve seconds of an order that fails once, with every frame: what giving back is made of. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, CAST, failsForCocoa, open, startBilling } from '../open.ts'

const STEP = { sell: 'The shop sells three drinks; the cocoa fails' } as const

export const figure: FigureSource = {
  title: 'Given back',
  question: 'What does a consumer do with an order that it cannot process?',
  summary: 'The billing gives the cocoa back to the broker, goes on, and is handed a copy of it ten seconds later.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    back: {
      title: 'order-3 is given back, put aside for ten seconds, and handed out again',
      from: STEP.sell,
      view: 'stage',
      cast: [BROKER, 'billing'],
      tells: ['message.consumed', 'message.retried', 'offset.committed', 'message.due'],
    },
  },
  seed: 2,
  lengthMs: 17_000,
  run: async (cluster) => {
    await open(cluster, failsForCocoa(9_000))
    startBilling(cluster)
    await until(cluster, 2_000)
    cluster.step(STEP.sell)
    await sendMany(cluster, 'shop', [2, 4], 100)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
