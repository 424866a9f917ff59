/**
 * Commits a transaction: the order of the steps.
 *
 * ```
 * open ─► ending: the whole message is put into its real queue ─┬─ the log has it ─► ended, to be noted in the op queue
 *   ▲                                                           │
 *   └─────────────────── the store refuses it ──────────────────┘
 * ```
 *
 * The put comes first. When the broker dies between the two steps, the log has the outcome and the op queue does not list it:
 * `outcomes-in-log.ts` finds the outcome after the restart. In the other order, a put that fails would lose the message.
 *
 * RocketMQ: `EndTransactionProcessor.processRequest`, which calls `sendFinalMessage` and then `deletePrepareMessage`.
 */
import type { WhenDone } from '../../remoting/refusal.ts'
import type { OpenHalf } from './half-table.ts'

/** The steps of a commit. */
export interface CommitSteps {
  /** Puts the whole message into its real queue. Calls `done` without a refusal when the log has the message. */
  put(done: WhenDone): void
  /** Ends the transaction. Its end is noted in the op queue a little later, and no decision changes the transaction any more. */
  note(): void
}

// #region commit
/** Commits the transaction of `half`. Calls `done` without a refusal when the log has the outcome. */
export function commit(half: OpenHalf, steps: CommitSteps, done: WhenDone): void {
  half.state = 'ending'
  steps.put((refused) => {
    if (refused === undefined) steps.note()
    else half.state = 'open' // a later check asks a producer again
    done(refused)
  })
}
// #endregion commit
