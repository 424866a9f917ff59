/**
 * Chapter 13's wound: an order that the billing cannot bill, from its first delivery to its last. Five virtual hours, of which
 * only the kinds that tell of it are recorded.
 */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { CAST_OF_HOURS, FIVE_HOURS_MS, failsForCocoa, open, startBilling, TOLD_OF_HOURS } from '../open.ts'

const STEP = {
  sell: 'The shop sells five drinks; order-3 is a cocoa, and the price list has none',
} as const

/** When the later orders are sold. */
const LATER_MS = { minute: 62_000, hour: 3_602_000, evening: 18_900_000 } as const

export const figure: FigureSource = {
  title: 'One bad price',
  question: 'What becomes of an order that nobody can bill?',
  summary:
    'All other orders are billed at once; the cocoa is handed to the billing 17 times in 4 hours and 46 minutes, and then never again.',
  topic: TOPIC,
  cast: CAST_OF_HOURS,
  passages: {
    delays: {
      title: 'All deliveries of order-3: each cross is one in vain; time is logarithmic',
      from: STEP.sell,
      view: 'lanes',
      opens: 'end',
      shows: {
        lane: 'order',
        scale: 'log',
        group: 'billing',
        firstMs: 1_000,
        keys: 'order-1,order-2,order-3,order-4,order-5',
      },
      tells: ['message.sent', 'message.dead'],
    },
    copies: {
      title: 'Each square is a record of order-3 in the log, in the lane of its topic',
      from: STEP.sell,
      view: 'lanes',
      shows: {
        lane: 'order',
        scale: 'log',
        group: 'billing',
        firstMs: 1_000,
        keys: 'order-3',
        copies: 'order-3',
        topics: 'Orders,SCHEDULE_TOPIC_XXXX,%RETRY%billing,%DLQ%billing',
      },
      tells: ['message.sent', 'message.dead'],
    },
    silence: {
      title: 'All of it, hours to scale: seventeen deliveries, and then none',
      from: STEP.sell,
      view: 'lanes',
      shows: { lane: 'order', group: 'billing', keys: 'order-3,order-7,order-8,order-10' },
      tells: ['message.sent', 'message.dead'],
    },
  },
  seed: 2,
  lengthMs: FIVE_HOURS_MS,
  records: TOLD_OF_HOURS!,
  run: async (cluster) => {
    await open(cluster, failsForCocoa())
    startBilling(cluster)
    await until(cluster, 2_000)
    cluster.step(STEP.sell)
    await sendMany(cluster, 'shop', [1, 5], 100)
    await until(cluster, LATER_MS.minute)
    send(cluster, 'shop', 7)
    await until(cluster, LATER_MS.hour)
    send(cluster, 'shop', 8)
    await until(cluster, LATER_MS.evening)
    send(cluster, 'shop', 10)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
