/** The broker's clock is set back by a minute while two reminders wait; two more are sent a second later. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { BROKER, CAST_OF_HOURS, open, remind, remindInTwo, TOLD_OF_HOURS } from '../open.ts'

const STEP = {
  sell: 'Two reminders of ten seconds: order-1 by a level, order-2 in the wheel',
  back: 'The clock of the broker is set back by a minute',
  more: 'The same two again, by the new clock',
} as const
const TEN_S = 10_000

export const figure: FigureSource = {
  title: 'A clock set back',
  question: 'What is ten seconds, when the clock is set back by a minute in the middle?',
  summary: 'The reminder of the level still comes after ten seconds; the one in the wheel comes a minute late.',
  topic: 'Orders',
  cast: CAST_OF_HOURS,
  passages: {
    back: {
      title: 'Two reminders of ten seconds wait when the clock is set back; two more follow',
      from: STEP.sell,
      view: 'lanes',
      shows: {
        lane: 'order',
        group: 'billing',
        lanes: 'order-1,order-2,order-3,order-4',
        names: 'order-1=level,order-2=wheel,order-3=level,order-4=wheel',
        wishes: 'order-1=10000,order-2=10000,order-3=10000,order-4=10000',
        late: 1_100,
      },
      tells: ['message.sent', 'fault.began', 'message.consumed'],
    },
  },
  seed: 2,
  lengthMs: 80_000,
  records: TOLD_OF_HOURS!,
  run: async (cluster) => {
    await open(cluster)
    await until(cluster, 4_000)
    cluster.step(STEP.sell)
    void remind(cluster, 'order-1', { delayLevel: 3 })
    await cluster.sleep(200)
    void remind(cluster, 'order-2', { delayTimeMs: TEN_S })
    await until(cluster, 8_000)
    cluster.step(STEP.back)
    void cluster.inject({ kind: 'clock', node: BROKER, skewMs: -60_000 }).catch(() => {})
    await until(cluster, 9_000)
    cluster.step(STEP.more)
    void remind(cluster, 'order-3', { delayLevel: 3 })
    await cluster.sleep(200)
    void remind(cluster, 'order-4', { delayTimeMs: TEN_S })
  },
  send: remindInTwo,
}
