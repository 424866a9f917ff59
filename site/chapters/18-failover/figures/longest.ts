/** The same night with a controller that elects the longest log. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { darkPassage, figure as set } from './set.ts'

export const figure: FigureSource = {
  ...set,
  title: 'The longest log wins',
  question: 'Is the replica with the most bytes the best master?',
  summary:
    'A controller that elects the longest log elects a replica with records that were never answered; the orders that were answered since are cut away.',
  instead: [
    {
      replaces: 'reference/controller/elect-policy.ts',
      by: 'site/chapters/18-failover/naive/elect-policy.ts',
      says: 'The controller elects the replica with the longest log, whether it is in the in-sync set or not.',
    },
  ],
  passages: { longest: darkPassage('A controller that elects the longest log. Watch the three of b') },
}
