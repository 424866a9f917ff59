/** The naive design: all delays in one queue, which is read from its front. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { CAST_OF_HOURS, MINUTE_MS, open, remind, TOLD_OF_HOURS } from '../open.ts'

const STEP = { sell: 'Three reminders: half an hour, a second, ten minutes' } as const

export const figure: FigureSource = {
  title: 'One queue for all delays',
  question: 'When comes a reminder of a second that lies behind one of half an hour?',
  summary: 'Three reminders wait in one queue, and all three come after half an hour.',
  topic: 'Orders',
  cast: CAST_OF_HOURS,
  instead: [
    {
      replaces: 'reference/broker/schedule/level-queue.ts',
      by: 'site/chapters/15-delays/naive/level-queue.ts',
      says: 'all delayed messages wait in one queue, in the order in which they came.',
    },
    {
      replaces: 'reference/broker/schedule/level-clock.ts',
      by: 'site/chapters/15-delays/naive/level-clock.ts',
      says: 'the first message of the queue is looked at; its own delay says when it is due.',
    },
  ],
  passages: {
    single: {
      title: 'Three reminders in one queue; time is logarithmic. When does order-2 come?',
      from: STEP.sell,
      view: 'lanes',
      shows: {
        lane: 'order',
        group: 'billing',
        scale: 'log',
        firstMs: 100,
        lanes: 'order-1,order-2,order-3',
        names: 'order-1=30 min,order-2=1 s,order-3=10 min',
        late: 500,
      },
      tells: ['message.sent', 'message.due', 'message.consumed'],
    },
  },
  seed: 2,
  lengthMs: 2_000 + 31 * MINUTE_MS,
  records: TOLD_OF_HOURS!,
  run: async (cluster) => {
    await open(cluster)
    await until(cluster, 2_000)
    cluster.step(STEP.sell)
    void remind(cluster, 'order-1', { delayLevel: 16 })
    await cluster.sleep(100)
    void remind(cluster, 'order-2', { delayLevel: 1 })
    await cluster.sleep(100)
    void remind(cluster, 'order-3', { delayLevel: 14 })
  },
  send: (cluster, key) => void remind(cluster, key, { delayLevel: 1 }),
}
