/**
 * Counts the popped messages of one queue that are not settled (`pop-loop.ts`). The client needs only this count, because
 * the broker keeps the offset.
 *
 * RocketMQ: `PopProcessQueue`.
 */
export class PopProcessQueue {
  #waitAckCount = 0
  /** The time of the last pop, by the wall clock. The value is 0 before the first pop. */
  lastPopTimestamp = 0
  /**
   * True when the consumer no longer pops from the queue. The broker then redelivers the messages that the listener has not
   * received.
   */
  dropped = false

  get waitAckCount(): number {
    return this.#waitAckCount
  }

  found(count: number): void {
    this.#waitAckCount += count
  }

  done(): void {
    this.#waitAckCount--
  }
}
