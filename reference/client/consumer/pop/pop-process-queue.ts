/**
 * Counts the popped messages of one queue that are not settled. The client needs no more than this count, because the broker
 * keeps the offset.
 *
 * RocketMQ: `PopProcessQueue`.
 */
export class PopProcessQueue {
  #waitAckCount = 0
  /** The time of the last pop, by the wall clock. The value is 0 before the first pop. */
  lastPopTimestamp = 0
  /** True when the queue was released. Messages that the listener has not received are then redelivered by the broker. */
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
