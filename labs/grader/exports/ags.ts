/**
 * The class as scores of LTI 1.3 Assignment and Grade Services, a line of JSON each, for a script that has a token:
 * `POST {lineitem}/scores` with the type `application/vnd.ims.lis.v1.score+json`.
 *
 * Facts: `timestamp` is when the score was made and must be later than the stored one (Moodle answers 409); when the work was
 * handed in is `submission.submittedAt`. Canvas needs `scoreMaximum` and ignores what is not FullyGraded; Moodle empties the
 * score then. So a grade that nobody knows is PendingManual, without a score.
 */
import type { FinalGrade } from '../grades/final-grades.ts'

/** `submittedMs`: when each hand-in came, ms since 1970, as far as it is known. */
export function agsScores(
  grades: readonly FinalGrade[],
  submittedMs: ReadonlyMap<string, number>,
  nowMs: number,
): string {
  return grades
    .filter(({ hold, status, final }) => !hold && (status !== 'nothing handed in' || final !== null))
    .map((grade) => {
      const at = submittedMs.get(grade.id)
      const isKnown = grade.final !== null
      return `${JSON.stringify({
        userId: grade.id,
        ...(isKnown ? { scoreGiven: grade.final! / 100, scoreMaximum: grade.max / 100 } : {}),
        activityProgress: isKnown ? 'Completed' : 'Submitted',
        gradingProgress: isKnown ? 'FullyGraded' : 'PendingManual',
        timestamp: new Date(nowMs).toISOString(),
        ...(at === undefined ? {} : { submission: { submittedAt: new Date(at).toISOString() } }),
      })}\n`
    })
    .join('')
}
