/**
 * A learner's result as the tests of a `classroom50/result/v1`: what `autograder.py` joins with the identity that the runner
 * gives it (classroom, assignment, submission, commit, owner), which no file of ours may claim.
 *
 * Facts of Classroom 50 (its wiki, "Advanced Autograding"): hyphens in `max-score` and `test-name`; scores are whole numbers, and
 * the sums of the tests, so the points of each test are rounded half up. What could not be judged has no file: the runner then
 * records an error, which is no zero.
 */
import type { FinalGrade } from '../grades/final-grades.ts'
import type { GradedSubmission } from '../schema/result.ts'

export function classroom50Tests(grade: FinalGrade, graded: readonly GradedSubmission[]): string | undefined {
  if (grade.final === null || grade.hold) return undefined
  const tests = graded.flatMap((one) =>
    one.checks.map((check) => ({
      'test-name': check.id,
      passed: check.verdict === 'passed',
      score: rounded(grade.checks.get(check.id) ?? check.score ?? 0),
      'max-score': rounded(check.max),
    })),
  )
  const sum = (key: 'score' | 'max-score') => tests.reduce((total, test) => total + test[key], 0)
  const value = { schema: 'classroom50/result/v1', score: sum('score'), 'max-score': sum('max-score'), tests }
  return `${JSON.stringify(value, null, 2)}\n`
}

function rounded(hundredths: number): number {
  return Math.floor((hundredths + 50) / 100)
}
