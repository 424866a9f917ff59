/** Both designs across a crash: the broker is killed a moment after it has delivered, and is away when others fall due. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { BROKER, CAST, open, remind, remindInTwo, type When } from '../open.ts'

const STEP = {
  sell: 'Three reminders of level 2, five seconds; two with a time of their own',
  dark: 'The broker is killed, 200 ms after it has delivered order-2',
  light: 'The broker starts again',
} as const

const LEVEL: When = { delayLevel: 2 }
/** What the shop sends, and when. */
const SENDS: readonly (readonly [number, string, When])[] = [
  [15_000, 'order-1', LEVEL],
  [17_200, 'order-2', LEVEL],
  [17_400, 'order-4', { atMs: 21_500 }],
  [17_600, 'order-5', { atMs: 25_300 }],
  [20_000, 'order-3', LEVEL],
]

export const figure: FigureSource = {
  title: 'A crash in the middle',
  question: 'What does a broker do with delays that ended while it was away?',
  summary:
    'A broker is killed a moment after two deliveries. When it starts again it delivers both a second time, and the others late.',
  topic: 'Orders',
  cast: CAST,
  passages: {
    again: {
      title: 'The broker is away for six seconds. Which reminders come twice, which late?',
      from: STEP.sell,
      view: 'lanes',
      shows: {
        lane: 'order',
        group: 'billing',
        lanes: 'order-1,order-2,order-3,order-4,order-5',
        names: 'order-1=level,order-2=level,order-3=level,order-4=wheel,order-5=wheel',
        late: 1_000,
      },
      tells: ['message.due', 'node.stopped', 'node.started'],
    },
  },
  seed: 2,
  lengthMs: 34_000,
  run: async (cluster) => {
    await open(cluster)
    await until(cluster, 14_800)
    cluster.step(STEP.sell)
    for (const [atMs, key, when] of SENDS) {
      await until(cluster, atMs)
      void remind(cluster, key, when)
    }
    await until(cluster, 22_400)
    cluster.step(STEP.dark)
    void cluster.kill(BROKER).catch(() => {})
    await until(cluster, 28_500)
    cluster.step(STEP.light)
    void cluster.restart(BROKER).catch(() => {})
  },
  send: remindInTwo,
}
