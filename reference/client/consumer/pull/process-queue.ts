/**
 * The messages of one queue that were pulled and are not consumed yet.
 *
 * Several messages are consumed at the same time and finish in any order. The offset that may be committed is the oldest
 * unfinished offset. If this client dies, messages that finished after that offset are consumed again: delivery is at least
 * once.
 *
 * ```
 * offsets   7 ✓   8 …   9 ✓   10 …        commit: 8
 * ```
 *
 * An orderly consumer takes only the oldest message, and keeps it here until it is consumed.
 * RocketMQ: `ProcessQueue`.
 */
import type { MessageExt } from '../../../common/message.ts'

/** The pulled messages of one queue that are not consumed yet. */
export class ProcessQueue {
  /** The messages by offset. The order of the map is the order of the pulls, and therefore of the offsets. */
  readonly #messages = new Map<number, MessageExt>()
  #bytes = 0
  /** The offset after the newest message so far, or -1 before the first message. */
  #afterLast = -1
  /** The wall clock time at which a message of the queue was last handed to the listener; 0 means never. */
  lastConsumeTimestamp = 0
  /** True when the queue no longer belongs to this member. Results that come later are ignored. */
  dropped = false

  get count(): number {
    return this.#messages.size
  }
  get sizeBytes(): number {
    return this.#bytes
  }
  /** The oldest unfinished offset and the newest pulled offset. Both are 0 when the queue has no messages. */
  get offsets(): { readonly min: number; readonly max: number } {
    const oldest = this.#messages.keys().next()
    return oldest.done === true ? { min: 0, max: 0 } : { min: oldest.value, max: this.#afterLast - 1 }
  }
  /** The distance from the oldest unfinished offset to the newest pulled offset. */
  get span(): number {
    const { min, max } = this.offsets
    return max - min
  }

  /** Adds the messages of a pull. Returns the messages that were not in the queue before. */
  put(messages: readonly MessageExt[]): MessageExt[] {
    const added = messages.filter((message) => !this.#messages.has(message.queueOffset))
    for (const message of added) {
      this.#messages.set(message.queueOffset, message)
      this.#bytes += message.body.length
      this.#afterLast = Math.max(this.#afterLast, message.queueOffset + 1)
    }
    return added
  }

  /** Forgets all messages, because the queue continues at another offset. */
  clear(): void {
    this.#messages.clear()
    this.#bytes = 0
    this.#afterLast = -1
  }

  has(message: MessageExt): boolean {
    return this.#messages.has(message.queueOffset)
  }

  /** The oldest unfinished message, or undefined when no message is left. */
  get first(): MessageExt | undefined {
    return this.#messages.values().next().value
  }

  /**
   * Replaces a message that was not consumed by a copy with the new count of deliveries. The order of the messages stays.
   */
  putBack(message: MessageExt): void {
    if (this.has(message)) this.#messages.set(message.queueOffset, message)
  }

  // #region remove-message
  /** Removes a consumed message and returns the offset that may be committed now. */
  remove(message: MessageExt): number {
    if (this.#messages.delete(message.queueOffset)) this.#bytes -= message.body.length
    const oldest = this.#messages.keys().next()
    return oldest.done === true ? this.#afterLast : oldest.value
  }
  // #endregion remove-message
}
