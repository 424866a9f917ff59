/**
 * The runs that failed, for people to look at: each as a link into the book (`schema/run-link.ts`), or as a file where the
 * learner's code is too long for a link.
 */
import { labById } from '../find.ts'
import type { Schedule } from '../judge/schedule.ts'
import { answerFiles } from '../runtime/lab-files.ts'
import type { Assignment } from './schema/assignment.ts'
import type { CheckResult, GradedSubmission, SeedResult } from './schema/result.ts'
import { type RunOfCheck, runFragment, runOfCheck, runText } from './schema/run-link.ts'
import { type Submission, submittedFiles } from './schema/submission.ts'

/** A run that did not pass, and where it can be opened. */
export interface FailingRun {
  readonly learner: string
  readonly check: CheckResult
  readonly seed: SeedResult
  /** A link; '' when the assignment does not say where the book is, or the code is too long for one. */
  readonly url: string
  /** The file's name and its text, for "Open the file of a run" on the lab's page. */
  readonly name: string
  readonly text: string
}

/** For each check of each hand-in the first run that failed, in that order: the shortest of its kind, where one was found. */
export function failingRuns(
  assignment: Assignment,
  graded: readonly GradedSubmission[],
  submissions: readonly { readonly learner: string; readonly submission: Submission }[],
): readonly FailingRun[] {
  return graded.flatMap((one) => {
    const handIn = submissions.find(
      ({ learner, submission }) => learner === one.learner && submission.lab.id === one.lab.id,
    )
    if (handIn === undefined) return []
    return one.checks.flatMap((check) => {
      const seed = check.seeds.find(({ verdict }) => verdict === 'failed')
      if (seed === undefined) return []
      const run = runOfSeed(one, check.id, seed.seed, handIn.submission, seed.short)
      if (run === undefined) return []
      const name = `${one.learner}.${one.lab.id}.${check.id}.${seed.name}.glassmq.json`
      return [{ learner: one.learner, check, seed, url: runUrl(assignment, run), name, text: runText(run) }]
    })
  })
}

/** The run of a hand-in on a seed, or the part of it that `schedule` leaves; undefined when this version does not have the lab. */
export function runOfSeed(
  { lab }: Pick<GradedSubmission, 'lab'>,
  check: string,
  seed: string,
  submission: Submission,
  schedule?: Schedule,
): RunOfCheck | undefined {
  const found = labById(lab.id)
  if (found === undefined) return undefined
  return runOfCheck(found, check, seed, submittedFiles(submission), answerFiles(found, 'starter'), schedule)
}

/** The link to a run in the book of an assignment; '' when there is none. */
export function runUrl({ book }: Pick<Assignment, 'book'>, run: RunOfCheck): string {
  const fragment = runFragment(run)
  return book === undefined || fragment === undefined ? '' : `${book}labs/${run.lab}/${fragment}`
}
