/** `grades.csv`: a line a learner. `checks.csv`: a line a learner and check. */
import Papa from 'papaparse'
import type { Intake } from '../intake/intake.ts'
import type { Learner } from '../intake/roster.ts'
import { type GradedSubmission, pointsText } from '../schema/result.ts'

/** Points with a dot; a learner without a judged hand-in has an empty cell, never a zero. */
export function gradesCsv(
  graded: readonly GradedSubmission[],
  intake: Intake,
  roster: readonly Learner[] | undefined,
  max: number,
): string {
  const ids = [...new Set([...(roster ?? []).map(({ id }) => id), ...graded.map(({ learner }) => learner)])].sort()
  const rows = ids.map((id) => {
    const own = graded.filter((one) => one.learner === id)
    const score =
      own.length === 0 || own.some((one) => one.score === null) ? null : own.reduce((sum, one) => sum + one.score!, 0)
    const problems = intake.problems.filter((one) => one.learner === id).map((one) => `${one.path}: ${one.sentence}`)
    return {
      id: cell(id),
      name: cell(roster?.find((one) => one.id === id)?.name ?? ''),
      score: pointsText(score),
      max: pointsText(max),
      status:
        own.length > 0
          ? score === null
            ? 'could not be judged'
            : 'graded'
          : problems.length > 0
            ? 'unreadable'
            : 'nothing handed in',
      flags: cell([...own.flatMap((one) => one.flags), ...problems].join(' | ')),
    }
  })
  return `${Papa.unparse(rows, { newline: '\n' })}\n`
}

export function checksCsv(graded: readonly GradedSubmission[]): string {
  const rows = graded.flatMap((one) =>
    one.checks.map((check) => ({
      id: cell(one.learner),
      lab: check.lab,
      check: check.id,
      score: pointsText(check.score),
      max: pointsText(check.max),
      verdict: check.verdict,
      passed: check.seeds.filter((seed) => seed.verdict === 'passed').length,
      seeds: check.seeds.length,
    })),
  )
  return `${Papa.unparse(rows, { newline: '\n' })}\n`
}

/** Text that a spreadsheet would take for a formula gets an apostrophe; control characters go. */
function cell(text: string): string {
  const clean = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ')
  return /^[=+\-@\t\r]/.test(clean) ? `'${clean}` : clean
}
