/**
 * Grades every hand-in of a folder: draws the seeds, has each judged in a process of its own, adds up the points.
 *
 * Points and salt stay in this process. Results come in the order of learners, whatever ends first. Each run is kept as soon
 * as it is made (`run-store.ts`), so the same command goes on where it was. Hand-ins whose process took too long or too much
 * are judged once more at the end, alone and with more time, before they are called not judged.
 */

import { labById } from '../../find.ts'
import type { RunResult } from '../../judge/run-check.ts'
import { publicSeeds, seedOf } from '../../judge/seeds.ts'
import { canBeShortened } from '../../judge/shorten.ts'
import type { Lab } from '../../lab.ts'
import type { ModuleMap } from '../../program/link.ts'
import type { ChildRun } from '../child.ts'
import type { TakenIn } from '../intake/intake.ts'
import type { AssignedCheck, Assignment, HiddenSeeds } from '../schema/assignment.ts'
import { filesSha256 } from '../schema/canonical-json.ts'
import {
  type CheckResult,
  type GradedSubmission,
  RESULT_FORMAT,
  type SeedResult,
  scoreOf,
  verdictOf,
} from '../schema/result.ts'
import { submittedFiles } from '../schema/submission.ts'
import { checkSha256 } from './engine-hash.ts'
import type { Isolation } from './isolation.ts'
import { judgeInProcess, limitsFor } from './judge-process.ts'
import type { RunStore } from './run-store.ts'

/** How many times the usual time a hand-in gets that is judged alone. */
const ALONE_TIMES = 3

export interface BatchOptions {
  readonly assignment: Assignment
  /** Hidden seeds are drawn from it; undefined: public seeds only. */
  readonly hidden: HiddenSeeds | undefined
  readonly submissions: readonly TakenIn[]
  /** Learners who get other hidden seeds than the first; 0 for everybody else. */
  readonly slots?: ReadonlyMap<string, number>
  /** The compiled modules of the reference; asked for only when a run has to be made. */
  readonly modules: () => ModuleMap
  /** The starter's files of a lab: what a hand-in does not have, or may not change. */
  readonly starter: (lab: Lab) => ReadonlyMap<string, string>
  /** How many at a time. */
  readonly jobs: number
  /** Whether a shorter run is looked for of the first that failed of each check; true when left out. */
  readonly shorten?: boolean
  /** The fence around judging processes; none of bubblewrap's when left out. */
  readonly isolation?: Isolation
  /** When judging must have ended, in ms of `performance.now()`: what is not judged then is could-not-judge. */
  readonly deadlineMs?: number
  /** Results of runs that were made before, and of those that are made now. */
  readonly store: RunStore
  readonly onRun: (isKnown: boolean) => void
  readonly onGraded: (graded: GradedSubmission, done: number) => void
}

/** A run that has to be made: its check, its name such as `h0`, and its seed. */
export interface PlannedRun {
  readonly check: AssignedCheck
  readonly name: string
  readonly seed: string
}

/** Never rejects for a hand-in: what cannot be judged is a verdict. */
export async function gradeBatch(options: BatchOptions): Promise<readonly GradedSubmission[]> {
  const results: GradedSubmission[] = new Array(options.submissions.length)
  let next = 0
  let done = 0
  const worker = async () => {
    for (let i = next++; i < options.submissions.length; i = next++) {
      results[i] = await gradeOne(options, options.submissions[i]!)
      options.onGraded(results[i]!, ++done)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, options.jobs) }, worker))
  const uncounted = { ...options, onRun: () => {} } // its runs have been counted already
  for (const [i, result] of results.entries())
    if (wasStopped(result) && performance.now() < (options.deadlineMs ?? Number.POSITIVE_INFINITY))
      results[i] = await gradeOne(uncounted, options.submissions[i]!, ALONE_TIMES)
  return results
}

/** Whether the process that judged it was ended for its time or its memory. */
function wasStopped({ checks }: GradedSubmission): boolean {
  return checks.some(({ seeds }) => seeds.some(({ reason }) => reason === 'wall-clock' || reason === 'killed'))
}

