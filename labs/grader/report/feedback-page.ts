/**
 * What a learner is told: each check, its promise, and for public seeds what happened.
 *
 * Of hidden seeds only how many passed, and the promise that broke, until they are published: their numbers and runs would
 * give the case away. What is told when, and how much, the assignment says (`shown-to.ts`).
 */
import type { Lab } from '../../lab.ts'
import type { FailingRun } from '../failing-runs.ts'
import type { FinalGrade } from '../grades/final-grades.ts'
import type { Attempt } from '../grades/pick-attempts.ts'
import type { Assignment } from '../schema/assignment.ts'
import { type CheckResult, type GradedSubmission, pointsText } from '../schema/result.ts'
import { timeText } from './grading-words.ts'
import { type Html, html, page, verdictMark } from './html.ts'
import { shortRunPart } from './short-run.ts'
import { type Publish, type Shown, shownOf } from './shown-to.ts'

/** The file of a learner's page: a page for each lab when the assignment has several. */
export function feedbackName({ labs }: Assignment, { learner, lab }: GradedSubmission): string {
  return labs.length === 1 ? `${learner}.html` : `${learner}.${lab.id.replace(/[^a-z0-9-]/gi, '_')}.html`
}

/** What a page is made of. */
export interface FeedbackInput {
  readonly assignment: Assignment
  readonly graded: GradedSubmission
  readonly lab: Lab | undefined
  readonly grade: FinalGrade
  /** The hand-in: its file, and which of several it is. Left out where that is not known. */
  readonly attempt?: Attempt | undefined
  /** The failing runs of this hand-in. */
  readonly failing: readonly FailingRun[]
  readonly publish: Publish
}

/** The page. */
export function feedbackPage({ assignment, graded, lab, grade, attempt, failing, publish }: FeedbackInput): string {
  const { name } = grade
  const shown = (check: CheckResult) => {
    const assigned = assignment.checks.find((one) => one.lab === check.lab && one.id === check.id)
    return shownOf(assigned ?? { visibility: 'visible', feedback: 'rationale' }, publish)
  }
  const isWhole = graded.checks.every((check) => shown(check).hidden || !hasHidden(check))
  const body = html`<h1>${assignment.title}</h1>
<p class="soft">${name === '' ? graded.learner : `${name} (${graded.learner})`} · lab “${lab?.title ?? graded.lab.id}”, version ${graded.lab.version}</p>
<p><strong>${isWhole ? gradeText(grade) : 'Your points are not shown yet: runs that you cannot see count too.'}</strong></p>
${attempt === undefined ? html`` : html`<p>${handInWords(attempt, assignment)}</p>`}
${commentsOf(grade, graded)}
${graded.checks.map((check) => checkPart(check, lab, shown(check), failing, grade))}
${graded.flags.length === 0 ? html`` : html`<h2>Remarks</h2><ul>${graded.flags.map((flag) => html`<li>${flag}</li>`)}</ul>`}
<p class="soft">Your files were run again from the beginning; what the page had said does not count. Files <code>${graded.filesSha256.slice(0, 16)}</code>.</p>`
  return page(`${assignment.title}: ${graded.learner}`, body)
}

/** The grade as it counts, with what became of the judged points. */
function gradeText({ raw, final, percent, max, hold, decided }: FinalGrade): string {
  if (final === null || hold) return 'not yet: your instructor has to look at it'
  const points = `${pointsText(final)} of ${pointsText(max)} points`
  const isSet = decided.some(({ check }) => check === '')
  if (isSet)
    return `${points}, set by your instructor${raw === null || raw === final ? '' : ` (${pointsText(raw)} were judged)`}`
  if (raw === null || raw === final) return points
  const late = percent === 100 ? '' : `, of which ${percent} % count because it was handed in late`
  return `${points} (${pointsText(raw)} were judged${late})`
}

