/// <reference types="svelte" />
/**
 * The verdicts of a lab's checks in this page: run one by one, kept over a reload, and true only for the texts they judged.
 */
import type { Assignment } from '../../labs/grader/schema/assignment.ts'
import type { RunResult } from '../../labs/judge/run-check.ts'
import { publicSeeds, sha256Hex } from '../../labs/judge/seeds.ts'
import type { CheckFacts, LabFacts } from '../../labs/lab.ts'
import type { CheckedRun, LabRuntime } from '../../labs/runtime/runtime.ts'
import { readState, writeState } from '../lib/reader-state.ts'

/** Public seeds of one check in the page; one where time is the wall's, because a check takes many seconds there. */
const SEEDS_PER_CHECK = 2

export interface CheckState {
  readonly state: 'open' | 'running' | 'passed' | 'failed' | 'could-not-judge'
  readonly sentence: string
  readonly result?: RunResult
  /** The failing run, or the last one; gone after a reload. */
  readonly run?: CheckedRun
}

const OPEN: CheckState = { state: 'open', sentence: '' }
const STATES: readonly string[] = ['passed', 'failed', 'could-not-judge']

export class Verdicts {
  readonly lab: LabFacts
  states = $state.raw<Readonly<Record<string, CheckState>>>({})
  /** How far the checks are while they run. */
  running = $state.raw<{ readonly done: number; readonly of: number } | undefined>(undefined)
  /** Of the texts that were judged. */
  #judged = $state('')

  /** The assignment whose public runs are made; undefined for practice. */
  readonly #assignment: Assignment | undefined

  constructor(lab: LabFacts, assignment?: Assignment) {
    this.lab = lab
    this.#assignment = assignment
  }

  /** The public seeds of a check: those of the assignment, which the grader draws too, or those of practice. */
  #seedsOf(check: CheckFacts): readonly string[] {
    const assigned = this.#assignment?.checks.find(({ lab, id }) => lab === this.lab.id && id === check.id)
    if (this.#assignment === undefined || assigned === undefined || assigned.seeds.public === 0)
      return publicSeeds(`practice-${this.lab.id}`, check.id, SEEDS_PER_CHECK)
    return publicSeeds(this.#assignment.id, check.id, assigned.seeds.public)
  }

  get #key(): string {
    return `lab-verdicts:${this.lab.id}${this.#assignment === undefined ? '' : `:${this.#assignment.id}`}`
  }

  stateOf(check: CheckFacts): CheckState {
    return this.states[check.id] ?? OPEN
  }

  get passed(): number {
    return this.lab.checks.filter((check) => this.stateOf(check).state === 'passed').length
  }

  get haveAllPassed(): boolean {
    return this.running === undefined && this.passed === this.lab.checks.length
  }

  /** Whether these are the texts that were judged. */
  isOf(files: ReadonlyMap<string, string>): boolean {
    return this.#judged === filesHash(files)
  }

  /** Every result of the last check, for the hand-in file. */
  get results(): readonly RunResult[] {
    return this.lab.checks.flatMap(({ id }) => this.states[id]?.result ?? [])
  }

  /** Runs every check on its public seeds; `files` are loaded already. Rejects with what the runtime rejects with. */
  async run(runtime: LabRuntime, files: ReadonlyMap<string, string>): Promise<void> {
    const of = this.lab.checks.length
    this.running = { done: 0, of }
    this.states = {}
    this.#judged = filesHash(files)
    try {
      for (const [i, check] of this.lab.checks.entries()) {
        this.states = { ...this.states, [check.id]: { state: 'running', sentence: '' } }
        this.states = { ...this.states, [check.id]: await judge(runtime, this.#seedsOf(check), check) }
        this.running = { done: i + 1, of }
      }
      this.#keep()
    } finally {
      this.states = Object.fromEntries(Object.entries(this.states).filter(([, { state }]) => state !== 'running'))
      this.running = undefined
    }
  }

  /** What to say when the checks are over. */
  get summary(): string {
    const of = this.lab.checks.length
    if (this.passed === of) return `All ${of} checks passed.`
    const failed = this.lab.checks.filter((check) => ['failed', 'could-not-judge'].includes(this.stateOf(check).state))
    const sentences = failed.map((check) => `${check.title}: ${this.stateOf(check).sentence}`)
    return `${this.passed} of ${of} checks passed. ${sentences.join('. ')}`
  }

  #keep(): void {
    const results = this.results
    writeState(this.#key, { version: this.lab.version, files: this.#judged, results })
  }

  /** Reads what was kept, if it is of this edition of the lab. */
  restore(): void {
    const kept = readState(this.#key)
    if (kept === undefined || kept['version'] !== this.lab.version || !Array.isArray(kept['results'])) return
    if (typeof kept['files'] === 'string') this.#judged = kept['files']
    const states: Record<string, CheckState> = {}
    for (const result of kept['results'] as readonly Partial<RunResult>[]) {
      const { check, verdict, sentence } = result ?? {}
      if (!this.lab.checks.some(({ id }) => id === check) || !STATES.includes(verdict ?? '')) continue
      if (typeof sentence !== 'string' || typeof result.seed !== 'string' || typeof result.trace !== 'string') continue
      states[check!] = { state: verdict!, sentence, result: result as RunResult }
    }
    this.states = states
  }
}

async function judge(runtime: LabRuntime, seeds: readonly string[], check: CheckFacts): Promise<CheckState> {
  let state = OPEN
  for (const seed of runtime.time === undefined ? seeds.slice(0, 1) : seeds) {
    const run = await runtime.check(check.id, seed)
    state = { state: run.result.verdict, sentence: run.result.sentence, result: run.result, run }
    if (run.result.verdict !== 'passed') return state
  }
  return state
}

function filesHash(files: ReadonlyMap<string, string>): string {
  return sha256Hex(JSON.stringify([...files]))
}
