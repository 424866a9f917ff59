/** `report.html`: what needs a human first, then how the class did, then everybody. For staff; no script. */
import type { FailingRun } from '../failing-runs.ts'
import type { FinalGrade } from '../grades/final-grades.ts'
import type { Attempt } from '../grades/pick-attempts.ts'
import type { Intake } from '../intake/intake.ts'
import type { Learner } from '../intake/roster.ts'
import type { Assignment } from '../schema/assignment.ts'
import { type CheckResult, type GradedSubmission, pointsText } from '../schema/result.ts'
import { type Likeness, likenessOf } from '../similarity/alike-hand-ins.ts'
import { OWN_TOKENS_MIN } from '../similarity/pairs.ts'
import { feedbackName } from './feedback-page.ts'
import { counted, countWords, rulesWords, timeText } from './grading-words.ts'
import { type Html, html, page, verdictMark } from './html.ts'
import { shortRunPart } from './short-run.ts'

export interface ReportInput {
  readonly assignment: Assignment
  readonly graded: readonly GradedSubmission[]
  readonly intake: Intake
  readonly roster: readonly Learner[] | undefined
  /** All hand-ins that were graded; `graded` has those that count. */
  readonly attempts: readonly Attempt[]
  /** Sentences about labs that were judged in another version than the assignment's. */
  readonly versions?: readonly string[]
  /** Sentences about times and about files that were not looked at. */
  readonly notes?: readonly string[]
  /** False when no secret was given. */
  readonly withHidden: boolean
}

/** Failing runs of one check that are listed. */
const RUNS_MAX = 10

export function reportPage(
  input: ReportInput,
  grades: readonly FinalGrade[],
  failing: readonly FailingRun[] = [],
): string {
  const { assignment, graded, intake, withHidden } = input
  const judged = graded.filter((one) => one.score !== null)
  const body = html`<h1>${assignment.title}</h1>
<p class="soft">Assignment <code>${assignment.id}</code> · ${countWords(intake, input.attempts)} · ${
    intake.missing.length
  } on the roster without a hand-in${withHidden ? '' : ' · public seeds only: no secret was given'}</p>
<p class="soft">${rulesWords(assignment)}</p>
${(input.versions ?? []).map((sentence) => html`<p><strong>${sentence}</strong></p>`)}
${(input.notes ?? []).map((sentence) => html`<p>${sentence}.</p>`)}
${attention(input, grades)}
${distribution(judged)}
${perCheck(graded)}
${everybody(input, grades)}
${handIns(input, grades)}
${failures(assignment, graded, failing, grades)}
${alikeHandIns(likenessOf(assignment, intake.submissions), grades)}
${ignored(intake)}`
  return page(`${assignment.title}: report`, body)
}

function attention({ graded, intake, attempts }: ReportInput, grades: readonly FinalGrade[]): Html {
  const rows = [
    ...intake.problems.map((one) => ({ who: one.learner, what: `${one.path}: ${one.sentence}` })),
    ...graded
      .filter((one) => one.score === null)
      .map((one) => ({ who: one.learner, what: `could not be judged: ${reasonOf(one)}` })),
    ...grades.flatMap((one) => one.remarks.map((flag) => ({ who: one.id, what: flag }))),
    ...attempts.flatMap(({ taken, timeFlag }) => (timeFlag === '' ? [] : [{ who: taken.learner, what: timeFlag }])),
    ...grades
      .filter(({ hold }) => hold)
      .map((one) => ({ who: one.id, what: 'held back: not in the files for platforms' })),
    ...graded.filter(fitsPublicOnly).map((one) => ({
      who: one.learner,
      what: 'passes every public run and fails hidden ones: made for the public seeds?',
    })),
    ...intake.missing.map((one) => ({ who: one.id, what: 'handed in nothing' })),
  ]
  if (rows.length === 0)
    return html`<h2>Nothing needs your attention</h2><p>Every file was read and judged, and none is odd.</p>`
  return html`<h2>Look at these first</h2>
<div class="scroll" tabindex="0" role="region" aria-label="What needs a human"><table><caption>${counted(rows.length, 'thing')}</caption>
<thead><tr><th scope="col">Learner</th><th scope="col">What</th></tr></thead>
<tbody>${rows.map((row) => html`<tr><td>${learnerLink(row.who, grades)}</td><td>${row.what}</td></tr>`)}</tbody></table></div>`
}

/** A learner's id, which leads to the line with his points where he has one. */
function learnerLink(who: string, grades: readonly FinalGrade[]): Html {
  if (!grades.some(({ id }) => id === who)) return html`${who || '—'}`
  return html`<a href="#learner-${who}">${who}</a>`
}

