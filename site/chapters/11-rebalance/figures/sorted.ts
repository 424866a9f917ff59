/** The same two brokers, and members that sort. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { STEP, two } from '../two-brokers.ts'

export const figure: FigureSource = {
  ...two,
  seed: 3,
  title: 'Sorted',
  question: 'What does sorting change?',
  summary:
    'The same run with members that sort the list: each queue has one owner again as soon as both brokers know both members.',
  passages: {
    sorted: {
      title: 'The same hours, with members that sort',
      from: STEP.sell,
      view: 'owners',
      tells: ['queue.released', 'queue.assigned'],
    },
  },
}
