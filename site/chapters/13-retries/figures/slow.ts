/** A listener that needs twenty minutes: after fifteen the order is given back, though nothing has failed. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, isCocoa, open, startBilling, TOLD_OF_HOURS } from '../open.ts'

const STEP = { sell: 'The shop sells three drinks; the bank needs 20 minutes for the cocoa' } as const

const TWENTY_MINUTES_MS = 1_200_000

export const figure: FigureSource = {
  title: 'Twenty minutes',
  question: 'What does a consumer do with a listener that does not return?',
  summary:
    'The cocoa is given back after 15 minutes and handed out again; both calls of the listener succeed, and it is billed twice.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    slow: {
      title: 'order-3: at work, given back, at work again. Watch the ledger',
      from: STEP.sell,
      view: 'lanes',
      shows: { lane: 'order', group: 'billing', lanes: 'order-1,order-2,order-3' },
      tells: ['message.cached', 'message.retried', 'message.consumed'],
    },
  },
  seed: 2,
  lengthMs: 1_215_000,
  records: TOLD_OF_HOURS!,
  run: async (cluster) => {
    await open(cluster, ({ body, reconsumeTimes }) =>
      isCocoa(body) && reconsumeTimes === 0
        ? { status: 'CONSUME_SUCCESS', afterMs: TWENTY_MINUTES_MS }
        : 'CONSUME_SUCCESS',
    )
    startBilling(cluster)
    await until(cluster, 2_000)
    cluster.step(STEP.sell)
    await sendMany(cluster, 'shop', [1, 3], 100)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