/** What went wrong, in the words that the learner reads: for each check the first run that failed. */
function failures(
  assignment: Assignment,
  graded: readonly GradedSubmission[],
  failing: readonly FailingRun[],
  grades: readonly FinalGrade[],
): Html {
  const rows = graded.flatMap((one) => {
    const same = failsAlike(one)
    // one fault of the file fails every check: one row says it
    const checks = same ? one.checks.slice(0, 1) : one.checks
    return checks.flatMap((check) => {
      const failed = check.seeds.filter(({ verdict }) => verdict !== 'passed')
      return failed.length === 0 ? [] : [{ learner: one.learner, check, seed: failed[0]!, failed, same }]
    })
  })
  if (rows.length === 0) return html``
  return html`<h2>What failed</h2>
<div class="scroll" tabindex="0" role="region" aria-label="What failed"><table class="long"><caption>For each check the runs that did not pass, with their seeds, and what happened in the first of them</caption>
<thead><tr><th scope="col">Learner</th><th scope="col">Check</th><th scope="col">Runs</th><th scope="col">What happened</th><th scope="col" class="screen">Look</th></tr></thead>
<tbody>${rows.map(({ learner, check, seed, failed, same }) => html`<tr><th scope="row">${learnerLink(learner, grades)}</th><td>${same ? html`all checks` : html`${check.title}<br><code>${check.id}</code>`}</td><td>${same ? 'all runs' : failed.slice(0, RUNS_MAX).map(({ name, seed: digits }) => html`${runName(assignment, check, name)} <code>${digits}</code><br>`)}${!same && failed.length > RUNS_MAX ? `and ${failed.length - RUNS_MAX} more, in results/` : ''}</td><td>${seed.sentence} <span class="soft">(${seed.reason}, at ${seed.atMs} ms)</span>${seed.short === undefined ? html`` : shortRunPart(seed.short, seed.atMs)}</td><td class="screen">${whereToLook(failing, learner, check.id)}</td></tr>`)}</tbody></table></div>`
}

/** Whether every run of every check failed with the same sentence, as a file that does not load does. */
function failsAlike({ checks }: GradedSubmission): boolean {
  const seeds = checks.flatMap((check) => check.seeds)
  const first = seeds[0]
  return (
    checks.length > 1 &&
    first !== undefined &&
    seeds.every(({ verdict, sentence }) => verdict === 'failed' && sentence === first.sentence)
  )
}

/** The name of a run, with a word where every learner has it: `h2, pinned`. */
function runName({ checks }: Assignment, check: CheckResult, name: string): string {
  return isPinned(checks, check, name) ? `${name}, pinned` : name
}

/** Pinned runs come after those that are drawn. */
function isPinned(assigned: Assignment['checks'], { lab, id }: CheckResult, name: string): boolean {
  const hidden = assigned.find((one) => one.lab === lab && one.id === id)?.seeds.hidden ?? Number.POSITIVE_INFINITY
  return name.startsWith('h') && Number(name.slice(1)) >= hidden
}

/** The failing run in the book, or its file for the lab's page. */
function whereToLook(failing: readonly FailingRun[], learner: string, checkId: string): Html {
  const run = failing.find((one) => one.learner === learner && one.check.id === checkId)
  if (run === undefined) return html`—`
  return run.url === ''
    ? html`<a href="failing/${run.name}" download>run as a file</a>`
    : html`<a href="${run.url}">open the run</a>`
}

/** What two hand-ins share, side by side. */
function alikeHandIns({ pairs, tooSmall }: Likeness, grades: readonly FinalGrade[]): Html {
  const small =
    tooSmall === 0
      ? html``
      : html`<p class="soft">Too small to compare, with fewer than ${OWN_TOKENS_MIN} words and signs of their own: ${counted(tooSmall, 'file')}.</p>`
  if (pairs.length === 0) return small
  return html`<h2>Alike</h2>
<p>The same run of words and signs, whatever the names, the layout and the comments are. It is no verdict: short labs have few good answers, and all answers of the book are public. Talk to people first.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Hand-ins that are alike"><table class="long alike"><caption>${counted(pairs.length, 'pair')}, the longest shared run first</caption>
<thead><tr><th scope="col">Who</th><th scope="col">File</th><th scope="col" class="n">Shared run</th><th scope="col">As the first has it</th><th scope="col">As the second has it</th></tr></thead>
<tbody>${pairs.map((pair) => html`<tr><th scope="row">${learnerLink(pair.a, grades)} and ${learnerLink(pair.b, grades)}</th><td><code>${pair.path}</code></td><td class="n">${pair.tokens} words and signs, ${pair.percent} % of all</td><td>${linesOf(pair.linesA, pair.textA)}</td><td>${linesOf(pair.linesB, pair.textB)}</td></tr>`)}</tbody></table></div>
${small}`
}

