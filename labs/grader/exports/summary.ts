/** The class as a short table in Markdown, for the summary of a run of continuous integration (at most 1 MiB there). */
import type { FinalGrade } from '../grades/final-grades.ts'
import type { Assignment } from '../schema/assignment.ts'
import { pointsText } from '../schema/result.ts'

/** Lines of the table; what is left off is said. */
const LINES_MAX = 2_000

export function summaryMarkdown({ title }: Assignment, grades: readonly FinalGrade[]): string {
  const rows = grades.slice(0, LINES_MAX).map((grade) => {
    const points = grade.final === null ? 'not known' : `${pointsText(grade.final)} of ${pointsText(grade.max)}`
    return `| ${cell(grade.id)} | ${cell(grade.name)} | ${points} | ${grade.status} |`
  })
  const rest = grades.length - rows.length
  return `# ${cell(title)}\n\n| Learner | Name | Points | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n${rest > 0 ? `\nand ${rest} more\n` : ''}`
}

/** Text without what Markdown and HTML would take for marks. */
function cell(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f]/g, ' ')
    .replace(/[\\`*_{}[\]()#+!|~]/g, '\\$&')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
