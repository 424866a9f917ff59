/**
 * A learner's result as `results.json` of an external grader of PrairieLearn.
 *
 * Facts of PrairieLearn (its documentation, "External grading"): `score` is from 0 to 1; one test without `points` or `max_points` switches
 * the points off for all; what cannot be graded is `gradable: false` with `format_errors`, which costs no attempt. At most 1 MB.
 */
import type { FinalGrade } from '../grades/final-grades.ts'
import type { GradedSubmission } from '../schema/result.ts'
import { checkWords } from './check-words.ts'

export function prairieLearnResult(grade: FinalGrade, graded: readonly GradedSubmission[]): string {
  if (grade.final === null || grade.hold)
    return json({ gradable: false, format_errors: ['The file could not be judged. Your instructor has been told.'] })
  const checks = graded.flatMap((one) => one.checks)
  return json({
    gradable: true,
    score: grade.max === 0 ? 0 : Math.min(1, grade.final / grade.max),
    message: grade.comments.join('\n'),
    tests: checks.map((check) => ({
      name: check.title,
      points: (grade.checks.get(check.id) ?? check.score ?? 0) / 100,
      max_points: check.max / 100,
      message: checkWords(check),
    })),
  })
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