function linesOf({ from, to }: { readonly from: number; readonly to: number }, text: string): Html {
  return html`<details><summary>lines ${from} to ${to}</summary><pre><code>${text}</code></pre></details>`
}

function ignored({ ignored: paths }: Intake): Html {
  if (paths.length === 0) return html``
  return html`<p class="soft">Files that are no hand-ins and were not looked at: ${paths.join(', ')}.</p>`
}

function reasonOf(one: GradedSubmission): string {
  const seed = one.checks.flatMap((check) => check.seeds).find((each) => each.verdict === 'could-not-judge')
  return seed === undefined ? (one.flags.at(-1) ?? 'no check was run') : `${seed.reason}: ${seed.sentence}`
}

function fitsPublicOnly(one: GradedSubmission): boolean {
  return one.checks.some(
    ({ seeds }) =>
      seeds.some((seed) => seed.name.startsWith('p')) &&
      seeds.every((seed) => !seed.name.startsWith('p') || seed.verdict === 'passed') &&
      seeds.some((seed) => seed.verdict === 'failed'),
  )
}

/** Ten classes of the reachable points, as bars and as a table. */
function distribution(judged: readonly GradedSubmission[]): Html {
  if (judged.length === 0) return html``
  const counts = new Array<number>(10).fill(0)
  for (const { score, max } of judged) counts[Math.min(9, max === 0 ? 0 : Math.floor((10 * score!) / max))]!++
  const most = Math.max(...counts)
  const bars = counts.map((count, i) => {
    const height = most === 0 ? 0 : Math.round((90 * count) / most)
    return html`<g><rect class="bar" x="${20 + i * 58}" y="${110 - height}" width="44" height="${height}"/><text x="${42 + i * 58}" y="${104 - height}" text-anchor="middle">${count}</text><text x="${42 + i * 58}" y="130" text-anchor="middle">${i * 10}–${i === 9 ? 100 : i * 10 + 9}</text></g>`
  })
  const scores = judged.map((one) => one.score!).sort((a, b) => a - b)
  return html`<h2>How the class did</h2>
<p>Judged points, before lateness and decisions, of the hand-ins that could be judged. Median ${pointsText(scores[Math.floor(scores.length / 2)]!)} of ${pointsText(Math.max(...judged.map((one) => one.max)))} points; lowest ${pointsText(scores[0]!)}, highest ${pointsText(scores.at(-1)!)}.</p>
<svg viewBox="0 0 610 156" width="610" role="img" aria-label="Hand-ins by share of the points: ${counts.map((count, i) => `${count} at ${i * 10} to ${i === 9 ? 100 : i * 10 + 9} percent`).join(', ')}">${bars}<text x="20" y="150">% of the points; bars: hand-ins</text></svg>`
}

function perCheck(graded: readonly GradedSubmission[]): Html {
  const checks = new Map<string, { title: string; passed: number; of: number; runs: number; runsPassed: number }>()
  for (const check of graded.flatMap((one) => one.checks)) {
    const sum = checks.get(`${check.lab} ${check.id}`) ?? {
      title: check.title,
      passed: 0,
      of: 0,
      runs: 0,
      runsPassed: 0,
    }
    sum.of++
    if (check.verdict === 'passed') sum.passed++
    sum.runs += check.seeds.length
    sum.runsPassed += check.seeds.filter((seed) => seed.verdict === 'passed').length
    checks.set(`${check.lab} ${check.id}`, sum)
  }
  if (checks.size === 0) return html``
  return html`<h2>Check by check</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Pass rates"><table><caption>Who passed, over all runs of all hand-ins</caption>
<thead><tr><th scope="col">Check</th><th scope="col">What it watches</th><th scope="col" class="n">Hand-ins passed</th><th scope="col" class="n">Runs passed</th></tr></thead>
<tbody>${[...checks].map(([id, sum]) => html`<tr><th scope="row"><code>${id}</code></th><td>${sum.title}</td><td class="n">${sum.passed} of ${sum.of}</td><td class="n">${sum.runsPassed} of ${sum.runs}</td></tr>`)}</tbody></table></div>`
}

