/**
 * How many messages of one queue were popped and are not done with: there is no offset to look after, so a number is enough.
 *
 * RocketMQ: `PopProcessQueue`.
 */
export class PopProcessQueue {
  #waitAckCount = 0
  /** When the last pop left, by the wall clock; 0 before the first. */
  lastPopTimestamp = 0
  /** Set when the queue is not ours any more: what the listener has not begun with comes again elsewhere. */
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
