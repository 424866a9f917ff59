/** The customer of order-2 pays: the shop takes its reminder back. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, CAST, open, remind, remindInTwo, TOLD_OF_HOURS } from '../open.ts'

const STEP = {
  sell: 'Three reminders are wanted at 11 s',
  paid: 'order-2 is paid: the shop takes its reminder back',
} as const

export const figure: FigureSource = {
  title: 'Taken back',
  question: 'How is a message removed from a log that is only appended to?',
  summary:
    'A recall is a fourth message in the same slot. When the slot is due, two reminders are delivered, and one is dropped.',
  topic: 'Orders',
  cast: CAST,
  passages: {
    recalled: {
      title: 'Three reminders in one slot, and then a fourth entry that names order-2',
      from: STEP.sell,
      view: 'lanes',
      cast: [BROKER],
      shows: { lane: 'wheel', slots: '4-13', entries: 6 },
      tells: ['timer.placed', 'message.due', 'message.recalled', 'script.step'],
    },
  },
  seed: 2,
  lengthMs: 14_000,
  records: TOLD_OF_HOURS!,
  run: async (cluster) => {
    await open(cluster, ['recallMessageEnable=true'])
    await until(cluster, 4_000)
    cluster.step(STEP.sell)
    let handle = ''
    for (const [i, atMs] of [10_300, 10_600, 10_900].entries()) {
      void remind(cluster, `order-${i + 1}`, { atMs }).then(({ recallHandle = '' }) => {
        if (i === 1) handle = recallHandle
      })
      await cluster.sleep(400)
    }
    await until(cluster, 7_000)
    cluster.step(STEP.paid)
    void cluster.call('shop', 'recall', JSON.stringify({ topic: TOPIC, recallHandle: handle })).catch(() => {})
  },
  send: remindInTwo,
}
