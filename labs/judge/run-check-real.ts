/**
 * Judges one check over real processes: the same scripts, verdicts and words as `run-check.ts` on the simulation.
 *
 * Time is the wall's, so a check takes as long as the cluster does, and nothing repeats exactly: `trace` is ''. A judge that
 * itself fails is never a zero.
 */
import { type Cluster, ScenarioFailure } from '../../reference/host/cluster.ts'
import type { Lab, LabCheck } from '../lab.ts'
import type { CompileError } from '../program/compile.ts'
import type { RunResult, Verdict } from './run-check.ts'
import { drawFor } from './seeds.ts'

/** Wall time one check may take in real processes. */
export const CHECK_WALL_MS_MAX = 5 * 60 * 1000

export interface RealJudgeOptions {
  readonly lab: Lab
  readonly check: LabCheck
  readonly files: ReadonlyMap<string, string>
  readonly seed: string
  /** What does not compile. */
  readonly errors: readonly CompileError[]
  /** An empty cluster of its own. */
  readonly open: () => Promise<Cluster>
  /** Gets the cluster when the check has ended, before it is disposed of. */
  readonly onEnd?: (cluster: Cluster) => void
  readonly withinMs?: number
}

interface Judged {
  readonly verdict: Verdict
  readonly reason: string
  readonly sentence: string
}

/** Runs the check and says how it ended. Rejects only when no cluster could be opened. */
export async function runCheckReal(options: RealJudgeOptions): Promise<RunResult> {
  const { lab, check, files, seed } = options
  const base = { check: check.id, seed, trace: '' }
  const [error] = options.errors
  if (error !== undefined) {
    const sentence = `${error.path} line ${error.line}: ${error.text}`
    return { ...base, verdict: 'failed', reason: 'does-not-load', sentence, atMs: 0, events: 0 }
  }
  const cluster = await options.open()
  try {
    const variant = lab.variant(drawFor(seed))
    const judged = await judge(
      cluster,
      () => check.run({ cluster, variant, files }),
      options.withinMs ?? CHECK_WALL_MS_MAX,
    )
    const result = { ...base, ...judged, atMs: cluster.nowMs(), events: cluster.events.length }
    options.onEnd?.(cluster)
    return result
  } finally {
    await cluster.dispose()
  }
}

async function judge(cluster: Cluster, script: () => Promise<void>, withinMs: number): Promise<Judged> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Judged>((resolve) => {
    const sentence = `the run took more than ${Math.round(withinMs / 1000)} s`
    timer = setTimeout(() => resolve({ verdict: 'failed', reason: 'never-settles', sentence }), withinMs)
  })
  const ended = script().then(
    (): Judged => ({ verdict: 'passed', reason: '', sentence: '' }),
    (error: unknown) => failed(cluster, error),
  )
  return Promise.race([ended, late]).finally(() => clearTimeout(timer))
}

function failed(cluster: Cluster, error: unknown): Judged {
  // A script may also fail through an Error of its cluster: a node that did not start, a command that was refused.
  const isScript = error instanceof ScenarioFailure || (error instanceof Error && error.constructor === Error)
  if (!isScript) {
    const sentence = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { verdict: 'could-not-judge', reason: 'host-exception', sentence }
  }
  const { message } = error as Error
  for (const event of cluster.events) {
    if (event.kind !== 'node.stopped' || event.how !== 'runaway') continue
    return { verdict: 'failed', reason: 'fuel', sentence: `${event.node} was stopped: ${event.reason}. ${message}` }
  }
  return { verdict: 'failed', reason: 'promise', sentence: message }
}
