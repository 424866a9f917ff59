/**
 * The open batch of one queue that a group pops in order. The batch stays open until all its messages are acknowledged.
 *
 * | JSON    | meaning                                                                |
 * | ------- | ---------------------------------------------------------------------- |
 * | popTime | time at which the batch left; acknowledgements name it                   |
 * | i       | invisible time of the batch, ms                                         |
 * | o       | its offsets: the first one, then distances from the first                 |
 * | ot      | by offset: when a message whose time was changed becomes visible           |
 * | oc      | by offset: how often a message has been popped before                    |
 * | l       | time at which the batch left                                            |
 * | cm      | bit i: the i-th message is acknowledged                                   |
 * | a       | the attempt that received it: a repeated attempt receives the same batch   |
 *
 * RocketMQ: `ConsumerOrderInfoManager.OrderInfo`.
 */
import { list, optional, record, table, text, whole } from '../../common/shape.ts'

/** One open batch: its messages, with a mark for each acknowledged message. */
export class OrderInfo {
  readonly popTime: number
  readonly invisibleTime: number
  readonly offsets: readonly number[]
  readonly attemptId: string | undefined
  readonly lastConsumeMs: number
  readonly consumedCounts: ReadonlyMap<number, number>
  readonly #visibleAtMs = new Map<number, number>()
  readonly #acked = new Set<number>()

  constructor(
    batch: { popTime: number; invisibleTime: number; offsets: readonly number[]; lastConsumeMs: number },
    attemptId: string | undefined,
    consumedCounts: ReadonlyMap<number, number>,
  ) {
    this.popTime = batch.popTime
    this.invisibleTime = batch.invisibleTime
    this.offsets = batch.offsets
    this.lastConsumeMs = batch.lastConsumeMs
    this.attemptId = attemptId
    this.consumedCounts = consumedCounts
  }

  // #region order-blocked
  /** Returns the time at which all open messages are visible again. Returns undefined when the queue may be popped now. */
  blockedUntil(attemptId: string | undefined, nowMs: number): number | undefined {
    if (this.attemptId !== undefined && this.attemptId === attemptId) return undefined
    const times = this.offsets
      .filter((offset) => !this.#acked.has(offset))
      .map((offset) => this.#visibleAtMs.get(offset) ?? this.popTime + this.invisibleTime)
    const last = Math.max(...times)
    return nowMs < last ? last : undefined
  }
  // #endregion order-blocked

  /** Marks a message as acknowledged. Returns true when the message belongs to the batch. */
  ack(offset: number): boolean {
    if (!this.offsets.includes(offset)) return false
    this.#acked.add(offset)
    return true
  }

  /** The offset of the first open message, or the offset after the batch when no message is open. */
  get nextOffset(): number {
    return this.offsets.find((offset) => !this.#acked.has(offset)) ?? this.offsets.at(-1)! + 1
  }

  setVisibleAt(offset: number, atMs: number): void {
    if (this.offsets.includes(offset)) this.#visibleAtMs.set(offset, atMs)
  }

  // #region consumed-counts
  /**
   * Returns how often each message of the next batch has been popped before. For messages of this batch the count is one
   * higher. A repeated attempt does not raise the count.
   */
  countsOfNext(attemptId: string | undefined, next: readonly number[]): ReadonlyMap<number, number> {
    if (attemptId !== undefined && attemptId === this.attemptId) return this.consumedCounts
    const again = next.filter((offset) => this.offsets.includes(offset))
    return new Map(again.map((offset) => [offset, (this.consumedCounts.get(offset) ?? 0) + 1]))
  }
  // #endregion consumed-counts

  toJson(): object {
    const [first = 0, ...rest] = this.offsets
    return {
      popTime: this.popTime,
      i: this.invisibleTime,
      o: [first, ...rest.map((offset) => offset - first)],
      ot: Object.fromEntries(this.#visibleAtMs),
      oc: Object.fromEntries(this.consumedCounts),
      l: this.lastConsumeMs,
      cm: this.offsets.reduce((bits, offset, i) => bits + (this.#acked.has(offset) ? bitValue(i) : 0), 0),
      ...(this.attemptId === undefined ? {} : { a: this.attemptId }),
    }
  }

  /** Reads a batch from the file. Returns undefined when the entry has no offsets. */
  static fromJson(json: OrderInfoJson): OrderInfo | undefined {
    const [first, ...rest] = json.o
    if (first === undefined) return undefined
    const offsets = [first, ...rest.map((distance) => first + distance)]
    const counts = new Map([...json.oc].map(([offset, count]) => [Number(offset), count]))
    const batch = { popTime: json.popTime, invisibleTime: json.i, offsets, lastConsumeMs: json.l }
    const info = new OrderInfo(batch, json.a, counts)
    for (const [i, offset] of offsets.entries()) if (Math.floor(json.cm / bitValue(i)) % 2 === 1) info.ack(offset)
    for (const [offset, atMs] of json.ot) info.setVisibleAt(Number(offset), atMs)
    return info
  }
}

/** Returns the value of bit `i`. A batch has at most 32 messages. */
function bitValue(i: number): number {
  return (1 << i) >>> 0
}

/** An open batch in the form of the file. The table above explains the fields. */
export interface OrderInfoJson {
  readonly popTime: number
  readonly i: number
  readonly o: readonly number[]
  readonly ot: ReadonlyMap<string, number>
  readonly oc: ReadonlyMap<string, number>
  readonly l: number
  readonly cm: number
  readonly a: string | undefined
}

/** Reads an open batch from the file. */
export const orderInfoShape = record<OrderInfoJson>({
  popTime: whole(),
  i: whole(),
  o: list(whole()),
  ot: table(whole()),
  oc: table(whole()),
  l: whole(),
  cm: whole(),
  a: optional(text()),
})
