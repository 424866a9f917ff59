/**
 * The open transactions: what the half queue holds, without what has ended, in memory.
 *
 * ```
 * half queue   … 7   8   9  10  11  12        one entry for each half message and each copy
 *                │       └──────┐
 *                └ progress     └ 11 is a copy of 9: one transaction, named 9, found at 11
 * ```
 *
 * | state   | meaning                                                        | next                              |
 * | ------- | -------------------------------------------------------------- | --------------------------------- |
 * | open    | it is not decided                                               | copying, ending, ended            |
 * | copying | a check puts a copy of it behind the other messages             | open                              |
 * | ending  | its outcome is on the way into the log                          | ended; open when the store refuses |
 * | ended   | it is decided, but the op queue does not say so durably yet      | gone                              |
 *
 * Invariants: each transaction is in the table once; the progress never moves past one that is in the table. A decision about
 * a transaction that is `copying` waits for the copy, so that an outcome always names the newest copy.
 */
import type { MessageExt } from '../../common/message.ts'
import { checkTimesOf, firstOffsetOf } from './half-message.ts'

/** One open transaction. */
export interface OpenHalf {
  /** Queue offset of the first copy, which names the transaction. */
  readonly first: number
  readonly bornTimestamp: number
  /** Store time of the first copy that is known. */
  readonly storeTimestamp: number
  /** Queue offset of the newest copy. */
  queueOffset: number
  physicalOffset: number
  checkTimes: number
  state: 'open' | 'copying' | 'ending' | 'ended'
  /** Called when the copy is in the queue. */
  afterCopy: (() => void) | undefined
}

export class HalfTable {
  readonly #byFirst = new Map<number, OpenHalf>()
  /** Transactions by the newest copy's queue offset, ascending: later ones only come at the end. */
  readonly #byOffset = new Map<number, OpenHalf>()
  #readUpTo = 0

  /** Everything before this offset of the half queue has been read. */
  get readUpTo(): number {
    return this.#readUpTo
  }
  get size(): number {
    return this.#byFirst.size
  }
  /** Everything before this offset of the half queue is not needed any more. */
  get progress(): number {
    for (const offset of this.#byOffset.keys()) return offset
    return this.#readUpTo
  }

  /** Empties the table; the queue is read from this offset on. */
  startAt(offset: number): void {
    this.#readUpTo = offset
  }

  // #region take-half
  /** Enters one more message of the half queue. `isEnded`: the op queue lists this copy. */
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

  /** The half queue holds an unreadable message here, which is skipped. */
  skipTo(offset: number): void {
    this.#readUpTo = Math.max(this.#readUpTo, offset)
  }

  /** The transaction is found at a newer copy now; the decision that waited for the copy goes on. */
  #move(half: OpenHalf, copy: MessageExt): void {
    this.#byOffset.delete(half.queueOffset)
    half.queueOffset = copy.queueOffset
    half.physicalOffset = copy.physicalOffset
    half.checkTimes = checkTimesOf(copy)
    this.#byOffset.set(half.queueOffset, half)
    if (half.state === 'copying') this.copied(half)
  }

  /** The copy is in the queue, or there will not be one. */
  copied(half: OpenHalf): void {
    half.state = 'open'
    const then = half.afterCopy
    half.afterCopy = undefined
    then?.()
  }

  /** The transaction of that name; undefined when it has ended durably, or never existed. */
  find(first: number): OpenHalf | undefined {
    return this.#byFirst.get(first)
  }

  /** Forgets a transaction whose end is durable. */
  remove(half: OpenHalf): void {
    if (this.#byFirst.get(half.first) !== half) return
    this.#byFirst.delete(half.first)
    this.#byOffset.delete(half.queueOffset)
  }

  /** Transactions that are not decided, the oldest copy first. */
  undecided(): readonly OpenHalf[] {
    return [...this.#byOffset.values()].filter((half) => half.state === 'open')
  }
}
