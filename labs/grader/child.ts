/**
 * One process, one hand-in: judges the runs it is told to, in QuickJS, and prints each result as a line of JSON.
 *
 * It is given no salt, no other hand-in and no environment. A failed run is judged again with the lab's own solution: when
 * that fails too, the lab is broken on that seed and nobody is marked down for it.
 *
 * stdin: one `ChildJob` as a line; its end means that the parent has ended. stdout: `{"run": …}` for each run, in order, then `{"done": true}`.
 */
import { readSync } from 'node:fs'
import { labById } from '../find.ts'
import { bootHere } from '../judge/boot-here.ts'
import { type RunResult, runCheck } from '../judge/run-check.ts'
import { evaluateHere } from '../program/evaluate-here.ts'
import type { ModuleMap } from '../program/link.ts'
import { answerFiles } from '../runtime/lab-files.ts'
import { bootGuest } from './guest/boot-guest.ts'

/** What a child is to do. */
export interface ChildJob {
  readonly lab: string
  readonly files: Readonly<Record<string, string>>
  readonly runs: readonly { readonly check: string; readonly seed: string }[]
  /** Every module of the reference, compiled, as the parent made them. */
  readonly modules: ModuleMap
}

export interface ChildLine {
  readonly run?: RunResult
  readonly done?: boolean
}

async function main(): Promise<void> {
  const job = readJob()
  const lab = labById(job.lab)
  if (lab === undefined) throw new Error(`no lab "${job.lab}"`)
  const files = new Map(Object.entries(job.files))
  const boot = bootGuest({ lab, base: job.modules, trusted: evaluateHere(job.modules) })
  const endOfParent = whenParentEnds()
  for (const { check: id, seed } of job.runs) {
    // a turn of the event loop: the end of the parent is noticed between two runs
    await new Promise(setImmediate)
    const check = lab.checks.find((one) => one.id === id)
    if (check === undefined) throw new Error(`lab ${lab.id} has no check "${id}"`)
    let run = await runCheck({ lab, check, files, seed, boot })
    if (run.verdict === 'failed') {
      const solution = answerFiles(lab, 'solution')
      const control = await runCheck({
        lab,
        check,
        files: solution,
        seed,
        boot: bootHere(lab, job.modules, evaluateHere),
      })
      if (control.verdict !== 'passed')
        run = {
          ...run,
          verdict: 'could-not-judge',
          reason: 'lab-broken',
          sentence: `the lab's own solution fails here too: ${control.sentence}`,
        }
    }
    print({ run })
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
