/**
 * A table in memory with the transactions that have not ended durably. A half message is the message of a transaction before
 * its end (`half-message.ts`). An op message lists half messages whose transactions have ended. The half messages of the
 * table are in the half queue. The numbers in the diagram are offsets of the half queue.
 *
 * ```
 * half queue   … 7   8   9  10  11  12        an entry is a half message or a copy of one
 *                │       └──────┐
 *                └ progress     └ 11 is a copy of 9. Both belong to the transaction with the first offset 9
 * ```
 *
 * | state   | meaning                                                        | next state                        |
 * | ------- | -------------------------------------------------------------- | --------------------------------- |
 * | open    | no producer has decided how the transaction ends | copying, ending, ended |
 * | copying | a check is storing a copy at the end of the half queue          | open                              |
 * | ending  | the outcome is being stored in the log                          | ended; open when the store refuses |
 * | ended   | the outcome cannot change, but its op message is not durable yet | removed from the table           |
 *
 * Invariants: each transaction is in the table once. The progress never moves past a transaction that is in the table. When
 * the end of a transaction is decided while its state is `copying`, the decision waits for the copy. So a committed or
 * given-up message always contains the position of the newest copy.
 */
import type { MessageExt } from '../../common/message.ts'
import { checkTimesOf, firstOffsetOf } from './half-message.ts'

/** One open transaction. */
export interface OpenHalf {
  /** The queue offset of the first copy of the half message. This offset identifies the transaction. */
  readonly first: number
  readonly bornTimestamp: number
  /** The store time of the first copy of the half message that the table has read. */
  readonly storeTimestamp: number
  /** The queue offset of the newest copy of the half message. */
  queueOffset: number
  physicalOffset: number
  checkTimes: number
  state: 'open' | 'copying' | 'ending' | 'ended'
  /**
   * Carries out a decision that has waited for a copy. Called when the copy is in the half queue, or when the store has
   * refused the copy.
   */
  afterCopy: (() => void) | undefined
}

/**
 * The table of open transactions. A transaction is found by its first offset. The transactions are ordered by the offset of
 * their newest copy.
 */
export class HalfTable {
  readonly #byFirst = new Map<number, OpenHalf>()
  /**
   * Transactions by the queue offset of their newest copy. The keys of this map are in ascending order, because each new
   * copy is appended to the half queue.
   */
  readonly #byOffset = new Map<number, OpenHalf>()
  #readUpTo = 0

  /** All messages before this offset of the half queue have been read. */
  get readUpTo(): number {
    return this.#readUpTo
  }
  get size(): number {
    return this.#byFirst.size
  }
  /** Messages before this offset of the half queue are no longer needed. */
  get progress(): number {
    for (const offset of this.#byOffset.keys()) return offset
    return this.#readUpTo
  }

  /** Sets the offset of the half queue from which reading begins. Called once, on an empty table. */
  startAt(offset: number): void {
    this.#readUpTo = offset
  }

  // #region take-half
  /** Adds one message of the half queue. `isEnded` is true when the op queue lists this message. */
  take(message: MessageExt, isEnded = false): void {
    const { queueOffset, physicalOffset, bornTimestamp, storeTimestamp } = message
    this.#readUpTo = Math.max(this.#readUpTo, queueOffset + 1)
    const known = this.#byFirst.get(firstOffsetOf(message))
    if (known !== undefined && isEnded) return this.remove(known)
    if (isEnded) return
    if (known !== undefined) return this.#move(known, message)
    const half: OpenHalf = {
      first: firstOffsetOf(message),
      bornTimestamp,
      storeTimestamp,
      queueOffset,
      physicalOffset,
      checkTimes: checkTimesOf(message),
      state: 'open',
      afterCopy: undefined,
    }
    this.#byFirst.set(half.first, half)
    this.#byOffset.set(queueOffset, half)
  }
  // #endregion take-half

  /** Skips messages of the half queue that cannot be read. Reading continues at `offset`. */
  skipTo(offset: number): void {
    this.#readUpTo = Math.max(this.#readUpTo, offset)
  }

  /**
   * Enters a newer copy of a transaction in the table. When a decision has waited for this copy, carries out the decision.
   */
  #move(half: OpenHalf, copy: MessageExt): void {
    this.#byOffset.delete(half.queueOffset)
    half.queueOffset = copy.queueOffset
    half.physicalOffset = copy.physicalOffset
    half.checkTimes = checkTimesOf(copy)
    this.#byOffset.set(half.queueOffset, half)
    if (half.state === 'copying') this.copied(half)
  }

  /**
   * Sets the state of the transaction to open. Called when the copy of the half message is in the half queue, or when the
   * store has refused the copy. When a decision has waited for the copy, carries out the decision.
   */
  copied(half: OpenHalf): void {
    half.state = 'open'
    const then = half.afterCopy
    half.afterCopy = undefined
    then?.()
  }

  /**
   * Returns the transaction whose first offset is `first`. Returns undefined when the end of the transaction is durable, or
   * when the table never had the transaction.
   */
  find(first: number): OpenHalf | undefined {
    return this.#byFirst.get(first)
  }

  /** Removes a transaction whose end is durable, or whose half message is no longer in the log. */
  remove(half: OpenHalf): void {
    if (this.#byFirst.get(half.first) !== half) return
    this.#byFirst.delete(half.first)
    this.#byOffset.delete(half.queueOffset)
  }

  /** Returns the transactions in the state `open`, ordered by the queue offset of their newest copy. */
  undecided(): readonly OpenHalf[] {
    return [...this.#byOffset.values()].filter((half) => half.state === 'open')
  }
}
