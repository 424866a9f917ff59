/** What the soak runs: a campaign turns a seed into one run, and a failing seed into a short script. */
import type { Violation } from './violation.ts'

/** What one seed came to. */
export interface SeedResult {
  readonly violation: Violation | undefined
  /** Simulated time that passed in it. */
  readonly virtualMs: number
  /** How often what happened: power cuts, messages, faults. Summed up over seeds and printed. */
  readonly counts: Readonly<Record<string, number>>
}

export interface Campaign {
  readonly name: string
  /** One line for `--help`. */
  readonly about: string
  run(seed: number): SeedResult | Promise<SeedResult>
  /** The shortest script found that breaks the same invariant, as lines to print. */
  minimise(seed: number, violation: Violation): readonly string[] | Promise<readonly string[]>
}
