/**
 * Tries an assignment before it is given out: the lab's solution must reach full marks on its seeds, the starter must not,
 * each wrong answer must be caught by the check named for it, each check must catch something, and the solution must use a
 * small part of the fuel only.
 *
 * Runs in this process, in QuickJS, with the seeds of a learner that nobody has. Long: some hundred runs; it tells its progress.
 */
import { labById } from '../find.ts'
import { type Boot, type GuestUsage, runCheck } from '../judge/run-check.ts'
import { publicSeeds, seedOf } from '../judge/seeds.ts'
import type { Lab } from '../lab.ts'
import { evaluateHere } from '../program/evaluate-here.ts'
import { moduleMap } from '../program/module-map.ts'
import { answerFiles } from '../runtime/lab-files.ts'
import { bootGuest } from './guest/boot-guest.ts'
import { guestWasm } from './guest-wasm.ts'
import { FUEL_PER_RUN } from './limits.ts'
import {
  type AssignedCheck,
  type Assignment,
  type HiddenSeeds,
  parseAssignment,
  parseSecret,
} from './schema/assignment.ts'

/** A learner that no roster has: ids begin with a letter or a digit. */
const NOBODY = '-'
/** A solution may use this part of the fuel of a run. */
const FUEL_SHARE = 0.1

/** What was found. `faults` is empty for an assignment that can be given out. */
export interface AssignmentCheck {
  readonly faults: readonly string[]
  /** A line for each answer that was tried. */
  readonly lines: readonly string[]
  readonly runs: number
  /** The most fuel of a run of a solution. */
  readonly fuel: number
}

/** Throws FormatError when a file is wrong. `progress` hears of each run. */
export async function checkAssignment(
  assignmentText: string,
  secretText: string | undefined,
  progress: (runs: number, of: number) => void,
): Promise<AssignmentCheck> {
  const assignment = parseAssignment(assignmentText)
  const hidden = secretText === undefined ? undefined : parseSecret(secretText, assignment)
  const trial = new Trial(assignment, hidden, progress)
  for (const { lab: id, version } of assignment.labs) {
    const lab = labById(id)
    if (lab === undefined) trial.faults.push(`there is no lab "${id}"`)
    else if (lab.version !== version)
      trial.faults.push(`lab "${id}" is ${lab.version} here, and ${version} in the assignment`)
    else await trial.lab(lab)
  }
  return { faults: trial.faults, lines: trial.lines, runs: trial.runs, fuel: trial.fuel }
}

class Trial {
  readonly faults: string[] = []
  readonly lines: string[] = []
  runs = 0
  fuel = 0
  readonly #assignment: Assignment
  readonly #hidden: HiddenSeeds | undefined
  readonly #progress: (runs: number, of: number) => void
  readonly #base = moduleMap()
  readonly #trusted = evaluateHere(moduleMap())
  /** What guests have loaded serves all runs of an answer. */
  #answer = { name: '', boot: undefined as Boot | undefined, files: new Map() as ReadonlyMap<string, string> }
  #of = 0

  constructor(assignment: Assignment, hidden: HiddenSeeds | undefined, progress: (runs: number, of: number) => void) {
    this.#assignment = assignment
    this.#hidden = hidden
    this.#progress = progress
    for (const { lab: id } of assignment.labs) {
      const seeds = this.#checksOf(id).reduce((sum, check) => sum + this.#seedsOf(check).length, 0)
      this.#of += 2 * seeds + Object.keys(labById(id)?.wrong ?? {}).length
    }
  }

