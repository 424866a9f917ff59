/// <reference types="svelte" />
/**
 * How far the learner has come in a lab: the hints that are open, the attempts, the pass. Kept in this browser.
 */
import type { CheckFacts, LabFacts } from '../../labs/lab.ts'
import { readState, writeState } from '../lib/reader-state.ts'

/** Checked attempts after which, with the last hint, the solution opens without a pass. */
const ATTEMPTS_BEFORE_SOLUTION = 3

export class LabProgress {
  readonly #lab: LabFacts
  attempts = $state(0)
  /** The number of open hints by the id of their check. */
  hints = $state.raw<Readonly<Record<string, number>>>({})
  hasPassed = $state(false)

  constructor(lab: LabFacts) {
    this.#lab = lab
  }

  /** Counts one more checked attempt. */
  attempted(hasPassed: boolean): void {
    this.attempts++
    if (hasPassed) this.hasPassed = true
    this.write()
  }

  /** Opens one more hint of a check. */
  openHint(check: CheckFacts): void {
    const open = this.hints[check.id] ?? 0
    this.hints = { ...this.hints, [check.id]: Math.min(open + 1, this.#lab.hints[check.id]?.length ?? 0) }
    this.write()
  }

  /** After a pass, or after three checked attempts and the last hint of some check. */
  get isSolutionOpen(): boolean {
    const hasLastHint = this.#lab.checks.some(
      ({ id }) => (this.hints[id] ?? 0) >= (this.#lab.hints[id]?.length ?? Number.POSITIVE_INFINITY),
    )
    return this.hasPassed || (this.attempts >= ATTEMPTS_BEFORE_SOLUTION && hasLastHint)
  }

  /** Reads what is kept of this lab. */
  read(): void {
    const known = readState(`lab:${this.#lab.id}`)
    if (known === undefined || known['version'] !== this.#lab.version) return
    this.hasPassed = known['hasPassed'] === true
    if (typeof known['attempts'] === 'number') this.attempts = known['attempts']
    const hints: unknown = known['hints']
    if (typeof hints !== 'object' || hints === null) return
    const open = Object.entries(hints).filter(([id, count]) => id in this.#lab.hints && Number.isInteger(count))
    this.hints = Object.fromEntries(open) as Record<string, number>
  }

  write(): void {
    const { attempts, hints, hasPassed } = this
    writeState(`lab:${this.#lab.id}`, { version: this.#lab.version, attempts, hints, hasPassed })
  }
}
