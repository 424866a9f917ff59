/** Commits a transaction: the order of the steps. */
import type { WhenDone } from '../../remoting/refusal.ts'
import type { OpenHalf } from './half-table.ts'

/** The steps of a commit. */
export interface CommitSteps {
  /** Puts the whole message into its real queue. Calls `done` without a refusal when the log has the message. */
  put(done: WhenDone): void
  /** Ends the transaction. Its end is noted in the op queue a little later, and no decision changes the transaction any more. */
  note(): void
}

/** Commits the transaction of `half`. Calls `done` without a refusal when the log has the outcome. */
export function commit(half: OpenHalf, steps: CommitSteps, done: WhenDone): void {
  half.state = 'ending'
  steps.put((refused) => {
    if (refused === undefined) steps.note()
    else half.state = 'open' // a later check asks a producer again
    done(refused)
  })
}
