/** The day of chapter 5 with the broker of this book: queues that are gone grow again from the log. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { BROKER, CAST, DAY, day, sell } from '../day.ts'

export const figure: FigureSource = {
  title: 'Orders, clicks, and queues that grow again',
  question: 'What is a queue, if it can be removed and comes back?',
  summary:
    'A broker keeps six orders among six clicks. Its queues are removed while it is stopped; at its start it makes them again from the log.',
  topic: 'Orders',
  cast: CAST,
  passages: {
    entries: {
      title: 'One log; three queues whose cells lead into it',
      from: DAY.open,
      to: DAY.stop,
      view: 'log',
      cast: [BROKER],
      tells: ['entry.dispatched'],
    },
    entry: {
      title: 'The cell of order-4: twenty bytes',
      from: DAY.four,
      to: DAY.stop,
      view: 'bytes',
      cast: [BROKER],
      tells: ['record.appended', 'entry.dispatched'],
      shows: { event: 'entry order-4' },
    },
    grow: {
      title: 'The queues go, the broker starts, and the cells are there again',
      from: DAY.stop,
      view: 'log',
      cast: [BROKER, 'billing'],
      tells: ['node.stopped', 'disk.removed', 'log.recovered', 'entry.dispatched', 'message.consumed'],
    },
  },
  seed: 5,
  lengthMs: 13_000,
  run: day,
  send: sell,
}
