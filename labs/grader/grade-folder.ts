/**
 * From a folder of hand-ins to a report: the whole of `mq grade`, but for its words on the command line.
 *
 * ```
 * folder ──intake──► submissions ──batch──► results ──► report.html, grades.csv, checks.csv, feedback/, results/
 *                                     └──► runs/: each run as soon as it is made, so the same command goes on after an end
 * ```
 * Not here: talking to platforms; they get files.
 */
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { labById } from '../find.ts'
import { moduleMap } from '../program/module-map.ts'
import { answerFiles } from '../runtime/lab-files.ts'
import { engineSha256 } from './batch/engine-hash.ts'
import { gradeBatch } from './batch/grade-batch.ts'
import { type ChildUser, type Isolate, type Isolation, isolationOf } from './batch/isolation.ts'
import { ROOT } from './batch/judge-process.ts'
import { checkMerged, type RunRecord } from './batch/merge.ts'
import { openRunStore, type RunStore, withOthers } from './batch/run-store.ts'
import { ofShard, type Shard } from './batch/shard.ts'
import { type Decisions, finalGrades } from './grades/final-grades.ts'
import { NO_TIMES, parseHandInTimes, parseOverrides, parseSlots, parseTimes } from './grades/instructor-tables.ts'
import { type Attempt, pickAttempts } from './grades/pick-attempts.ts'
import { type Problem, type SetAside, takeIn } from './intake/intake.ts'
import { type Learner, parseRoster } from './intake/roster.ts'
import {
  countWords,
  earlyExtensions,
  setAsideWords,
  sharedTimeWords,
  strayTimes,
  timeWords,
} from './report/grading-words.ts'
import { tryPlatformFiles } from './report/write-exports.ts'
import { type ExportOptions, writeReport } from './report/write-report.ts'
import { type Assignment, FormatError, parseAssignment, parseSecret } from './schema/assignment.ts'
import type { GradedSubmission } from './schema/result.ts'

export interface GradeFolderOptions {
  readonly folder: string
  readonly assignmentText: string
  /** Left out: public seeds only. */
  readonly secretText: string | undefined
  readonly rosterText: string | undefined
  /** `extensions.csv`, `overrides.csv`, `timestamps.csv`, `reseed.csv`. */
  readonly tables?: { readonly [name in TableName]?: string }
  /** The names of their files, for messages. */
  readonly tableNames?: { readonly [name in TableName]?: string }
  readonly exports?: ExportOptions
  /** Only every n-th learner, by a hash of the id: for grading on several machines. */
  readonly shard?: Shard
  /** Reports of other machines, whose runs are taken. */
  readonly merge?: readonly string[]
  readonly out: string
  /** Files that were read: when they lie among the hand-ins, they are none. */
  readonly inputs?: readonly string[]
  readonly jobs: number
  /** Whether a shorter run is looked for of the first that failed of each check; true when left out. */
  readonly shorten?: boolean
  /** Whether judging processes run inside of bubblewrap; `auto` when left out. */
  readonly isolate?: Isolate
  /** The user of judging processes, where the grader is root. */
  readonly childUser?: ChildUser
  /** Judges with the labs of this version, also when the assignment was made with other ones; the report says so. */
  readonly acceptVersions?: boolean
  /** Judging ends after so long; what is not judged then is could-not-judge. */
  readonly deadlineMs?: number
  readonly progress: (done: number, of: number, secondsLeft: number) => void
}

export interface GradeSummary {
  readonly graded: number
  readonly unjudged: number
  readonly problems: readonly Problem[]
  /** Hand-ins for another lab or assignment, which were not judged. */
  readonly setAside: readonly SetAside[]
  /** Files, learners and hand-ins in numbers: one sentence without a full stop. */
  readonly words: string
  readonly missing: number
  readonly results: readonly GradedSubmission[]
  /** Runs that were made now, and runs whose result was there from before. */
  readonly runs: { readonly made: number; readonly known: number }
  /** Sentences about the files of platforms. */
  readonly said: readonly string[]
}

/** The tables an instructor may give. */
export const TABLES = ['extensions', 'overrides', 'timestamps', 'reseed'] as const
export type TableName = (typeof TABLES)[number]

/** Something is wrong before anything was done. One sentence. */
export class GradeError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'GradeError'
  }
}

