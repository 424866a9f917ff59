/**
 * The messages of one queue that were pulled and are not yet consumed.
 *
 * Several messages may be consumed at the same time, and they may finish in any order. The offset that may be committed is
 * the offset of the oldest unfinished message. When this client fails, the next owner of the queue begins at the offset that
 * was reported last. All messages from there on are consumed again, even messages that were finished. So each message is
 * consumed at least once. In the diagram, `✓` marks a finished message and `…` an unfinished message.
 *
 * ```
 * offsets   7 ✓   8 …   9 ✓   10 …        commit: 8
 * ```
 *
 * An orderly consumer takes only the oldest message. This message stays in the process queue until it is consumed.
 *
 * RocketMQ: `ProcessQueue`.
 */
import type { MessageExt } from '../../../common/message.ts'

/** The pulled messages of one queue that are not consumed yet. */
export class ProcessQueue {
  /** The messages by offset. The map has the order of the pulls, which is also the order of the offsets. */
  readonly #messages = new Map<number, MessageExt>()
  #bytes = 0
  /** The offset after the newest message that was pulled. The value is -1 before the first message, and after `clear`. */
  #afterLast = -1
  /**
   * The newest time at which a message of the queue was handed to the listener, by the wall clock. The value 0 means never.
   */
  lastConsumeTimestamp = 0
  /** True when the queue no longer belongs to this member. Later results of the listener are then ignored. */
  dropped = false

  get count(): number {
    return this.#messages.size
  }
  get sizeBytes(): number {
    return this.#bytes
  }
  /**
   * The offsets of the oldest unfinished message and of the newest pulled message. Both offsets are 0 when the queue has no
   * messages.
   */
  get offsets(): { readonly min: number; readonly max: number } {
    const oldest = this.#messages.keys().next()
    return oldest.done === true ? { min: 0, max: 0 } : { min: oldest.value, max: this.#afterLast - 1 }
  }
  /** The distance from the offset of the oldest unfinished message to the offset of the newest pulled message. */
  get span(): number {
    const { min, max } = this.offsets
    return max - min
  }

  /** Adds the messages of a pull. Returns those of the messages that were not in this process queue before. */
  put(messages: readonly MessageExt[]): MessageExt[] {
    const added = messages.filter((message) => !this.#messages.has(message.queueOffset))
    for (const message of added) {
      this.#messages.set(message.queueOffset, message)
      this.#bytes += message.body.length
      // not the largest offset so far: a queue may continue at a lower offset
      this.#afterLast = message.queueOffset + 1
    }
    return added
  }

  /** Removes all messages, because the queue continues at another offset. */
  clear(): void {
    this.#messages.clear()
    this.#bytes = 0
    this.#afterLast = -1
  }

  has(message: MessageExt): boolean {
    return this.#messages.has(message.queueOffset)
  }

  /** The oldest unfinished message. The value is undefined when the queue has no message. */
  get first(): MessageExt | undefined {
    return this.#messages.values().next().value
  }

  /**
   * Replaces a message that was not consumed with a copy that has the new number of deliveries. The order of the messages
   * does not change.
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
