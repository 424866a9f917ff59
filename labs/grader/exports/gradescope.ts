/**
 * A learner's result as Gradescope's `results.json`.
 *
 * Facts of Gradescope (its autograder documentation): a top `score` overrides the sum; `status` of a test is `passed` or
 * `failed`; if any test is hidden, learners do not see their total. Of hidden runs only the number that passed is written. A
 * hand-in that could not be judged has no file: Gradescope then shows an error to the staff instead of a zero.
 */
import type { FinalGrade } from '../grades/final-grades.ts'
import type { AssignedCheck } from '../schema/assignment.ts'
import type { GradedSubmission } from '../schema/result.ts'
import { checkWords } from './check-words.ts'

/** The text of the file; undefined when nobody knows the grade yet. `assigned` says when a check may be seen. */
export function gradescopeResult(
  grade: FinalGrade,
  graded: readonly GradedSubmission[],
  assigned: readonly AssignedCheck[],
): string | undefined {
  if (grade.final === null || grade.hold) return undefined
  const checks = graded.flatMap((one) => one.checks)
  const tests = checks.map((check) => ({
    name: check.title,
    score: (grade.checks.get(check.id) ?? check.score ?? 0) / 100,
    max_score: check.max / 100,
    status: check.verdict === 'passed' ? 'passed' : 'failed',
    output: checkWords(check),
    output_format: 'text',
    visibility: assigned.find(({ lab, id }) => lab === check.lab && id === check.id)?.visibility ?? 'visible',
  }))
  const late = grade.percent === 100 ? [] : [`Handed in late: ${grade.percent} % of the points count.`]
  const value = {
    score: grade.final / 100,
    output: [...late, ...grade.comments].join('\n'),
    output_format: 'text',
    stdout_visibility: 'hidden',
    tests,
  }
  return `${JSON.stringify(value, null, 2)}\n`
}