export async function gradeFolder(options: GradeFolderOptions): Promise<GradeSummary> {
  const { assignment, hidden, roster, decided, times, slots, versions } = readInputs(options)
  const { out } = options
  if (resolve(out) === resolve(options.folder))
    throw new GradeError(
      `--out is the folder with the hand-ins: name another one, its files would be taken for hand-ins`,
    )
  const record = recordOf(options, assignment)
  try {
    checkMerged(options.merge ?? [], record)
    tryPlatformFiles(options.exports ?? {})
  } catch (error) {
    throw new GradeError((error as Error).message)
  }
  const isolation = isolationOrFault(options)
  const store = withOthers(openOut(out), options.merge ?? [])
  const all = ofShard(takeIn(options.folder, roster, ownFiles(options), assignment), options.shard)
  let [made, known] = [0, 0]
  const startedMs = performance.now()
  const of = all.submissions.length
  const judged = await gradeBatch({
    assignment,
    hidden,
    submissions: all.submissions,
    slots,
    modules: moduleMap,
    starter: (lab) => answerFiles(lab, 'starter'),
    jobs: options.jobs,
    shorten: options.shorten ?? true,
    isolation,
    ...(options.deadlineMs === undefined ? {} : { deadlineMs: startedMs + options.deadlineMs }),
    store,
    onRun: (isKnown) => void (isKnown ? known++ : made++),
    onGraded: (_, done) => options.progress(done, of, ((performance.now() - startedMs) / 1_000 / done) * (of - done)),
  })
  const attempts = pickAttempts(assignment, all.submissions, judged, decided, times)
  const counting = attempts.filter(({ counts }) => counts)
  const graded = counting.map((one) => one.graded)
  const intake = { ...all, submissions: counting.map(({ taken }) => taken) }
  const decisions = { ...decided, submitted: handedInAt(assignment, counting) }
  const grades = finalGrades(assignment, graded, intake, roster, decisions)
  const notes = [
    ...setAsideWords(all.setAside),
    ...timeWords(assignment, counting),
    ...strayTimes(times, all),
    ...earlyExtensions(assignment, decided),
  ]
  const input = { assignment, graded, intake, roster, withHidden: hidden !== undefined, attempts, versions, notes }
  const run = runText(options, record, isolation, { made, known, tookMs: performance.now() - startedMs })
  const said = writeReport(out, input, grades, { submittedMs: decisions.submitted, ...options.exports }, run)
  return {
    graded: graded.filter((one) => one.score !== null).length,
    unjudged: graded.filter((one) => one.score === null).length,
    problems: intake.problems,
    setAside: intake.setAside,
    words: countWords(intake, attempts),
    missing: intake.missing.length,
    results: graded,
    runs: { made, known },
    said: [...versions, ...notes, ...sharedTimeWords(counting), ...said],
  }
}

function isolationOrFault({ isolate = 'auto', childUser }: GradeFolderOptions): Isolation {
  try {
    return isolationOf(isolate, ROOT, childUser)
  } catch (error) {
    throw new GradeError((error as Error).message)
  }
}

/** What the report is of: another one of the same record can be merged with it. */
function recordOf({ secretText }: GradeFolderOptions, { id, labs, saltCommitment }: Assignment): RunRecord {
  return {
    assignment: id,
    saltCommitment,
    labs: labs.map(({ lab, version }) => ({ lab, version, engineSha256: engineSha256(lab) })),
    isHidden: secretText !== undefined,
  }
}

/** How and with what the report was made: all that does not belong into results, which are the same everywhere. */
function runText(
  { jobs, shard }: GradeFolderOptions,
  record: RunRecord,
  { words }: Isolation,
  { made, known, tookMs }: { readonly made: number; readonly known: number; readonly tookMs: number },
): string {
  const value = {
    format: 'glassmq-run/1',
    ...record,
    gradedAt: new Date().toISOString(),
    runsMade: made,
    runsKnown: known,
    tookSeconds: Math.round(tookMs / 1_000),
    jobs,
    isolation: words,
    ...(shard === undefined ? {} : { shard: `${shard.k}/${shard.n}` }),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  }
  return `${JSON.stringify(value, null, 2)}\n`
}