function everybody({ assignment, graded }: ReportInput, grades: readonly FinalGrade[]): Html {
  if (grades.length === 0) return html`<p>No hand-in could be read.</p>`
  const ids = assignment.checks.map(({ id }) => id)
  const rows = grades.map((grade) => {
    const own = graded.filter(({ learner }) => learner === grade.id)
    const checks = own.flatMap((one) => one.checks)
    const cells = ids.map((id) => {
      const check = checks.find((each) => each.id === id)
      return check === undefined ? html`<td>—</td>` : checkCell(assignment, check, grade)
    })
    const id =
      own.length === 0
        ? html`${grade.id}`
        : html`${own.map((one) => html`<a href="feedback/${feedbackName(assignment, one)}">${one.learner}</a> `)}`
    return html`<tr id="learner-${grade.id}"><th scope="row">${id}${grade.name === '' ? html`` : html`<br>${grade.name}`}</th><td class="n">${pointsOf(grade)}</td><td>${howItCame(grade, assignment)}</td>${cells}</tr>`
  })
  return html`<h2>Everybody</h2>
<div class="scroll" tabindex="0" role="region" aria-label="All learners"><table><caption>Points as they count, and runs passed of runs made. <a href="grades.csv">grades.csv</a> has the same numbers.</caption>
<thead><tr><th scope="col">Learner</th><th scope="col" class="n">Points</th><th scope="col">How they came about</th>${ids.map((id) => html`<th scope="col"><code>${id}</code></th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`
}

/** The points that count, of those to be had; a question mark where a human has to say it, a dash where nothing came. */
function pointsOf({ final, max, status }: FinalGrade): string {
  const points = final !== null ? pointsText(final) : status === 'nothing handed in' ? '–' : '?'
  return `${points} / ${pointsText(max)}`
}

/** The files that were judged, a line for each: when it came, what it is worth, and whether it gives the grade. */
function handIns({ attempts, assignment }: ReportInput, grades: readonly FinalGrade[]): Html {
  if (attempts.length === 0) return html``
  const rows = attempts.toSorted((a, b) =>
    a.taken.learner < b.taken.learner ? -1 : a.taken.learner > b.taken.learner ? 1 : 0,
  )
  return html`<h2>Hand-ins</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Hand-ins that were judged"><table><caption>Every file that was judged, with its judged points. <a href="attempts.csv">attempts.csv</a> has the same.</caption>
<thead><tr><th scope="col">Learner</th><th scope="col">File</th><th scope="col">Handed in</th><th scope="col" class="n">Points</th><th scope="col" class="n">Of which count</th><th scope="col">Gives the grade</th></tr></thead>
<tbody>${rows.map(({ taken, graded, percent, atMs, isFileDate, counts }) => {
    const time = atMs === undefined ? '–' : `${timeText(atMs, assignment)}${isFileDate ? ' (date of the file)' : ''}`
    return html`<tr><th scope="row">${learnerLink(taken.learner, grades)}</th><td><code>${taken.path}</code></td><td>${time}</td><td class="n">${pointsText(graded.score) || '?'} of ${pointsText(graded.max)}</td><td class="n">${percent} %</td><td>${counts ? 'yes' : 'no'}</td></tr>`
  })}</tbody></table></div>`
}

/** The points of a check, and how many of its runs passed; points that the instructor gave stand there as such. */
function checkCell({ checks }: Assignment, check: CheckResult, { decided }: FinalGrade): Html {
  const passed = check.seeds.filter((seed) => seed.verdict === 'passed').length
  const pinned = check.seeds.filter(({ name }) => isPinned(checks, check, name)).length
  const set = decided.find((one) => one.check === check.id)?.points
  const points =
    set === undefined
      ? html`${pointsText(check.score) || '–'} of ${pointsText(check.max)}`
      : html`<strong>${pointsText(set)} of ${pointsText(check.max)}, set by you</strong>`
  return html`<td>${verdictMark(check.verdict)}<br>${points}<br><span class="soft">${passed} of ${counted(check.seeds.length, 'run')}${pinned === 0 ? '' : `, ${pinned} pinned`}</span></td>`
}

/** From judged points to those that count; '' when they are the same. */
function howItCame(
  { raw, final, percent, status, comments, hold, decided, extendedToMs }: FinalGrade,
  assignment: Assignment,
): string {
  const parts: string[] = status === 'graded' ? [] : [status]
  const isTotal = decided.some(({ check }) => check === '')
  if (!isTotal && raw !== null && raw !== final) parts.push(`${pointsText(raw)} before lateness`)
  for (const { check, points, was, comment } of decided) {
    const before = was === null ? 'none judged' : pointsText(was)
    parts.push(
      `${check || 'total'}: ${pointsText(points)} in place of ${before}${comment === '' ? '' : ` (${comment})`}`,
    )
  }
  if (percent !== 100) parts.push(`late: ${percent} %`)
  if (hold) parts.push('held back')
  if (extendedToMs !== undefined) parts.push(`due ${timeText(extendedToMs, assignment)} by extension`)
  // a comment of an override with points stands with them
  const others = comments.filter((comment) => !decided.some((one) => one.comment === comment))
  return [...parts, ...others].join('; ')
}
