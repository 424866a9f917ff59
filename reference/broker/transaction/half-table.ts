/**
 * The transactions that are open: what the half queue holds minus what has ended, in memory.
 *
 * ```
 * half queue   … 7   8   9  10  11  12        one entry for each half message and each copy
 *                │       └──────┐
 *                └ progress     └ 11 is a copy of 9: one transaction, named 9, found at 11
 * ```
 *
 * | state   | meaning                                                        | next                              |
 * | ------- | -------------------------------------------------------------- | --------------------------------- |
 * | open    | nobody has decided                                              | copying, ending, ended            |
 * | copying | a check puts a copy of it behind the others                     | open                              |
 * | ending  | its outcome is on the way into the log                          | ended; open when the store refuses |
 * | ended   | decided; the op queue does not say so durably yet               | gone                              |
 *
 * Invariants: each transaction is in the table once; the progress never moves past one that is in the table. Whatever is
 * decided while a transaction is `copying` waits for the copy, so that an outcome always names the newest one.
 */
import type { MessageExt } from '../../common/message.ts'
import { checkTimesOf, firstOffsetOf } from './half-message.ts'

export interface OpenHalf {
  /** Queue offset of the first copy: the transaction's name. */
  readonly first: number
  readonly bornTimestamp: number
  /** Of the first copy that is known. */
  readonly storeTimestamp: number
  /** Place of the newest copy. */
  queueOffset: number
  physicalOffset: number
  checkTimes: number
  state: 'open' | 'copying' | 'ending' | 'ended'
  /** What to do when the copy is there. */
  afterCopy: (() => void) | undefined
}

export class HalfTable {
  readonly #byFirst = new Map<number, OpenHalf>()
  /** By the newest copy's queue offset, ascending: new ones only come at the end. */
  readonly #byOffset = new Map<number, OpenHalf>()
  #readUpTo = 0

  /** Everything before this offset of the half queue has been taken. */
  get readUpTo(): number {
    return this.#readUpTo
  }
  get size(): number {
    return this.#byFirst.size
  }
  /** Nothing before this offset of the half queue is needed any more. */
  get progress(): number {
    for (const offset of this.#byOffset.keys()) return offset
    return this.#readUpTo
  }

  /** Begins at an offset, empty. */
  startAt(offset: number): void {
    this.#readUpTo = offset
  }

  // #region take-half
  /** One more message of the half queue. `isEnded`: the op queue has this copy. */
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

  /** The queue holds something unreadable here: passed over. */
  skipTo(offset: number): void {
    this.#readUpTo = Math.max(this.#readUpTo, offset)
  }

  /** The transaction is found at a newer copy now; what waited for that goes on. */
  #move(half: OpenHalf, copy: MessageExt): void {
    this.#byOffset.delete(half.queueOffset)
    half.queueOffset = copy.queueOffset
    half.physicalOffset = copy.physicalOffset
    half.checkTimes = checkTimesOf(copy)
    this.#byOffset.set(half.queueOffset, half)
    if (half.state === 'copying') this.copied(half)
  }

  /** There is a copy now, or there will be none. */
  copied(half: OpenHalf): void {
    half.state = 'open'
    const then = half.afterCopy
    half.afterCopy = undefined
    then?.()
  }

  /** By its name; undefined when it has ended for good, or never was. */
  find(first: number): OpenHalf | undefined {
    return this.#byFirst.get(first)
  }

  /** Its end is durable: it is forgotten. */
  remove(half: OpenHalf): void {
    if (this.#byFirst.get(half.first) !== half) return
    this.#byFirst.delete(half.first)
    this.#byOffset.delete(half.queueOffset)
  }

  /** Those that nobody has decided, the oldest copy first. */
  undecided(): readonly OpenHalf[] {
    return [...this.#byOffset.values()].filter((half) => half.state === 'open')
  }
}