/** When the hand-in of each learner came that counts. The date of a file is asked only where something can be late. */
function handedInAt({ due }: Assignment, counting: readonly Attempt[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const { taken, atMs, isFileDate } of counting)
    if (atMs !== undefined && !(due === undefined && isFileDate))
      // of several labs the last counts
      times.set(taken.learner, Math.max(atMs, times.get(taken.learner) ?? atMs))
  return times
}

/** The folder for the report, tried before anything is judged. Throws a GradeError. */
function openOut(out: string): RunStore {
  try {
    const trial = join(out, '.trial')
    const store = openRunStore(join(out, 'runs'))
    writeFileSync(trial, '')
    rmSync(trial)
    return store
  } catch (error) {
    const isFile = statSync(out, { throwIfNoEntry: false })?.isFile() === true
    throw new GradeError(
      isFile
        ? `--out ${out} is a file: name a folder, it is made when there is none`
        : `nothing can be written to --out ${out}: ${(error as Error).message}`,
    )
  }
}

/** What lies in the folder of hand-ins and is this command's own, relative to that folder. */
function ownFiles({ folder, out, inputs = [] }: GradeFolderOptions): readonly string[] {
  return [out, ...inputs].map((path) => relative(resolve(folder), resolve(path)).replaceAll('\\', '/'))
}

function readInputs(options: GradeFolderOptions) {
  try {
    const assignment = parseAssignment(options.assignmentText)
    const versions = checkLabs(assignment, options.acceptVersions === true)
    const hidden = options.secretText === undefined ? undefined : parseSecret(options.secretText, assignment)
    const roster = options.rosterText === undefined ? undefined : parseRoster(options.rosterText)
    const { extensions, overrides, timestamps, reseed } = options.tables ?? {}
    const named = (table: TableName) => options.tableNames?.[table] ?? `${table}.csv`
    const times = timestamps === undefined ? NO_TIMES : parseHandInTimes(timestamps, named('timestamps'))
    const decided: Decisions = {
      extensions: extensions === undefined ? new Map() : parseTimes(extensions, named('extensions'), 'until'),
      overrides: overrides === undefined ? [] : parseOverrides(overrides, assignment.checks, named('overrides')),
      submitted: new Map(),
    }
    const slots = reseed === undefined ? new Map<string, number>() : parseSlots(reseed, named('reseed'))
    checkOnRoster(roster, named('extensions'), [...decided.extensions.keys()])
    checkOnRoster(
      roster,
      named('overrides'),
      decided.overrides.map(({ id }) => id),
    )
    checkOnRoster(roster, named('timestamps'), [...times.byLearner.keys(), ...times.byFile.map(({ id }) => id)])
    checkOnRoster(roster, named('reseed'), [...slots.keys()])
    return { assignment, hidden, roster, decided, times, slots, versions }
  } catch (error) {
    if (error instanceof FormatError || (error as Error).constructor === Error)
      throw new GradeError((error as Error).message)
    throw error
  }
}

/** A mistyped id would cost somebody an extension. */
function checkOnRoster(roster: readonly Learner[] | undefined, file: string, ids: readonly string[]): void {
  if (roster === undefined) return
  const known = new Set(roster.map(({ id }) => id))
  const stranger = ids.find((id) => !known.has(id))
  if (stranger !== undefined) throw new FormatError(`${file} has the id "${stranger}", which is not on the roster`)
}

/** The judge must be what the assignment was made for. Returns sentences about versions that differ and are accepted. */
function checkLabs(assignment: Assignment, acceptVersions: boolean): readonly string[] {
  const accepted: string[] = []
  for (const { lab: id, version } of assignment.labs) {
    const lab = labById(id)
    if (lab === undefined)
      throw new FormatError(`the assignment names the lab "${id}", which this version does not have`)
    if (lab.version !== version && !acceptVersions)
      throw new FormatError(
        `the assignment is for version ${version} of lab "${id}"; this is ${lab.version}: use the version it was made with, or --engine-mismatch accept`,
      )
    if (lab.version !== version)
      accepted.push(`lab "${id}" was judged in version ${lab.version}; the assignment was made with ${version}`)
    for (const check of assignment.checks)
      if (check.lab === id && !lab.checks.some((one) => one.id === check.id))
        throw new FormatError(
          `lab "${id}" has no check "${check.id}"; it has ${lab.checks.map((one) => one.id).join(', ')}`,
        )
  }
  return accepted
}