async function gradeOne(options: BatchOptions, taken: TakenIn, times = 1): Promise<GradedSubmission> {
  const { assignment } = options
  const { submission, learner } = taken
  const flags = [...taken.flags]
  const assigned = assignment.labs.find(({ lab }) => lab === submission.lab.id)
  const lab = assigned === undefined ? undefined : labById(assigned.lab)
  if (assigned === undefined || lab === undefined)
    return empty(options, taken, `the assignment has no lab "${submission.lab.id}"`)
  const other = submission.assignment?.id
  if (other !== undefined && other !== assignment.id) flags.push(`handed in for the assignment "${other}"`)
  if (submission.lab.version !== lab.version)
    flags.push(`worked on version ${submission.lab.version} of the lab; graded with ${lab.version}`)
  const files = effectiveFiles(lab, options.starter(lab), submittedFiles(submission), flags)
  const runs = plannedRuns(options, lab.id, learner)
  const sha256 = filesSha256(files)
  // what stalls in a run may stall in a shorter one, too
  const looksForShorter = options.shorten !== false && times === 1
  const judged = await judgeAll(options, lab, files, runs, times, looksForShorter)
  const checks = checkResults(assignment, lab, runs, judged, options.shorten ?? true)
  const isUnjudged = checks.some((check) => check.score === null)
  flagClaims(taken, checks, flags)
  return {
    format: RESULT_FORMAT,
    assignment: assignment.id,
    lab: { id: lab.id, version: lab.version },
    learner,
    filesSha256: sha256,
    checks,
    score: isUnjudged ? null : checks.reduce((sum, check) => sum + check.score!, 0),
    max: checks.reduce((sum, check) => sum + check.max, 0),
    flags,
  }
}

/** The results of all runs, in order: those that are known, and those that are made now. */
async function judgeAll(
  { store, modules, onRun, isolation, deadlineMs = Number.POSITIVE_INFINITY }: BatchOptions,
  lab: Lab,
  files: ReadonlyMap<string, string>,
  runs: readonly PlannedRun[],
  times: number,
  shorten: boolean,
): Promise<readonly RunResult[]> {
  const shared = { filesSha256: filesSha256(files), lab: lab.id }
  const engines = new Map(runs.map(({ check: { id } }) => [id, checkSha256(lab, id)] as const))
  const keyOf = (check: string, seed: string) => ({ ...shared, engineSha256: engines.get(check)!, check, seed })
  const known = runs.map(({ check, seed }) => store.get(keyOf(check.id, seed)))
  if (shorten)
    // the first failing run that is known was not the first when it was made: its shorter one is looked for now
    for (const [i, run] of known.entries())
      if (run !== undefined && isFirstFailed(known, i) && canBeShortened(run) && run.short === undefined)
        known[i] = undefined
  const open = runs.flatMap(({ check: { id: check }, seed }, i): ChildRun[] => {
    if (known[i] !== undefined) return []
    const hasFailedBefore = known.slice(0, i).some((run) => run?.check === check && run.verdict === 'failed')
    return [{ check, seed, ...(shorten && !hasFailedBefore ? { shorten } : {}) }]
  })
  for (const run of known) if (run !== undefined) onRun(true)
  if (open.length === 0) return known as readonly RunResult[]
  const { wallMs, memoryBytes } = limitsFor(open)
  const job = { lab: lab.id, files: Object.fromEntries(files), runs: open, modules: modules() }
  const keep = (run: RunResult) => {
    store.put(keyOf(run.check, run.seed), run)
    if (run.short === undefined) onRun(false)
  }
  const leftMs = Math.max(1, Math.ceil(deadlineMs - performance.now()))
  const limits = { wallMs: Math.min(wallMs * times, leftMs), memoryBytes, isolation }
  const made = [...(await judgeInProcess(job, keep, limits))]
  return known.map((run) => run ?? made.shift()!)
}

