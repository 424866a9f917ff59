/**
 * The open transactions in memory: the transactions of the half queue that have not ended durably.
 *
 * ```
 * half queue   … 7   8   9  10  11  12        one entry for each half message and each copy
 *                │       └──────┐
 *                └ progress     └ 11 is a copy of 9: their transaction is identified by 9 and found at 11
 * ```
 *
 * | state   | meaning                                                        | next                              |
 * | ------- | -------------------------------------------------------------- | --------------------------------- |
 * | open    | the transaction is not decided                                  | copying, ending, ended            |
 * | copying | a check puts a copy behind the other messages                   | open                              |
 * | ending  | the outcome is on the way into the log                          | ended; open when the store refuses |
 * | ended   | the transaction is decided; its op message is not durable yet   | removed                           |
 *
 * Invariants: each transaction is in the table once. The progress never moves past a transaction that is in the table. A
 * decision about a transaction that is `copying` waits for the copy, so that an outcome always names the newest copy.
 */
import type { MessageExt } from '../../common/message.ts'
import { checkTimesOf, firstOffsetOf } from './half-message.ts'

/** One open transaction. */
export interface OpenHalf {
  /** Queue offset of the first copy. This offset identifies the transaction. */
  readonly first: number
  readonly bornTimestamp: number
  /** Store time of the first copy that the table has read. */
  readonly storeTimestamp: number
  /** Queue offset of the newest copy. */
  queueOffset: number
  physicalOffset: number
  checkTimes: number
  state: 'open' | 'copying' | 'ending' | 'ended'
  /** Called when the copy is in the queue, or cannot be put there. */
  afterCopy: (() => void) | undefined
}

/** The table of open transactions. Entries are found by first offset, and are ordered by newest copy. */
export class HalfTable {
  readonly #byFirst = new Map<number, OpenHalf>()
  /** Transactions by the queue offset of their newest copy, in ascending order, because newer copies are always appended. */
  readonly #byOffset = new Map<number, OpenHalf>()
  #readUpTo = 0

  /** Every message before this offset of the half queue has been read. */
  get readUpTo(): number {
    return this.#readUpTo
  }
  get size(): number {
    return this.#byFirst.size
  }
  /** Messages before this offset of the half queue are not needed any more. */
  get progress(): number {
    for (const offset of this.#byOffset.keys()) return offset
    return this.#readUpTo
  }

  /** Sets the offset of the half queue from which reading begins. Called once, on an empty table. */
  startAt(offset: number): void {
    this.#readUpTo = offset
  }

  // #region take-half
  /** Adds one message of the half queue. `isEnded` is true when the op queue lists this copy. */
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

  /** Moves a transaction to its newer copy. Then a decision that waited for the copy is carried out. */
  #move(half: OpenHalf, copy: MessageExt): void {
    this.#byOffset.delete(half.queueOffset)
    half.queueOffset = copy.queueOffset
    half.physicalOffset = copy.physicalOffset
    half.checkTimes = checkTimesOf(copy)
    this.#byOffset.set(half.queueOffset, half)
    if (half.state === 'copying') this.copied(half)
  }

  /**
   * Reopens a transaction whose copy is in the queue or was refused, and carries out a decision that waited for the copy.
   */
  copied(half: OpenHalf): void {
    half.state = 'open'
    const then = half.afterCopy
    half.afterCopy = undefined
    then?.()
  }

  /** Returns the transaction with this first offset, or undefined when it has ended durably or never existed. */
  find(first: number): OpenHalf | undefined {
    return this.#byFirst.get(first)
  }

  /** Removes a transaction whose end is durable, or whose half message the log has lost. */
  remove(half: OpenHalf): void {
    if (this.#byFirst.get(half.first) !== half) return
    this.#byFirst.delete(half.first)
    this.#byOffset.delete(half.queueOffset)
  }

  /** Returns the transactions that are not decided, ordered by the queue offset of their newest copy. */
  undecided(): readonly OpenHalf[] {
    return [...this.#byOffset.values()].filter((half) => half.state === 'open')
  }
}
