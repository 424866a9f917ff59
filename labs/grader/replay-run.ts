/** Makes one run of a stored result again, by its name, and says where it can be opened: what settles a question about it. */

import { labById } from '../find.ts'
import type { RunResult } from '../judge/run-check.ts'
import { moduleMap } from '../program/module-map.ts'
import { answerFiles } from '../runtime/lab-files.ts'
import { judgeInProcess } from './batch/judge-process.ts'
import { runOfSeed, runUrl } from './failing-runs.ts'
import { runText } from './schema/run-link.ts'
import { parseSubmission } from './schema/submission.ts'
import { readResult } from './verify.ts'

/** What is asked for. */
export interface ReplayOptions {
  readonly resultText: string
  readonly submissionBytes: Uint8Array
  /** The id of a check; the first that failed when left out. */
  readonly check?: string | undefined
  /** The name of a run, `p0` or `h3`; the first that failed when left out. */
  readonly seed?: string | undefined
  /** Where the book is, ending with a slash. */
  readonly book?: string | undefined
  /** The shorter run that was found, in place of the whole one. */
  readonly isShort?: boolean | undefined
}

/** The run as it went now. */
export interface Replayed {
  readonly check: string
  readonly name: string
  readonly now: RunResult
  /** Whether it went as the stored result says, to the last event. */
  readonly isSame: boolean
  /** What the script did in the shorter run, when that one was asked for. */
  readonly steps: readonly string[]
  /** '' without a book, or when the code is too long for a link. */
  readonly url: string
  /** The text of the run's file. */
  readonly text: string
}

function shorterWords(runs: readonly { readonly id: string; readonly name: string }[]): string {
  const cure = 'leave --short out'
  if (runs.length === 0) return cure
  return `only the first failing run of a check has one, here ${runs.map(({ id, name }) => `${id} ${name}`).join(', ')}; else ${cure}`
}

/** Throws an Error of one sentence when the result has no such run, or a file cannot be read. */
export async function replayRun({
  resultText,
  submissionBytes,
  check,
  seed,
  book,
  isShort,
}: ReplayOptions): Promise<Replayed> {
  const stored = readResult(resultText)
  const checks = stored.checks.filter(({ id }) => check === undefined || id === check)
  if (checks.length === 0)
    throw new Error(`the result has no check "${check}"; it has ${stored.checks.map(({ id }) => id).join(', ')}`)
  const runs = checks.flatMap((one) => one.seeds.map((of) => ({ id: one.id, ...of })))
  const found = runs.find(({ name, verdict }) => (seed === undefined ? verdict === 'failed' : name === seed))
  if (found === undefined)
    throw new Error(
      seed === undefined
        ? 'no run failed: name one with --check and --seed'
        : `there is no run "${seed}"${check === undefined ? '' : ` of ${check}`}; there are ${[...new Set(runs.map(({ name }) => name))].join(', ')}`,
    )
  const { submission } = parseSubmission(submissionBytes)
  if (submission.lab.id !== stored.lab.id)
    throw new Error(`the hand-in is of the lab ${submission.lab.id}, the result of ${stored.lab.id}`)
  if (isShort === true && found.short === undefined)
    throw new Error(
      `the result has no shorter run of ${found.id} ${found.name}: ${shorterWords(runs.filter(({ short }) => short !== undefined))}`,
    )
  const schedule = isShort === true ? found.short : undefined
  const run = runOfSeed(stored, found.id, found.seed, submission, schedule)
  if (run === undefined) throw new Error(`this version has no lab "${stored.lab.id}"`)
  const files = new Map([...answerFiles(labById(run.lab)!, 'starter'), ...Object.entries(run.files)])
  const job = { lab: run.lab, files: Object.fromEntries(files), modules: moduleMap() }
  const [now] = await judgeInProcess({ ...job, runs: [{ check: found.id, seed: found.seed, schedule }] })
  const wanted = schedule ?? found
  return {
    check: found.id,
    name: found.name,
    now: now!,
    isSame: now!.trace === wanted.trace && now!.verdict === found.verdict && now!.sentence === wanted.sentence,
    steps: schedule?.steps ?? [],
    url: runUrl({ book }, run),
    text: runText(run),
  }
}
