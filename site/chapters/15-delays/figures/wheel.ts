/** Five reminders with times of their own, in the timer wheel and on its disk. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { BROKER, CAST, open, remind, remindInTwo } from '../open.ts'

const STEP = {
  sell: 'Five reminders, each with a time of its own',
  wait: 'All five are in the wheel',
} as const

/** When each reminder is wanted, in ms of the run, in the order in which they are sent. */
const WANTED_MS = [9_400, 7_500, 9_800, 13_200, 9_100]

export const figure: FigureSource = {
  title: 'A slot for each second',
  question: 'How does a broker find what is due, without looking at everything that waits?',
  summary: 'Five reminders lie in three slots; three of them form one chain, and are delivered together.',
  topic: 'Orders',
  cast: CAST,
  passages: {
    wheel: {
      title: 'Five reminders, three slots. Which entry does a slot know?',
      from: STEP.sell,
      view: 'lanes',
      cast: [BROKER],
      shows: { lane: 'wheel', slots: '4-15', entries: 6 },
      tells: ['timer.placed', 'message.due'],
    },
    entry: {
      title: 'The entry of order-5, byte by byte: prevPos is the entry of order-3',
      from: STEP.wait,
      view: 'bytes',
      cast: [BROKER],
      shows: { event: 'timer order-5' },
      tells: ['message.due'],
    },
  },
  seed: 2,
  lengthMs: 16_000,
  run: async (cluster) => {
    await open(cluster)
    await until(cluster, 4_000)
    cluster.step(STEP.sell)
    for (const [i, atMs] of WANTED_MS.entries()) {
      void remind(cluster, `order-${i + 1}`, { atMs })
      await cluster.sleep(400)
    }
    await until(cluster, 7_200)
    cluster.step(STEP.wait)
  },
  send: remindInTwo,
}
