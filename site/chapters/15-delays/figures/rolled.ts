/** A reminder that is further away than the window of the wheel: it is entered again and again. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { CAST_OF_HOURS, open, remind, remindInTwo, TOLD_OF_HOURS } from '../open.ts'

const STEP = { sell: 'The window of this wheel is 60 slots; order-1 is wanted in 200 seconds' } as const

export const figure: FigureSource = {
  title: 'Further than the window',
  question: 'Where does a message wait whose slot the wheel does not have?',
  summary:
    'A reminder of 200 seconds is entered four times in a wheel whose window is a minute, and comes at its time.',
  topic: 'Orders',
  cast: CAST_OF_HOURS,
  passages: {
    rolled: {
      title: 'Each square is a record of order-1 in the log, in the lane of its topic',
      from: STEP.sell,
      view: 'lanes',
      shows: {
        lane: 'order',
        group: 'billing',
        keys: 'order-1',
        names: 'order-1=200 s',
        copies: 'order-1',
        topics: 'rmq_sys_wheel_timer,Orders',
        late: 1_000,
      },
      tells: ['timer.placed', 'timer.rolled', 'message.due', 'message.consumed'],
    },
  },
  seed: 2,
  lengthMs: 215_000,
  records: TOLD_OF_HOURS!,
  run: async (cluster) => {
    await open(cluster, ['timerRollWindowSlot=60'])
    await until(cluster, 4_300)
    cluster.step(STEP.sell)
    void remind(cluster, 'order-1', { delayTimeMs: 200_000 })
  },
  send: remindInTwo,
}