  async lab(lab: Lab): Promise<void> {
    const checks = this.#checksOf(lab.id)
    for (const { id } of checks)
      if (!lab.checks.some((one) => one.id === id)) this.faults.push(`lab "${lab.id}" has no check "${id}"`)
    const known = checks.filter(({ id }) => lab.checks.some((one) => one.id === id))
    const solution = await this.#passes(lab, 'solution', known)
    for (const sentence of solution.failed) this.faults.push(`${lab.id}: the solution does not pass ${sentence}`)
    if (this.fuel > FUEL_PER_RUN * FUEL_SHARE)
      this.faults.push(`${lab.id}: the solution uses ${this.fuel} of ${FUEL_PER_RUN} units of fuel, more than a tenth`)
    const starter = await this.#passes(lab, 'starter', known)
    const most = known.reduce((sum, { points }) => sum + points, 0)
    const unchanged = known.reduce((sum, check) => {
      const { id, points, credit } = check
      const runs = starter.failed.filter((sentence) => sentence.startsWith(`${id} on`)).length
      const of = this.#seedsOf(check).length
      return sum + (credit === 'all' ? (runs === 0 ? points : 0) : (points * (of - runs)) / Math.max(1, of))
    }, 0)
    this.lines.push(
      `${lab.id}: handing in the starter unchanged gives ${Math.round(unchanged * 100) / 100} of ${Math.round(most * 100) / 100} points on these seeds`,
    )
    if (starter.failed.length === 0)
      this.faults.push(`${lab.id}: the starter passes everything: there is nothing to do`)
    for (const { id } of known) {
      const pinned = this.#hidden?.pinned[id] ?? []
      if (pinned.length > 0) this.lines.push(`${lab.id} ${id}: tried on the pinned ${pinned.join(', ')}, too`)
    }
    const caught = new Set<string>()
    for (const [name, { caughtBy }] of Object.entries(lab.wrong)) {
      const check = known.find(({ id }) => id === caughtBy)
      if (check === undefined) this.lines.push(`${lab.id} wrong/${name}: its check ${caughtBy} is not assigned`)
      else if (await this.#isCaught(lab, `wrong/${name}`, check)) caught.add(caughtBy)
    }
    for (const { id } of known)
      if (!caught.has(id)) this.faults.push(`${lab.id}: check ${id} caught no wrong answer on these seeds`)
  }

  async #passes(lab: Lab, answer: string, checks: readonly AssignedCheck[]): Promise<{ readonly failed: string[] }> {
    const failed: string[] = []
    let count = 0
    for (const check of checks)
      for (const [i, seed] of this.#seedsOf(check).entries()) {
        count++
        const { verdict, sentence } = await this.#run(lab, answer, check.id, seed, answer === 'solution')
        if (verdict !== 'passed') failed.push(`${check.id} on its seed ${i}: ${sentence}`)
      }
    this.lines.push(`${lab.id} ${answer}: ${count - failed.length} of ${count} runs pass`)
    return { failed }
  }

  async #isCaught(lab: Lab, answer: string, check: AssignedCheck): Promise<boolean> {
    for (const seed of this.#seedsOf(check)) {
      const { verdict } = await this.#run(lab, answer, check.id, seed, false)
      if (verdict !== 'failed') continue
      this.lines.push(`${lab.id} ${answer}: caught by ${check.id}`)
      return true
    }
    this.lines.push(`${lab.id} ${answer}: NOT caught by ${check.id}`)
    this.faults.push(`${lab.id}: ${check.id} lets the wrong answer ${answer} pass on all its seeds`)
    return false
  }

  async #run(lab: Lab, answer: string, id: string, seed: string, isSolution: boolean) {
    const check = lab.checks.find((one) => one.id === id)!
    const { boot, files } = this.#answerOf(lab, answer)
    const onUsage = ({ run }: GuestUsage) => void (isSolution && (this.fuel = Math.max(this.fuel, run)))
    const result = await runCheck({ lab, check, files, seed, boot, onUsage })
    this.#progress(++this.runs, Math.max(this.runs, this.#of))
    return result
  }

  #answerOf(lab: Lab, answer: string): { readonly boot: Boot; readonly files: ReadonlyMap<string, string> } {
    const name = `${lab.id} ${answer}`
    const { boot, files } = this.#answer
    if (this.#answer.name === name && boot !== undefined) return { boot, files }
    const made = {
      boot: bootGuest({ lab, base: this.#base, trusted: this.#trusted, wasm: guestWasm() }),
      files: answerFiles(lab, answer),
    }
    this.#answer = { name, ...made }
    return made
  }

  #checksOf(lab: string): readonly AssignedCheck[] {
    return this.#assignment.checks.filter((check) => check.lab === lab)
  }

  /** The public seeds, and hidden ones as a learner would get them. */
  #seedsOf({ id, seeds }: AssignedCheck): readonly string[] {
    const hidden = this.#hidden
    const of = { assignment: this.#assignment.id, learner: NOBODY, check: id, slot: 0 }
    const drawn = publicSeeds(this.#assignment.id, id, seeds.public)
    if (hidden === undefined) return drawn
    const own = Array.from({ length: seeds.hidden }, (_, i) => seedOf(hidden.salt, { ...of, i }))
    return [...drawn, ...own, ...(hidden.pinned[id] ?? [])]
  }
}
