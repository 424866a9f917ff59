/** The night of `poison.ts`, but somebody writes the price of a cocoa into the list an hour after the first failure. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { CAST_OF_HOURS, failsForCocoa, open, startBilling, TOLD_OF_HOURS } from '../open.ts'

const STEP = {
  sell: 'The shop sells five drinks; order-3 is the cocoa without a price',
  mend: 'An hour later the price of a cocoa is in the list',
} as const

const MEND_MS = 3_602_000

export const figure: FigureSource = {
  title: 'The price is in the list again',
  question: 'When does an order come back after the billing has been mended?',
  summary:
    'The billing is mended an hour after the first failure; the cocoa is billed at its next turn, and that is late.',
  topic: TOPIC,
  cast: CAST_OF_HOURS,
  passages: {
    mended: {
      title: 'The price is in the list: when is order-3 billed, and when order-7?',
      from: STEP.mend,
      view: 'lanes',
      shows: { lane: 'order', group: 'billing', keys: 'order-3,order-7' },
      tells: ['message.sent', 'message.due', 'message.consumed'],
    },
  },
  seed: 2,
  lengthMs: 4_600_000,
  records: TOLD_OF_HOURS!,
  run: async (cluster) => {
    await open(cluster, failsForCocoa(MEND_MS))
    startBilling(cluster)
    await until(cluster, 2_000)
    cluster.step(STEP.sell)
    await sendMany(cluster, 'shop', [1, 5], 100)
    await until(cluster, MEND_MS)
    cluster.step(STEP.mend)
    await until(cluster, MEND_MS + 60_000)
    send(cluster, 'shop', 7)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
