/** `grades.csv`: a line a learner. `checks.csv`: a line a learner and check. */
import Papa from 'papaparse'
import { extendedText, type FinalGrade, setText } from '../grades/final-grades.ts'
import { type GradedSubmission, pointsText } from '../schema/result.ts'

/** Points with a dot; a learner whose grade nobody knows has an empty cell, never a zero. */
export function gradesCsv(grades: readonly FinalGrade[]): string {
  const rows = grades.map((grade) => ({
    id: cell(grade.id),
    name: cell(grade.name),
    score: pointsText(grade.final),
    max: pointsText(grade.max),
    status: grade.status,
    judged: pointsText(grade.raw),
    percent: grade.percent,
    hold: grade.hold ? 'yes' : '',
    comment: cell(grade.comments.join(' | ')),
    flags: cell(grade.flags.join(' | ')),
    set: setText(grade),
    extended: extendedText(grade),
  }))
  return `${Papa.unparse(rows, { newline: '\n' })}\n`
}

/**
 * The points of each check as they count before lateness, with its id for tables of your own and its title for people.
 * `judged` is what the judge gave, which differs where the instructor gave points to the check.
 */
export function checksCsv(graded: readonly GradedSubmission[], grades: readonly FinalGrade[]): string {
  const decided = (learner: string, check: string) =>
    grades.find(({ id }) => id === learner)?.decided.find((one) => one.check === check)?.points
  const rows = graded.flatMap((one) =>
    one.checks.map((check) => ({
      id: cell(one.learner),
      lab: check.lab,
      check: check.id,
      title: cell(check.title),
      score: pointsText(decided(one.learner, check.id) ?? check.score),
      max: pointsText(check.max),
      verdict: check.verdict,
      passed: check.seeds.filter((seed) => seed.verdict === 'passed').length,
      seeds: check.seeds.length,
      judged: pointsText(check.score),
    })),
  )
  return `${Papa.unparse(rows, { newline: '\n' })}\n`
}

/** Text that a spreadsheet would take for a formula gets an apostrophe; control characters go. */
function cell(text: string): string {
  const clean = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ')
  return /^[=+\-@\t\r]/.test(clean) ? `'${clean}` : clean
}
