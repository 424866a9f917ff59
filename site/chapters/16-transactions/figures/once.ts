/** The night of `again.ts` with the broker of this book: it looks into its log for outcomes when it starts, and commits once. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { figure as again } from './again.ts'

const { instead: _, passages, ...night } = again

export const figure: FigureSource = {
  ...night,
  title: 'Committed once',
  question: 'What does this broker know when it starts?',
  summary:
    'The broker dies at the same moment; when it starts, it knows that order-1 has been committed, and asks nobody.',
  passages: {
    once: {
      ...passages['again']!,
      title: 'The same night with the broker of this book',
      tells: ['transaction.ended', 'message.consumed', 'node.stopped', 'node.started', 'transaction.noted'],
    },
  },
}
