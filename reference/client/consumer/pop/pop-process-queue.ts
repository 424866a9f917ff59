/**
 * How many messages of one queue were popped and are not settled. The broker keeps the offset, so a number is enough.
 *
 * RocketMQ: `PopProcessQueue`.
 */
export class PopProcessQueue {
  #waitAckCount = 0
  /** When the last pop was sent, by the wall clock; 0 before the first. */
  lastPopTimestamp = 0
  /** True when the queue is given up: messages that the listener has not begun with are redelivered to another member. */
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