/** Whether the run at a place failed, and no run of its check before it did. */
function isFirstFailed(runs: readonly (RunResult | undefined)[], i: number): boolean {
  const isFailed = (run: RunResult | undefined) => run?.check === runs[i]?.check && run?.verdict === 'failed'
  return isFailed(runs[i]) && !runs.slice(0, i).some(isFailed)
}

/** Only what the lab lets a learner change is taken; the rest is the starter's. What is left out is flagged. */
export function effectiveFiles(
  lab: Lab,
  starter: ReadonlyMap<string, string>,
  submitted: ReadonlyMap<string, string>,
  flags: string[],
): ReadonlyMap<string, string> {
  for (const path of submitted.keys())
    if (!lab.files.some((file) => file.path === path)) flags.push(`${path} is not a file of this lab and was ignored`)
  return new Map(lab.files.map(({ path }) => [path, submitted.get(path) ?? starter.get(path) ?? '']))
}

/** The runs of a learner's hand-in: of each check the public ones, those that are drawn, and those that are pinned. */
export function plannedRuns(
  { assignment, hidden, slots }: Pick<BatchOptions, 'assignment' | 'hidden' | 'slots'>,
  lab: string,
  learner: string,
): readonly PlannedRun[] {
  const runs: PlannedRun[] = []
  for (const check of assignment.checks.filter((one) => one.lab === lab)) {
    for (const [i, seed] of publicSeeds(assignment.id, check.id, check.seeds.public).entries())
      runs.push({ check, name: `p${i}`, seed })
    if (hidden === undefined) continue
    for (let i = 0; i < check.seeds.hidden; i++) {
      const of = assignment.hiddenSeeds === 'same' ? '' : learner
      runs.push({
        check,
        name: `h${i}`,
        seed: seedOf(hidden.salt, {
          assignment: assignment.id,
          learner: of,
          check: check.id,
          slot: slots?.get(learner) ?? 0,
          i,
        }),
      })
    }
    for (const [i, seed] of (hidden.pinned[check.id] ?? []).entries())
      runs.push({ check, name: `h${check.seeds.hidden + i}`, seed })
  }
  return runs
}

function checkResults(
  assignment: Assignment,
  lab: Lab,
  runs: readonly PlannedRun[],
  judged: readonly RunResult[],
  shorten: boolean,
): readonly CheckResult[] {
  const results: CheckResult[] = []
  for (const assigned of assignment.checks.filter((one) => one.lab === lab.id)) {
    const seeds: SeedResult[] = []
    for (const [i, run] of runs.entries()) {
      if (run.check !== assigned) continue
      const { check: _, short, ...result } = judged[i]!
      const isTold = shorten && short !== undefined && !seeds.some(({ verdict }) => verdict === 'failed')
      seeds.push({ name: run.name, ...result, ...(isTold ? { short } : {}) })
    }
    const max = Math.round(assigned.points * 100)
    const title = lab.checks.find((check) => check.id === assigned.id)?.title ?? assigned.id
    const score = scoreOf(max, assigned.credit, seeds)
    results.push({ lab: lab.id, id: assigned.id, title, max, score, verdict: verdictOf(seeds), seeds })
  }
  return results
}

/** The page's word against ours, on the same seeds: a difference means other versions, or an edited file. */
function flagClaims(taken: TakenIn, checks: readonly CheckResult[], flags: string[]): void {
  for (const claim of taken.submission.claimed?.checks ?? []) {
    const ours = checks.find((check) => check.id === claim.id)?.seeds.find((seed) => seed.seed === claim.seed)
    if (ours !== undefined && ours.verdict !== claim.verdict)
      flags.push(`the page said "${claim.verdict}" for ${claim.id} on a public seed; this run says "${ours.verdict}"`)
  }
}

function empty({ assignment }: BatchOptions, taken: TakenIn, flag: string): GradedSubmission {
  const { lab } = taken.submission
  return {
    format: RESULT_FORMAT,
    assignment: assignment.id,
    lab: { id: lab.id, version: lab.version },
    learner: taken.learner,
    filesSha256: filesSha256(submittedFiles(taken.submission)),
    checks: [],
    score: null,
    max: 0,
    flags: [...taken.flags, flag],
  }
}
