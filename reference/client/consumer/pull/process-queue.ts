/**
 * The messages of one queue that were pulled and are not consumed yet.
 *
 * Several are consumed at the same time and finish in any order; the offset that may be committed is the oldest unfinished
 * one. Whatever finished behind it is consumed again if this client dies now: at least once, never less.
 *
 * ```
 * offsets   7 ✓   8 …   9 ✓   10 …        commit: 8
 * ```
 *
 * An orderly consumer takes the oldest one only, and keeps it here until it is consumed.
 * RocketMQ: `ProcessQueue`.
 */
import type { MessageExt } from '../../../common/message.ts'

export class ProcessQueue {
  /** By offset, in the order they were pulled, which is the order of their offsets. */
  readonly #messages = new Map<number, MessageExt>()
  #bytes = 0
  /** Next offset to consume when nothing is left; -1 before the first message. */
  #afterLast = -1
  /** When a message of it was last handed to the listener, by the wall clock; 0 for never. */
  lastConsumeTimestamp = 0
  /** Set when the queue belongs to somebody else now; results that come later count for nothing. */
  dropped = false

  get count(): number {
    return this.#messages.size
  }
  get sizeBytes(): number {
    return this.#bytes
  }
  /** The oldest and the newest unfinished offset, 0 when nothing is here. */
  get offsets(): { readonly least: number; readonly most: number } {
    const oldest = this.#messages.keys().next()
    return oldest.done === true ? { least: 0, most: 0 } : { least: oldest.value, most: this.#afterLast - 1 }
  }
  /** From the oldest unfinished offset to the newest. */
  get span(): number {
    const { least, most } = this.offsets
    return most - least
  }

  /** Adds what a pull brought; returns those that are new. */
  put(messages: readonly MessageExt[]): MessageExt[] {
    const added = messages.filter((message) => !this.#messages.has(message.queueOffset))
    for (const message of added) {
      this.#messages.set(message.queueOffset, message)
      this.#bytes += message.body.length
      this.#afterLast = Math.max(this.#afterLast, message.queueOffset + 1)
    }
    return added
  }

  /** Forgets everything: the queue goes on elsewhere. */
  clear(): void {
    this.#messages.clear()
    this.#bytes = 0
    this.#afterLast = -1
  }

  has(message: MessageExt): boolean {
    return this.#messages.has(message.queueOffset)
  }

  /** The oldest unfinished message. */
  get first(): MessageExt | undefined {
    return this.#messages.values().next().value
  }

  /** Puts a message back that was not consumed, with what it has been through; its place stays. */
  putBack(message: MessageExt): void {
    if (this.has(message)) this.#messages.set(message.queueOffset, message)
  }

  // #region remove-message
  /** Takes out a consumed message and returns the offset that may be committed now. */
  remove(message: MessageExt): number {
    if (this.#messages.delete(message.queueOffset)) this.#bytes -= message.body.length
    const oldest = this.#messages.keys().next()
    return oldest.done === true ? this.#afterLast : oldest.value
  }
  // #endregion remove-message
}
