/**
 * Judges one check on one seed: boots the lab's cluster, runs the check as a script, says how it ended.
 *
 * | verdict         | means                                                                             |
 * | --------------- | --------------------------------------------------------------------------------- |
 * | passed          | the check's script ran to its end                                                   |
 * | failed          | a promise broke, a program threw, did not load, or never came to rest                |
 * | could-not-judge | the judge itself failed; never a zero                                                |
 *
 * The same code judges in the page, in tests and in the grader; only where the nodes' programs run differs (`boot`). The
 * result holds whole numbers and texts only, so two engines' results can be compared byte for byte.
 */
import { type Cluster, ScenarioFailure } from '../../reference/host/cluster.ts'
import type { SimCluster } from '../../reference/host/sim/cluster.ts'
import { NodeThrew } from '../../reference/host/sim/driver.ts'
import { SimulationLimit } from '../../reference/host/sim/limits.ts'
import type { Lab, LabCheck, Variant } from '../lab.ts'
import type { CompileError } from '../program/compile.ts'
import { CHECK_VIRTUAL_MS_MAX } from '../program/limits.ts'
import { clusterSeed, drawFor } from './seeds.ts'
import type { ShortRun } from './shorten.ts'

export type Verdict = 'passed' | 'failed' | 'could-not-judge'

/** One check on one seed. Integers and texts only; canonical when written with sorted keys. */
export interface RunResult {
  readonly check: string
  /** 32 hexadecimal digits. */
  readonly seed: string
  readonly verdict: Verdict
  /** '' when passed; otherwise `promise`, `does-not-load`, `threw`, `never-settles`, `fuel`, `memory`, `stack`, `host-exception` … */
  readonly reason: string
  /** What happened, for the learner. */
  readonly sentence: string
  /** Virtual time and number of the event at which it was decided. */
  readonly atMs: number
  readonly events: number
  /** Hash of the event log up to there. */
  readonly trace: string
  /** Of the first failing run of a check, when it was looked for: a shorter one that fails alike. */
  readonly short?: ShortRun
}

/** A booted cluster, and what went wrong before it could be. */
export type Boot = (
  files: ReadonlyMap<string, string>,
  seed: number,
) => Promise<
  | {
      readonly cluster: SimCluster
      readonly limitHit?: () => GuestLimit | undefined
      /** Counted work so far, where a host counts it. */
      readonly usage?: () => GuestUsage
      /** Called when the cluster is disposed of, and nothing runs in it any more. */
      readonly release?: () => void
      readonly errors?: never
    }
  | { readonly errors: readonly CompileError[] }
>

/** Work of a run in units of fuel: all of it, and the most of one event. */
export interface GuestUsage {
  readonly run: number
  readonly step: number
}

/** A guest ran out of something the host counts: which of the reasons above. */
export class GuestLimit extends Error {
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.name = 'GuestLimit'
    this.reason = reason
  }
}

export interface JudgeOptions {
  readonly lab: Lab
  readonly check: LabCheck
  readonly files: ReadonlyMap<string, string>
  readonly seed: string
  readonly boot: Boot
  /** What the script gets in place of the cluster: a part of it may be left out (`schedule.ts`). */
  readonly forScript?: (cluster: Cluster) => Cluster
  /** Gets the cluster when the check has ended, before it is disposed of: to show the run in a figure. */
  readonly onEnd?: (cluster: SimCluster) => void
  /** Gets the work that was counted, where it was. */
  readonly onUsage?: (usage: GuestUsage) => void
}

// #region run-check
export async function runCheck({
  lab,
  check,
  files,
  seed,
  boot,
  forScript = (cluster) => cluster,
  onEnd,
  onUsage,
}: JudgeOptions): Promise<RunResult> {
  const base = { check: check.id, seed }
  const booted = await boot(files, clusterSeed(seed)).catch((error: Error) => error)
  if (booted instanceof Error) return { ...base, ...couldNotJudge(booted), atMs: 0, events: 0, trace: '' }
  if (booted.errors !== undefined) {
    const { path, line, text } = booted.errors[0]!
    return {
      ...base,
      verdict: 'failed',
      reason: 'does-not-load',
      sentence: `${path} line ${line}: ${text}`,
      atMs: 0,
      events: 0,
      trace: '',
    }
  }
  const { cluster } = booted
  const variant = lab.variant(drawFor(seed))
  const judged = await judge(cluster, () => check.run({ cluster: forScript(cluster), variant, files }))
  judged.sentence = withoutEngineWords(judged.sentence)
  const limit = booted.limitHit?.()
  if (limit !== undefined) Object.assign(judged, { verdict: 'failed', reason: limit.reason, sentence: limit.message })
  const result = { ...base, ...judged, atMs: cluster.nowMs(), events: cluster.eventCount, trace: cluster.hash() }
  onEnd?.(cluster)
  if (booted.usage !== undefined) onUsage?.(booted.usage())
  await cluster.dispose()
  booted.release?.()
  return result
}

/**
 * Engines word their own errors differently, and a verdict must be equal in all of them: the kind of error is kept, and the
 * name that is not defined.
 */
function withoutEngineWords(sentence: string): string {
  return sentence
    .replace(
      /\bReferenceError: (?:'?([\w$]+)'? is not defined|Can't find variable: ([\w$]+)).*$/s,
      'there is no name $1$2',
    )
    .replace(/\b(TypeError|RangeError|ReferenceError|SyntaxError|EvalError|URIError|InternalError): .*$/s, '$1')
}

async function judge(
  cluster: SimCluster,
  script: () => Promise<void>,
): Promise<{ verdict: Verdict; reason: string; sentence: string }> {
  try {
    await cluster.driver.run(script)
    if (cluster.nowMs() > CHECK_VIRTUAL_MS_MAX)
      return {
        verdict: 'failed',
        reason: 'never-settles',
        sentence: `the run took more than ${CHECK_VIRTUAL_MS_MAX / 60_000} minutes of its own time`,
      }
    return { verdict: 'passed', reason: '', sentence: '' }
  } catch (error) {
    if (error instanceof GuestLimit) return { verdict: 'failed', reason: error.reason, sentence: error.message }
    if (error instanceof ScenarioFailure) return { verdict: 'failed', reason: 'promise', sentence: error.message }
    if (error instanceof SimulationLimit) return { verdict: 'failed', reason: reasonOf(error), sentence: error.message }
    if (error instanceof NodeThrew) return { verdict: 'failed', reason: 'threw', sentence: error.message }
    // A script may also fail through an Error of its cluster: a node that did not start, a command that was refused.
    if (error instanceof Error && error.constructor === Error)
      return { verdict: 'failed', reason: 'promise', sentence: error.message }
    return couldNotJudge(error)
  }
}
// #endregion run-check

/** The reason of a run that a limit of the simulation has ended. */
export function reasonOf({ limit }: SimulationLimit): 'memory' | 'never-settles' {
  return limit === 'recordedCharacters' || limit === 'diskBytes' ? 'memory' : 'never-settles'
}

function couldNotJudge(error: unknown): { verdict: Verdict; reason: string; sentence: string } {
  return {
    verdict: 'could-not-judge',
    reason: 'host-exception',
    sentence: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  }
}

/** The variant of a lab for a seed, for texts that show it. */
export function variantOf(lab: Lab, seed: string): Variant {
  return lab.variant(drawFor(seed))
}
