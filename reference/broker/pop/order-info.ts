/**
 * A batch of one queue that a group pops in order. The batch is open until all its messages are acknowledged.
 *
 * | JSON    | meaning                                                                |
 * | ------- | ---------------------------------------------------------------------- |
 * | popTime | time of the pop; acknowledgements contain this time                     |
 * | i | the time for which the batch is hidden (invisible time), ms |
 * | o       | the offsets of the messages: the first offset, then the distances from the first offset |
 * | ot      | for each offset whose invisible time was changed: the time at which the message becomes visible |
 * | oc | for each offset: how often the message was popped before this pop |
 * | l | the time at which the batch was handed out, ms |
 * | cm      | bit i is 1 when the i-th message is acknowledged                          |
 * | a       | id of the pop that received the batch. When a client repeats a pop with the same id, the client receives the same batch |
 *
 * RocketMQ: `ConsumerOrderInfoManager.OrderInfo`.
 */
import { list, optional, record, table, text, whole } from '../../common/shape.ts'

/** One open batch: its messages, and which of them are acknowledged. */
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
  /**
   * Returns the time in ms at which all messages without an acknowledgement are visible again. Returns undefined when the
   * queue may be popped now. When the pop that received this batch is repeated with the same `attemptId`, the queue may
   * always be popped.
   */
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
    if (!this.offsets.includes(offset)) return false // rare: an acknowledgement of a message that this pop did not take
    this.#acked.add(offset)
    return true
  }

  /**
   * The offset of the first message without an acknowledgement. When all messages of the batch are acknowledged, the value
   * is the offset after the batch.
   */
  get nextOffset(): number {
    return this.offsets.find((offset) => !this.#acked.has(offset)) ?? this.offsets.at(-1)! + 1
  }

  setVisibleAt(offset: number, atMs: number): void {
    if (this.offsets.includes(offset)) this.#visibleAtMs.set(offset, atMs)
  }

  // #region consumed-counts
  /**
   * Returns how often messages of the batch `next` were popped before. The map contains only messages that are in both
   * batches. The number of such a message is one higher than its number in this batch. When the pop that received this batch
   * is repeated with the same `attemptId`, the numbers stay the same.
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

  /** Returns the batch that an entry of the file describes. Returns undefined when the entry has no offsets. */
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

/** Returns a number in which only bit `i` is 1. A batch has at most 32 messages, so bits 0 to 31 are enough. */
function bitValue(i: number): number {
  return (1 << i) >>> 0
}

/** An open batch as it is in the file. The table at the start of this file explains the fields. */
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

/** Reads an open batch from the JSON of the file. */
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
