/**
 * What a learner is told: each check, its promise, and for public seeds what happened.
 *
 * Of hidden seeds only how many passed, and the promise that broke: their numbers and runs would give the case away.
 */
import type { Lab } from '../../lab.ts'
import type { FinalGrade } from '../grades/final-grades.ts'
import type { Assignment } from '../schema/assignment.ts'
import { type CheckResult, type GradedSubmission, pointsText } from '../schema/result.ts'
import { type Html, html, page, verdictMark } from './html.ts'

/** The file of a learner's page: a page for each lab when the assignment has several. */
export function feedbackName({ labs }: Assignment, { learner, lab }: GradedSubmission): string {
  return labs.length === 1 ? `${learner}.html` : `${learner}.${lab.id.replace(/[^a-z0-9-]/gi, '_')}.html`
}

/** The page. */
export function feedbackPage(
  assignment: Assignment,
  graded: GradedSubmission,
  lab: Lab | undefined,
  grade: FinalGrade,
): string {
  const { name } = grade
  const body = html`<h1>${assignment.title}</h1>
<p class="soft">${name === '' ? graded.learner : `${name} (${graded.learner})`} · lab “${lab?.title ?? graded.lab.id}”, version ${graded.lab.version}</p>
<p><strong>${gradeText(grade)}</strong></p>
${grade.comments.map((comment) => html`<p>Your instructor: ${comment}</p>`)}
${graded.checks.map((check) => checkPart(check, lab))}
${graded.flags.length === 0 ? html`` : html`<h2>Remarks</h2><ul>${graded.flags.map((flag) => html`<li>${flag}</li>`)}</ul>`}
<p class="soft">Your files were run again from the beginning; what the page had said does not count. Files <code>${graded.filesSha256.slice(0, 16)}</code>.</p>`
  return page(`${assignment.title}: ${graded.learner}`, body)
}

/** The grade as it counts, with what became of the judged points. */
function gradeText({ raw, final, percent, max, hold }: FinalGrade): string {
  if (final === null || hold) return 'not yet: your instructor has to look at it'
  const points = `${pointsText(final)} of ${pointsText(max)} points`
  if (raw === null || raw === final) return points
  const late = percent === 100 ? '' : `, of which ${percent} % count because it was handed in late`
  return `${points} (${pointsText(raw)} were judged${late})`
}

function checkPart(check: CheckResult, lab: Lab | undefined): Html {
  const known = check.seeds.filter((seed) => seed.name.startsWith('p'))
  const hidden = check.seeds.filter((seed) => seed.name.startsWith('h'))
  const failed = known.find((seed) => seed.verdict !== 'passed')
  const promise = lab?.checks.find((one) => one.id === check.id)?.promise ?? ''
  return html`<h2>${check.title}</h2>
<p>${verdictMark(check.verdict)} · ${pointsText(check.score) || 'no score yet'} of ${pointsText(check.max)} points · ${counted(known, 'public')}${
    hidden.length === 0 ? '' : `, ${counted(hidden, 'hidden')}`
  }</p>
${check.verdict === 'passed' ? html`` : html`<p>The promise: ${promise}</p>`}
${failed === undefined ? html`` : html`<p>What happened, after ${failed.atMs} ms of the cluster’s time: ${failed.sentence}</p>`}
${
  failed === undefined && check.verdict === 'failed'
    ? html`<p>Every public run keeps the promise; a hidden one, with other names, ports and timing, does not.</p>`
    : html``
}`
}

function counted(seeds: readonly { verdict: string }[], word: string): string {
  return `${seeds.filter((seed) => seed.verdict === 'passed').length} of ${seeds.length} ${word} runs passed`
}
