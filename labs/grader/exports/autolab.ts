/**
 * A learner's points as the last line that an autograder of Autolab prints: `{"scores": {"check.id": 4}}`.
 *
 * Facts of Autolab (module AssessmentAutogradeCore): the names are the site's problem names; the site rewrites each
 * `word:` to `"word":` before it reads, so no text of the line may hold a letter or digit before a colon; an absent problem
 * stays empty; empty `scores` is an error. So a hand-in that nobody could judge has no line, and a check that nobody could
 * judge is left out.
 */
import type { FinalGrade } from '../grades/final-grades.ts'
import type { GradedSubmission } from '../schema/result.ts'

/** The line; undefined when there is nothing to say. */
export function autolabLine(grade: FinalGrade, graded: readonly GradedSubmission[]): string | undefined {
  if (grade.hold) return undefined
  const scores = graded
    .flatMap((one) => one.checks)
    .flatMap(({ id, score }) => {
      const points = grade.checks.get(id) ?? score
      return points === null ? [] : [[problemName(id), points / 100] as const]
    })
  if (scores.length === 0) return undefined
  return `${JSON.stringify({ scores: Object.fromEntries(scores) })}\n`
}

/** The name of a problem: no colon, which Autolab would take for the end of a key. */
export function problemName(checkId: string): string {
  return checkId.replace(/[:"\\\s]/g, '-')
}
