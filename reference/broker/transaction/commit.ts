/**
 * Commits a transaction. The steps have this order:
 *
 * ```
 * open ─► ending: the whole message is put into its real queue ─┬─ the log has it ─► ended, to be noted in the op queue
 *   ▲                                                           │
 *   └─────────────────── the store refuses it ──────────────────┘
 * ```
 *
 * The op queue lists the transactions that have ended (`op-batch.ts`). The message is put into its real queue before the op
 * queue lists the transaction. When the broker fails between these two
 * steps, the log has the outcome, but the op queue does not list the transaction. After the restart, `outcomes-in-log.ts`
 * finds the outcome. In the opposite order, a failed put would lose the message.
 *
 * RocketMQ: `EndTransactionProcessor.processRequest`, which calls `sendFinalMessage` and then `deletePrepareMessage`.
 */
import type { WhenDone } from '../../remoting/refusal.ts'
import type { OpenHalf } from './half-table.ts'

/** The steps of a commit. The transaction service carries out these steps. */
export interface CommitSteps {
  /**
   * Puts the whole message into its real queue. Calls `done(undefined)` when the log has the message, and otherwise `done`
   * with the refusal.
   */
  put(done: WhenDone): void
  /**
   * Ends the transaction. After this call, the outcome cannot change. A little later, the op queue lists the transaction.
   */
  note(): void
}

// #region commit
/**
 * Commits the transaction of `half`. Calls `done(undefined)` when the log has the outcome, and otherwise `done` with the
 * refusal.
 */
export function commit(half: OpenHalf, steps: CommitSteps, done: WhenDone): void {
  half.state = 'ending'
  steps.put((refused) => {
    if (refused === undefined) steps.note()
    else half.state = 'open' // a later check asks a producer again
    done(refused)
  })
}
// #endregion commit
