/**
 * One process, one hand-in: judges the runs it is told to, in QuickJS, and prints each result as a line of JSON.
 *
 * It is given no salt, no other hand-in and no environment. A failed run is judged again with the lab's own solution: when
 * that fails too, the lab is broken on that seed and nobody is marked down for it.
 *
 * stdin: one `ChildJob`. stdout: `{"run": …}` for each run, in order, then `{"done": true}`.
 */
import { readFileSync } from 'node:fs'
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
  const job = JSON.parse(readFileSync(0, 'utf8')) as ChildJob
  const lab = labById(job.lab)
  if (lab === undefined) throw new Error(`no lab "${job.lab}"`)
  const files = new Map(Object.entries(job.files))
  const boot = bootGuest({ lab, base: job.modules, trusted: evaluateHere(job.modules) })
  for (const { check: id, seed } of job.runs) {
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
}

function print(line: ChildLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

await main()