/** The file that was judged, when it came where that matters, and which of several it is. */
function handInWords({ taken, atMs, note }: Attempt, assignment: Assignment): string {
  const name = taken.path.replace(/^.*\//, '')
  const time = atMs === undefined || assignment.due === undefined ? '' : `, handed in ${timeText(atMs, assignment)}`
  return `Your file ${name}${time}${note === '' ? '' : `; ${note}`}.`
}

/** The instructor's words, each with the check that it is about. */
function commentsOf({ comments, decided }: FinalGrade, { checks }: GradedSubmission): readonly Html[] {
  const titleOf = (comment: string) => {
    const check = decided.find((one) => one.comment === comment)?.check ?? ''
    return checks.find(({ id }) => id === check)?.title
  }
  return comments.map((comment) => {
    const title = titleOf(comment)
    return html`<p>Your instructor${title === undefined ? '' : `, on “${title}”`}: ${comment}</p>`
  })
}

function checkPart(
  check: CheckResult,
  lab: Lab | undefined,
  shown: Shown,
  failing: readonly FailingRun[],
  { decided }: FinalGrade,
): Html {
  const known = check.seeds.filter((seed) => seed.name.startsWith('p'))
  const hidden = check.seeds.filter((seed) => seed.name.startsWith('h'))
  const seen = shown.hidden ? check.seeds : known
  const failed = seen.find(({ name, verdict }) => verdict !== 'passed' && (name.startsWith('p') || shown.hiddenWords))
  const isTold = failed !== undefined && shown.publicWords
  const promise = lab?.checks.find((one) => one.id === check.id)?.promise ?? ''
  const hasFailed = seen.some(({ verdict }) => verdict !== 'passed')
  return html`<h2>${check.title}</h2>
<p>${points(check, shown, decided.find((one) => one.check === check.id)?.points)}${known.length === 0 ? '' : ` · ${counted(known, 'public')}`}${
    hidden.length === 0
      ? ''
      : shown.hidden
        ? `, ${counted(hidden, 'hidden')}`
        : `, ${hidden.length} hidden runs not shown yet`
  }</p>
${hasFailed ? html`<p>The promise: ${promise}</p>` : html``}
${isTold ? html`<p>What happened${failed.name.startsWith('h') ? ' in a hidden run' : ''}, after ${failed.atMs} ms of the cluster’s time: ${failed.sentence}${runLink(failing, check, failed.seed, shown)}</p>${shown.runs && failed.short !== undefined ? shortRunPart(failed.short, failed.atMs) : html``}` : html``}
${
  failed === undefined && hasFailed
    ? html`<p>Every public run keeps the promise; a hidden one, with other names, ports and timing, does not.</p>`
    : html``
}`
}

/** Verdict and points, as far as they say nothing of runs that are not shown. */
function points(check: CheckResult, shown: Shown, set: number | undefined): Html {
  const max = pointsText(check.max)
  if (!shown.hidden && hasHidden(check)) return html`${max} points to be had`
  if (set !== undefined) {
    const judged = check.score === null ? 'it was not judged' : `${pointsText(check.score)} were judged`
    return html`<span class="verdict">${pointsText(set)} of ${max} points, set by your instructor</span> (${judged})`
  }
  return html`${verdictMark(check.verdict)} · ${pointsText(check.score) || 'no score yet'} of ${max} points`
}

function hasHidden({ seeds }: CheckResult): boolean {
  return seeds.some(({ name }) => name.startsWith('h'))
}

function runLink(failing: readonly FailingRun[], { id }: CheckResult, seed: string, { runs }: Shown): Html {
  const url = failing.find(({ check, seed: of }) => check.id === id && of.seed === seed)?.url ?? ''
  return runs && url !== '' ? html` <a href="${url}">Open this run</a>` : html``
}

function counted(seeds: readonly { verdict: string }[], word: string): string {
  return `${seeds.filter((seed) => seed.verdict === 'passed').length} of ${seeds.length} ${word} runs passed`
}
