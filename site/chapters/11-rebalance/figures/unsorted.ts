/** The naive design: each member takes the list in the order in which a broker sends it. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { STEP, two } from '../two-brokers.ts'

export const figure: FigureSource = {
  ...two,
  title: 'In the order of the answer',
  question: 'What if a member took the list as it is sent?',
  summary: 'The two brokers list the same two members in different orders, and the members believe different lists.',
  instead: [
    {
      replaces: 'reference/client/consumer/rebalance/share.ts',
      by: 'site/chapters/11-rebalance/naive/share.ts',
      says: 'A member does not sort the list that a broker sends it.',
    },
  ],
  seed: 3,
  passages: {
    unsorted: {
      title: 'A lane with two fills is billed twice; a hole is not billed',
      from: STEP.sell,
      to: STEP.later,
      view: 'owners',
      tells: ['queue.assigned'],
    },
  },
}
