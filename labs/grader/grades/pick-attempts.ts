/**
 * Which of several hand-ins of a learner gives the grade: the newest, or the one that is worth most after lateness. What the
 * others came to is reported too (`attempts.csv`). A hand-in that could not be judged is worth nothing here and is named, so
 * that a human decides.
 */
import Papa from 'papaparse'
import type { TakenIn } from '../intake/intake.ts'
import type { Assignment } from '../schema/assignment.ts'
import { type GradedSubmission, pointsText } from '../schema/result.ts'
import { type Decisions, lateness } from './final-grades.ts'

/** A hand-in, what it came to, and whether it gives the grade. */
export interface Attempt {
  readonly taken: TakenIn
  readonly graded: GradedSubmission
  /** What lateness leaves of its points, in per cent. */
  readonly percent: number
  readonly counts: boolean
}

/** All hand-ins in the order of `submissions`; one of each learner and lab counts. `graded` has the same order. */
export function pickAttempts(
  assignment: Assignment,
  submissions: readonly TakenIn[],
  graded: readonly GradedSubmission[],
  decisions: Decisions,
): readonly Attempt[] {
  const all = submissions.map((taken, i) => {
    const { learner, modifiedMs } = taken
    const atMs = decisions.submitted.get(learner) ?? modifiedMs
    const submitted = new Map(atMs === undefined ? [] : [[learner, atMs]])
    const { percent } = lateness(assignment, learner, true, { ...decisions, submitted })
    return { taken, graded: graded[i]!, percent }
  })
  const worth = (one: (typeof all)[number]) => (one.graded.score ?? -1) * one.percent
  return all.map((one) => {
    const rivals = all.filter(
      ({ taken }) => taken.learner === one.taken.learner && taken.submission.lab.id === one.taken.submission.lab.id,
    )
    const isBeaten = rivals.some((other) => {
      if (assignment.pick !== 'best' || worth(other) === worth(one)) return other.taken.attempt > one.taken.attempt
      return worth(other) > worth(one)
    })
    const unjudged = rivals.filter((other) => other !== one && other.graded.score === null)
    const flags = isBeaten || rivals.length === 1 ? [] : [pickedWords(assignment, one.taken.attempt, rivals.length)]
    for (const { taken } of unjudged) flags.push(`${taken.path} could not be judged, and may be worth more`)
    return { ...one, counts: !isBeaten, graded: { ...one.graded, flags: [...one.graded.flags, ...flags] } }
  })
}

function pickedWords({ pick }: Assignment, attempt: number, of: number): string {
  return `${of} hand-ins were graded; the ${pick === 'best' ? 'best' : 'newest'}, number ${attempt}, counts`
}

/** The table: a line for each hand-in that was graded. */
export function attemptsCsv(attempts: readonly Attempt[]): string {
  const rows = attempts.map(({ taken, graded, percent, counts }) => ({
    id: taken.learner,
    lab: taken.submission.lab.id,
    attempt: taken.attempt,
    file: `${/^[=+\-@]/.test(taken.path) ? "'" : ''}${taken.path}`,
    score: pointsText(graded.score),
    max: pointsText(graded.max),
    percent,
    counts: counts ? 'yes' : '',
  }))
  return `${Papa.unparse(rows, { newline: '\n' })}\n`
}
