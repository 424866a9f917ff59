/**
 * Judges the answers of all labs in QuickJS and makes one hash over all results: what every engine must find alike.
 *
 * Of the solution all checks, of the starter two, of a wrong answer the check that catches it; and hostile code in the first lab. Runs in Node and in a browser's
 * worker: what is read from disks or fetched is passed in.
 */
import { bootGuest } from '../../labs/grader/guest/boot-guest.ts'
import { runCheck } from '../../labs/judge/run-check.ts'
import { publicSeeds, sha256Hex } from '../../labs/judge/seeds.ts'
import type { Lab } from '../../labs/lab.ts'
import { evaluateHere } from '../../labs/program/evaluate-here.ts'
import type { ModuleMap } from '../../labs/program/link.ts'
import { HOSTILE, HOSTILE_FILE } from '../support/hostile-programs.ts'

/** The lab that hostile code is for. */
const HOSTILE_LAB = 'lost-address'

export interface EnginesInput {
  readonly labs: readonly Lab[]
  readonly modules: ModuleMap
  readonly wasm: WebAssembly.Module
  /** The files of an answer, such as `solution` or `wrong/empty`. */
  readonly filesOf: (lab: Lab, answer: string) => ReadonlyMap<string, string>
  /** Hears of each lab that is done, with the hash over its own results. */
  readonly onLab?: (id: string, sha256: string) => void
}

/** The runs of a lab: an answer and the id of a check. */
export function plannedIn(lab: Lab): readonly (readonly [answer: string, check: string])[] {
  const ids = lab.checks.map(({ id }) => id)
  return [
    ...ids.map((id) => ['solution', id] as const),
    ...ids.slice(0, 2).map((id) => ['starter', id] as const),
    ...Object.entries(lab.wrong).map(([name, { caughtBy }]) => [`wrong/${name}`, caughtBy] as const),
  ]
}

/** Returns how many runs were made, and the hash over all their results. */
export async function judgeAnswers({ labs, modules, wasm, filesOf, onLab }: EnginesInput) {
  const trusted = evaluateHere(modules)
  const [seed] = publicSeeds('equal', 'any', 1) as [string]
  let results = ''
  let runs = 0
  for (const lab of labs) {
    const boot = bootGuest({ lab, base: modules, trusted, wasm })
    const from = results.length
    let of = { answer: '', files: new Map() as ReadonlyMap<string, string> }
    for (const [answer, id] of plannedIn(lab)) {
      if (of.answer !== answer) of = { answer, files: filesOf(lab, answer) }
      const check = lab.checks.find((one) => one.id === id)!
      results += JSON.stringify(await runCheck({ lab, check, files: of.files, seed, boot }))
      runs++
    }
    if (lab.id === HOSTILE_LAB)
      for (const [, code] of HOSTILE) {
        const files = new Map(filesOf(lab, 'solution')).set(HOSTILE_FILE, code)
        results += JSON.stringify(await runCheck({ lab, check: lab.checks[0]!, files, seed, boot }))
        runs++
      }
    onLab?.(lab.id, sha256Hex(results.slice(from)))
  }
  return { runs, sha256: sha256Hex(results) }
}
