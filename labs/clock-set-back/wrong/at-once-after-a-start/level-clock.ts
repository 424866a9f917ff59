/** Decides when the messages of one delay level are due. What a new process finds with a time that cannot be is delivered at once. */
import type { MessageExt } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'

/** The clock of one delay level. */
export class LevelClock {
  readonly #host: Host
  readonly #delayMs: number
  /** Messages before `upTo` have waited at least since `sinceMs`, by a clock that is never set back. */
  #seen = { upTo: 0, sinceMs: 0 }

  constructor(host: Host, delayMs: number) {
    this.#host = host
    this.#delayMs = delayMs
  }

  // #region is-due
  /** Returns true when a waiting message may be delivered now. */
  isDue(message: MessageExt): boolean {
    const leftMs = this.#leftMs(message)
    if (leftMs > this.#delayMs && this.#seen.upTo === 0) return true
    return leftMs <= 0 || (leftMs > this.#delayMs && this.#seenMs(message) >= this.#delayMs)
  }

  /** Returns the number of ms until a message is due, by the broker's clock. */
  #leftMs(message: MessageExt): number {
    return message.storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
  }

  /** Returns the number of ms for which this object has seen a message wait. */
  #seenMs({ queueOffset }: MessageExt): number {
    return queueOffset < this.#seen.upTo ? this.#host.clock.monotonicMs() - this.#seen.sinceMs : 0
  }
  // #endregion is-due

  /**
   * Returns the number of ms after which the first waiting message must be looked at again. It is called when that message is
   * not due. `maxOffset` is the end of the queue: all messages before it wait by now.
   */
  waitMs(first: MessageExt, maxOffset: number): number {
    if (first.queueOffset >= this.#seen.upTo) this.#seen = { upTo: maxOffset, sinceMs: this.#host.clock.monotonicMs() }
    const leftMs = this.#leftMs(first)
    return leftMs > this.#delayMs ? Math.max(1, this.#delayMs - this.#seenMs(first)) : leftMs
  }
}
