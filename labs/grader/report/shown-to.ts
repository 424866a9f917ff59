/**
 * What of a check's hidden runs a learner may see, and when: the assignment says it in Gradescope's words, and whoever writes
 * the pages says how far things are (`--publish`).
 *
 * | `visibility`      | before the due date | after it | published |
 * | ----------------- | ------------------- | -------- | --------- |
 * | `visible`         | yes                 | yes      | yes       |
 * | `after_due_date`  | no                  | yes      | yes       |
 * | `after_published` | no                  | no       | yes       |
 * | `hidden`          | no                  | no       | no        |
 */
import type { AssignedCheck } from '../schema/assignment.ts'

/** How far things are. */
export const PUBLISH = ['before-due', 'after-due', 'published'] as const
export type Publish = (typeof PUBLISH)[number]

/** What a learner is shown of a check. */
export interface Shown {
  /** How many hidden runs passed, and so the points. */
  readonly hidden: boolean
  /** What happened in a run, in a sentence: of public runs, of hidden ones. */
  readonly publicWords: boolean
  readonly hiddenWords: boolean
  /** Links to the runs that are told. */
  readonly runs: boolean
}

export function shownOf(
  { visibility, feedback }: Pick<AssignedCheck, 'visibility' | 'feedback'>,
  publish: Publish,
): Shown {
  const hidden =
    visibility === 'visible' ||
    (visibility === 'after_due_date' && publish !== 'before-due') ||
    (visibility === 'after_published' && publish === 'published')
  return {
    hidden,
    publicWords: feedback !== 'verdict',
    // a hidden run is told when nobody can use it any more
    hiddenWords: hidden && feedback !== 'verdict' && publish === 'published',
    runs: feedback === 'run',
  }
}
