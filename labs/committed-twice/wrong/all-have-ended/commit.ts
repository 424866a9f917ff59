/** Commits a transaction: the order of the steps. */
import type { OpenHalf } from './half-table.ts'

/** The steps of a commit. */
export interface CommitSteps {
  /** Puts the whole message into its real queue. Calls `done` with '' when the log has the message, otherwise with the reason. */
  put(done: (refused: string) => void): void
  /** Ends the transaction. Its end is noted in the op queue a little later, and no decision changes the transaction any more. */
  note(): void
}

/** Commits the transaction of `half`. Calls `done` with '' when the log has the outcome, otherwise with the reason. */
export function commit(half: OpenHalf, steps: CommitSteps, done: (refused: string) => void): void {
  half.state = 'ending'
  steps.put((refused) => {
    if (refused === '') steps.note()
    else half.state = 'open' // a later check asks a producer again
    done(refused)
  })
}
