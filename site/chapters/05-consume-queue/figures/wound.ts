/** How chapter 5 begins: the same day with a broker that takes its queues for a store of their own. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { BROKER, CAST, DAY, day, sell } from '../day.ts'

export const figure: FigureSource = {
  title: 'All in the log, and nowhere to be found',
  question: 'What are six orders worth that lie in a log and in no queue?',
  summary:
    'The same orders and clicks. This broker does not look into its log for what its queues lack, and six orders are never billed.',
  topic: 'Orders',
  cast: CAST,
  instead: [
    {
      replaces: 'reference/store/offer-to-queues.ts',
      by: 'site/chapters/05-consume-queue/naive/offer-to-queues.ts',
      says: 'a start believes the files of the queues, and does not compare them with the log.',
    },
  ],
  passages: {
    wound: {
      title: 'Six orders, a stop, a tidy-up, a start. Watch the ledger',
      from: DAY.stop,
      view: 'log',
      cast: [BROKER, 'shop', 'billing'],
      tells: ['node.stopped', 'disk.removed', 'node.started', 'message.sent', 'message.consumed'],
    },
  },
  seed: 5,
  lengthMs: 13_000,
  run: day,
  send: sell,
}
