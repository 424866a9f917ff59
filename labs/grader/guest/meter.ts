/** The work that guests have done in a run, counted by the host. */
import { GuestLimit } from '../../judge/run-check.ts'

/** What one run has used so far, all its nodes together; `hit` is the first limit that was reached. */
export class Meter {
  fuel = 0
  catches = 0
  /** The most that one event used. */
  mostOfAStep = 0
  hit: GuestLimit | undefined

  /** Notes the first limit reached and throws it. */
  reached(reason: string, sentence: string): never {
    this.hit ??= new GuestLimit(reason, sentence)
    throw this.hit
  }
}
