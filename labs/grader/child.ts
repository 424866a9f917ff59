/**
 * One process, one hand-in: judges the runs it is told to, in QuickJS, and prints each result as a line of JSON.
 *
 * It is given no salt, no other hand-in and no environment. A failed run is judged again with the lab's own solution: when
 * that fails too, the lab is broken on that seed and nobody is marked down for it.
 *
 * When all runs are made, the first that failed of a check is looked at again for a shorter one (`labs/judge/shorten.ts`): a
 * hand-in that stalls there loses no verdict.
 *
 * stdin: one `ChildJob` as a line; its end means that the parent has ended. stdout: `{"run": …}` for each run, in order, then
 * `{"short": …}` for each run that was shortened, then `{"done": true}`.
 */
import { readSync } from 'node:fs'
import type { Cluster } from '../../reference/host/cluster.ts'
import { bootHere } from '../judge/boot-here.ts'
import { electionCalls } from '../judge/elections.ts'
import { type RunResult, runCheck } from '../judge/run-check.ts'
import { type Schedule, type ScriptCall, scheduled, WHOLE } from '../judge/schedule.ts'
import { canBeShortened, type ShortRun, shortenRun } from '../judge/shorten.ts'
import { loadLab } from '../load-lab.ts'
import { evaluateHere } from '../program/evaluate-here.ts'
import type { ModuleMap } from '../program/link.ts'
import { answerFiles } from '../runtime/lab-files.ts'
import { bootGuest } from './guest/boot-guest.ts'
import { guestWasm } from './guest-wasm.ts'

/** What a child is to do. */
export interface ChildJob {
  readonly lab: string
  readonly files: Readonly<Record<string, string>>
  readonly runs: readonly ChildRun[]
  /** Every module of the reference, compiled, as the parent made them. */
  readonly modules: ModuleMap
}

export interface ChildRun {
  readonly check: string
  readonly seed: string
  /** A shorter run is looked for when it fails, and no run of the check before it did. */
  readonly shorten?: boolean
  /** Only the part of the run that this leaves. */
  readonly schedule?: Schedule | undefined
}

export interface ChildLine {
  readonly run?: RunResult
  /** A shorter run than one that was printed. */
  readonly short?: { readonly check: string; readonly seed: string; readonly short: ShortRun }
  readonly done?: boolean
}

type Shortened = Parameters<typeof shortenRun>[0]

async function main(): Promise<void> {
  const job = readJob()
  const lab = await loadLab(job.lab)
  const files = new Map(Object.entries(job.files))
  const boot = bootGuest({ lab, base: job.modules, trusted: evaluateHere(job.modules), wasm: guestWasm() })
  const endOfParent = whenParentEnds()
  const trustedBoot = bootHere(lab, job.modules, evaluateHere)
  const solution = answerFiles(lab, 'solution')
  const toShorten = new Map<string, Shortened>()
  for (const { check: id, seed, shorten, schedule: asked = WHOLE } of job.runs) {
    // a turn of the event loop: the end of the parent is noticed between two runs
    await new Promise(setImmediate)
    const check = lab.checks.find((one) => one.id === id)
    if (check === undefined) throw new Error(`lab ${lab.id} has no check "${id}"`)
    const judge = async (schedule: Schedule) => {
      await new Promise(setImmediate)
      const calls: ScriptCall[] = []
      const forScript = (cluster: Cluster) => scheduled(cluster, schedule, calls)
      const onEnd = ({ events }: Cluster) => void calls.push(...electionCalls(events))
      return { result: await runCheck({ lab, check, files, seed, boot, forScript, onEnd }), calls }
    }
    const control = (schedule: Schedule) =>
      runCheck({
        lab,
        check,
        files: solution,
        seed,
        boot: trustedBoot,
        forScript: (cluster) => scheduled(cluster, schedule),
      })
    const failed = await judge(asked)
    let run = failed.result
    if (run.verdict === 'failed') {
      const { verdict, sentence } = await control(asked)
      if (verdict !== 'passed')
        run = {
          ...run,
          verdict: 'could-not-judge',
          reason: 'lab-broken',
          sentence: `the lab's own solution fails here too: ${sentence}`,
        }
      else if (shorten === true && !toShorten.has(id)) toShorten.set(id, { failed, judge, control })
    }
    print({ run })
  }
  for (const one of toShorten.values())
    if (canBeShortened(one.failed.result)) {
      const { check, seed } = one.failed.result
      print({ short: { check, seed, short: await shortenRun(one) } })
    }
  print({ done: true })
  endOfParent.cancel()
}

/** The parent keeps the input open for as long as it lives; when it has ended, nobody wants the rest. */
function whenParentEnds(): { cancel(): void } {
  process.stdin.on('end', () => process.exit(1)).resume()
  process.stdout.on('error', () => process.exit(1))
  return { cancel: () => process.stdin.destroy() }
}

/** The job: the first line of the input. */
function readJob(): ChildJob {
  const parts: Buffer[] = []
  const part = Buffer.alloc(64 * 1024)
  for (;;) {
    const count = readSync(0, part)
    if (count === 0) throw new Error('the input ended before the job was whole')
    const end = part.subarray(0, count).indexOf(0x0a)
    parts.push(Buffer.from(part.subarray(0, end < 0 ? count : end)))
    if (end >= 0) return JSON.parse(Buffer.concat(parts).toString('utf8')) as ChildJob
  }
}

function print(line: ChildLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

await main()
