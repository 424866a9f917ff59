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
import { type HandInTimes, isFileOf } from './instructor-tables.ts'

/** A hand-in, what it came to, and whether it gives the grade. */
export interface Attempt {
  readonly taken: TakenIn
  readonly graded: GradedSubmission
  /** What lateness leaves of its points, in per cent. */
  readonly percent: number
  readonly counts: boolean
  /** When it came, ms since 1970; undefined when nothing says so. */
  readonly atMs: number | undefined
  /** Which of several hand-ins this is, in words; '' for an only one, and for one that does not count. */
  readonly note: string
  /** For the instructor: one time was given for several hand-ins; '' otherwise. */
  readonly timeFlag: string
  /** Whether the time is the file's date on this disk, because no table says it. */
  readonly isFileDate: boolean
}

/**
 * All hand-ins in the order of `submissions`; one of each learner and lab counts. `graded` has the same order. The time of a
 * hand-in is that of its own line in the table of times, else that of its learner, else the date of the file.
 */
export function pickAttempts(
  assignment: Assignment,
  submissions: readonly TakenIn[],
  graded: readonly GradedSubmission[],
  decisions: Omit<Decisions, 'submitted'>,
  times: HandInTimes,
): readonly Attempt[] {
  const all = submissions.map((taken, i) => {
    const { learner, modifiedMs, path } = taken
    const ofFile = times.byFile.find(({ id, file }) => id === learner && isFileOf(path, file))?.atMs
    const said = ofFile ?? times.byLearner.get(learner)
    const atMs = said ?? modifiedMs
    const isFileDate = said === undefined && atMs !== undefined
    const submitted = new Map(atMs === undefined ? [] : [[learner, atMs]])
    const { percent } = lateness(assignment, learner, true, { ...decisions, submitted })
    return {
      taken,
      graded: graded[i]!,
      percent,
      atMs,
      isFileDate,
      isShared: ofFile === undefined && said !== undefined,
    }
  })
  const worth = (one: Pick<Attempt, 'graded' | 'percent'>) => (one.graded.score ?? -1) * one.percent
  return all.map(({ isShared, ...one }) => {
    const rivals = all.filter(
      ({ taken }) => taken.learner === one.taken.learner && taken.submission.lab.id === one.taken.submission.lab.id,
    )
    const isBeaten = rivals.some((other) => {
      if (assignment.pick !== 'best' || worth(other) === worth(one)) return other.taken.attempt > one.taken.attempt
      return worth(other) > worth(one)
    })
    const unjudged = rivals.filter((other) => other.taken !== one.taken && other.graded.score === null)
    const note = isBeaten || rivals.length === 1 ? '' : pickedWords(assignment, one.taken.attempt, rivals.length)
    const flags: string[] = []
    // a platform tells the time of the newest hand-in
    const hasOthers = rivals.length > 1 || one.taken.attempt < (one.taken.handIns ?? 1)
    const hasOneTime = assignment.due !== undefined && isShared && hasOthers && !isBeaten
    const timeFlag = hasOneTime
      ? `${one.taken.handIns ?? rivals.length} hand-ins and one time only, which was taken for each of them: give a line for each file in --timestamps, with a column "file"`
      : ''
    for (const { taken } of unjudged) flags.push(`${taken.path} could not be judged, and may be worth more`)
    return {
      ...one,
      note,
      timeFlag,
      counts: !isBeaten,
      graded: { ...one.graded, flags: [...one.graded.flags, ...flags] },
    }
  })
}

function pickedWords({ pick }: Assignment, attempt: number, of: number): string {
  return `${of} hand-ins were graded; the ${pick === 'best' ? 'best' : 'newest'}, number ${attempt}, counts`
}

/** The table: a line for each hand-in that was graded. */
export function attemptsCsv(attempts: readonly Attempt[]): string {
  const rows = attempts.map(({ taken, graded, percent, counts, atMs }) => ({
    id: taken.learner,
    lab: taken.submission.lab.id,
    attempt: taken.attempt,
    file: `${/^[=+\-@]/.test(taken.path) ? "'" : ''}${taken.path}`,
    score: pointsText(graded.score),
    max: pointsText(graded.max),
    percent,
    counts: counts ? 'yes' : '',
    submitted: atMs === undefined ? '' : new Date(atMs).toISOString(),
  }))
  return `${Papa.unparse(rows, { newline: '\n' })}\n`
}
