/**
 * Counts the popped messages of one queue that are not settled. The broker keeps the offset, so the client needs only the
 * count.
 *
 * RocketMQ: `PopProcessQueue`.
 */
export class PopProcessQueue {
  #waitAckCount = 0
  /** The wall clock time of the last pop, or 0 before the first pop. */
  lastPopTimestamp = 0
  /** True when the queue is released. The broker redelivers the messages that the listener has not begun. */
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
