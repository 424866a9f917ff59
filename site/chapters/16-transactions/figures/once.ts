/** The night of `again.ts` with the broker of this book: it looks into its log for outcomes when it starts, and commits once. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { figure as again } from './again.ts'

const { instead: _, passages, ...night } = again

export const figure: FigureSource = {
  ...night,
  title: 'Committed once',
  question: 'What does the log know that the op queue does not?',
  summary:
    'The same broker dies at the same moment; when it starts it finds the outcome of order-1 in its log, and asks nobody.',
  passages: {
    once: {
      ...passages['again']!,
      title: 'The same night; the broker reads its log when it starts',
      tells: ['transaction.ended', 'message.consumed', 'node.stopped', 'node.started', 'transaction.noted'],
    },
  },
}
