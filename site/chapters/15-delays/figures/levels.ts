/** One queue a level: the three reminders of `single.ts`, and two more behind them, in RocketMQ's own design. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { CAST_OF_HOURS, MINUTE_MS, open, remind, TOLD_OF_HOURS } from '../open.ts'

const STEP = { sell: 'The same three reminders, and two more' } as const
const COMMON = { lane: 'order', group: 'billing', scale: 'log', firstMs: 100 } as const

export const figure: FigureSource = {
  title: 'A queue for each delay',
  question: 'Why is it enough to look at the front of a queue?',
  summary: 'Five reminders wait in the queues of three levels, and each comes when its delay is over.',
  topic: 'Orders',
  cast: CAST_OF_HOURS,
  passages: {
    levels: {
      title: 'Five reminders, three levels; hollow: due, solid: delivered',
      from: STEP.sell,
      view: 'lanes',
      shows: {
        ...COMMON,
        lanes: 'order-1,order-2,order-3,order-4,order-5',
        names: 'order-1=30 min,order-2=1 s,order-3=10 min,order-4=1 s,order-5=30 min',
        late: 500,
      },
      tells: ['message.consumed'],
    },
    copies: {
      title: 'order-3 on its way: each square is a record in the log, in the lane of its topic',
      from: STEP.sell,
      view: 'lanes',
      shows: {
        ...COMMON,
        keys: 'order-3',
        names: 'order-3=10 min',
        copies: 'order-3',
        topics: 'SCHEDULE_TOPIC_XXXX,Orders',
      },
      tells: ['message.delayed', 'message.due'],
    },
  },
  seed: 2,
  lengthMs: 2_000 + 31 * MINUTE_MS,
  records: TOLD_OF_HOURS!,
  run: async (cluster) => {
    await open(cluster)
    await until(cluster, 2_000)
    cluster.step(STEP.sell)
    for (const [i, delayLevel] of [16, 1, 14, 1, 16].entries()) {
      void remind(cluster, `order-${i + 1}`, { delayLevel })
      await cluster.sleep(100)
    }
  },
  send: (cluster, key) => void remind(cluster, key, { delayLevel: 1 }),
}
