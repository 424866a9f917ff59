/**
 * Grades every hand-in of a folder: draws the seeds, has each judged in a process of its own, adds up the points.
 *
 * Points and salt stay in this process. Results come in the order of learners, whatever ends first.
 */

import { labById } from '../../find.ts'
import type { RunResult } from '../../judge/run-check.ts'
import { publicSeeds, seedOf } from '../../judge/seeds.ts'
import type { Lab } from '../../lab.ts'
import type { ModuleMap } from '../../program/link.ts'
import type { TakenIn } from '../intake/intake.ts'
import type { AssignedCheck, Assignment } from '../schema/assignment.ts'
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
import { judgeInProcess } from './judge-process.ts'

export interface BatchOptions {
  readonly assignment: Assignment
  /** Hidden seeds are drawn with it; undefined: public seeds only. */
  readonly salt: Uint8Array | undefined
  readonly submissions: readonly TakenIn[]
  readonly modules: ModuleMap
  /** The starter's files of a lab: what a hand-in does not have, or may not change. */
  readonly starter: (lab: Lab) => ReadonlyMap<string, string>
  /** How many at a time. */
  readonly jobs: number
  readonly onGraded: (graded: GradedSubmission, done: number) => void
}

interface PlannedRun {
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
  return results
}

async function gradeOne(options: BatchOptions, taken: TakenIn): Promise<GradedSubmission> {
  const { assignment, modules } = options
  const { submission, learner } = taken
  const flags = [...taken.flags]
  const assigned = assignment.labs.find(({ lab }) => lab === submission.lab.id)
  const lab = assigned === undefined ? undefined : labById(assigned.lab)
  if (assigned === undefined || lab === undefined)
    return empty(options, taken, `the assignment has no lab "${submission.lab.id}"`)
  if (submission.lab.version !== assigned.version)
    flags.push(`worked on version ${submission.lab.version} of the lab; graded with ${assigned.version}`)
  const files = effectiveFiles(lab, options.starter(lab), submittedFiles(submission), flags)
  const runs = plan(options, lab.id, learner)
  const job = {
    lab: lab.id,
    files: Object.fromEntries(files),
    runs: runs.map(({ check, seed }) => ({ check: check.id, seed })),
    modules,
  }
  const judged = await judgeInProcess(job)
  const checks = checkResults(assignment, lab, runs, judged)
  const isUnjudged = checks.some((check) => check.score === null)
  flagClaims(taken, checks, flags)
  return {
    format: RESULT_FORMAT,
    assignment: assignment.id,
    lab: { id: lab.id, version: lab.version },
    learner,
    filesSha256: filesSha256(files),
    checks,
    score: isUnjudged ? null : checks.reduce((sum, check) => sum + check.score!, 0),
    max: checks.reduce((sum, check) => sum + check.max, 0),
    flags,
  }
}

/** Only what the lab lets a learner change is taken; the rest is the starter's. */
function effectiveFiles(
  lab: Lab,
  starter: ReadonlyMap<string, string>,
  submitted: ReadonlyMap<string, string>,
  flags: string[],
): ReadonlyMap<string, string> {
  for (const path of submitted.keys())
    if (!lab.files.some((file) => file.path === path)) flags.push(`${path} is not a file of this lab and was ignored`)
  return new Map(lab.files.map(({ path }) => [path, submitted.get(path) ?? starter.get(path) ?? '']))
}

function plan({ assignment, salt }: BatchOptions, lab: string, learner: string): readonly PlannedRun[] {
  const runs: PlannedRun[] = []
  for (const check of assignment.checks.filter((one) => one.lab === lab)) {
    for (const [i, seed] of publicSeeds(assignment.id, check.id, check.seeds.public).entries())
      runs.push({ check, name: `p${i}`, seed })
    for (let i = 0; salt !== undefined && i < check.seeds.hidden; i++) {
      const of = assignment.hiddenSeeds === 'same' ? '' : learner
      runs.push({
        check,
        name: `h${i}`,
        seed: seedOf(salt, { assignment: assignment.id, learner: of, check: check.id, slot: 0, i }),
      })
    }
  }
  return runs
}

function checkResults(
  assignment: Assignment,
  lab: Lab,
  runs: readonly PlannedRun[],
  judged: readonly RunResult[],
): readonly CheckResult[] {
  const results: CheckResult[] = []
  for (const assigned of assignment.checks.filter((one) => one.lab === lab.id)) {
    const seeds: SeedResult[] = []
    for (const [i, run] of runs.entries()) {
      if (run.check !== assigned) continue
      const { check: _, ...result } = judged[i]!
      seeds.push({ name: run.name, ...result })
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
