/**
 * The run of `half.ts`, seen without the queues in which a broker holds messages: the page has not yet said how it does so.
 */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { BROKER, PLAIN } from '../database.ts'
import { STEP, figure as whole } from './half.ts'

export const figure: FigureSource = {
  ...whole,
  title: 'Held, saved, let go',
  question: 'How long does a broker hold an order, and whom does it ask?',
  summary:
    'An order is held, saved and let go; another one is saved by a shop that dies, and another process of the shop is asked.',
  cast: PLAIN,
  passages: {
    said: {
      title: 'order-1: held back, saved, let go',
      from: STEP.sell,
      to: STEP.refused,
      view: 'stage',
      cast: [BROKER, 'shop-1', 'billing'],
      tells: [
        'message.sending',
        'transaction.prepared',
        'message.sent',
        'app.handed',
        'transaction.executed',
        'transaction.ended',
        'message.consumed',
      ],
    },
    asked: {
      title: 'order-3: shop-1 cannot say any more how it ended',
      from: STEP.dies,
      to: STEP.quiet,
      view: 'stage',
      cast: [BROKER, 'shop-1', 'shop-2', 'billing'],
      tells: [
        'app.handed',
        'node.stopped',
        'transaction.checked',
        'transaction.answered',
        'transaction.ended',
        'message.consumed',
      ],
    },
  },
  tasks: {
    late: {
      goal: 'Make database and billing agree on order-3, but later than 60 seconds after it was saved.',
      pane: 'asked',
      when: "first('message.consumed', { key: 'order-3' }).atMs - first('transaction.prepared', { key: 'order-3' }).atMs > 60000",
      proof: [
        { does: 'kill', on: 'shop-2', atMs: 12_000 },
        { does: 'restart', on: 'shop-2', atMs: 61_000 },
      ],
    },
  },
}
