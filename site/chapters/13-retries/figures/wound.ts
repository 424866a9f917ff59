/** How chapter 13 begins: five drinks, of which the billing cannot bill one, and an order that comes a minute later. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, failsForCocoa, open, startBilling } from '../open.ts'

const STEP = {
  sell: 'The shop sells five drinks; order-3 is a cocoa, and the price list has none',
  minute: 'A minute later: order-7',
  on: 'Nobody looks into the log of the billing',
} as const

export const figure: FigureSource = {
  title: 'No price for cocoa',
  question: 'What becomes of an order that the billing cannot bill, and of those behind it?',
  summary: 'Four of five drinks are billed at once; the cocoa is handed to the billing again and again, ever later.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    wound: {
      title: 'The first minute. Watch order-3, and the ledger',
      from: STEP.sell,
      to: STEP.on,
      view: 'lanes',
      shows: {
        lane: 'order',
        scale: 'log',
        group: 'billing',
        firstMs: 100,
        lanes: 'order-1,order-2,order-3,order-4,order-5',
      },
      tells: ['message.consumed'],
    },
  },
  seed: 2,
  lengthMs: 66_000,
  run: async (cluster) => {
    await open(cluster, failsForCocoa())
    startBilling(cluster)
    await until(cluster, 2_000)
    cluster.step(STEP.sell)
    await sendMany(cluster, 'shop', [1, 5], 100)
    await until(cluster, 62_000)
    cluster.step(STEP.minute)
    send(cluster, 'shop', 7)
    await until(cluster, 65_000)
    cluster.step(STEP.on)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
