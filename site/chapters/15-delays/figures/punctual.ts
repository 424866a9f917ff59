/** How late the wheel is: five reminders that are wanted at different parts of a second. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { CAST, open, remind, remindInTwo, TOLD_OF_HOURS } from '../open.ts'

const STEP = { sell: 'Five reminders, each wanted two seconds later, and the last one at 8 s sharp' } as const

export const figure: FigureSource = {
  title: 'At most a tick',
  question: 'How far from its time can a reminder come?',
  summary: 'Five reminders come between 0 and 0.9 seconds after the time that was asked for, and none before it.',
  topic: 'Orders',
  cast: CAST,
  passages: {
    punctual: {
      title: 'Hollow: the time that was asked for. Solid: when it came',
      from: STEP.sell,
      view: 'lanes',
      shows: { lane: 'order', group: 'billing', lanes: 'order-1,order-2,order-3,order-4,order-5', late: 20 },
      tells: ['message.sent', 'message.consumed'],
    },
  },
  tasks: {
    latest: {
      goal: 'Send a reminder of your own (it asks for two seconds) that comes more than 980 ms after its time.',
      pane: 'punctual',
      when: "last('message.due').atMs - last('message.delayed').atMs > 2980",
      shows: {
        ask: "last('message.due').atMs - last('message.delayed').atMs - 2000",
        unit: 'ms late, the last reminder',
      },
      proof: [{ does: 'send', on: 'order-6', atMs: 9_000 }],
    },
  },
  seed: 2,
  lengthMs: 12_000,
  records: TOLD_OF_HOURS!,
  run: async (cluster) => {
    await open(cluster)
    await until(cluster, 4_000)
    cluster.step(STEP.sell)
    for (const [i, partMs] of [100, 350, 600, 850].entries()) {
      await until(cluster, 4_000 + partMs)
      void remind(cluster, `order-${i + 1}`, { delayTimeMs: 2_000 })
    }
    await until(cluster, 5_500)
    void remind(cluster, 'order-5', { atMs: 8_000 })
  },
  send: remindInTwo,
}
