/**
 * Decides when the messages of one delay level are due.
 *
 * A message is due when the broker's clock has reached the store time of the message plus the delay of the level. The clock
 * may have been set back to a time before the store time. Then the message is due when it has waited in this broker for the
 * whole delay, by monotonic time. So even when the clock was set back, no message is early and no message waits without
 * end.
 *
 * RocketMQ: `ScheduleMessageService.DeliverDelayedMessageTimerTask.correctDeliverTimestamp`. Unlike GlassMQ, RocketMQ
 * delivers a message with a store time in the future at once, possibly too early.
 */
import type { MessageExt } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'

/** The clock of one delay level. */
export class LevelClock {
  readonly #host: Host
  readonly #delayMs: number
  /** All messages before the offset `upTo` were already waiting at the time `sinceMs`. `sinceMs` is monotonic time. */
  #seen = { upTo: 0, sinceMs: 0 }

  constructor(host: Host, delayMs: number) {
    this.#host = host
    this.#delayMs = delayMs
  }

  // #region is-due
  /** Returns true when a waiting message may be delivered now. */
  isDue(message: MessageExt): boolean {
    const leftMs = this.#leftMs(message)
    return leftMs <= 0 || (leftMs > this.#delayMs && this.#seenMs(message) >= this.#delayMs)
  }

  /** Returns the number of ms until a message is due, by the broker's clock. */
  #leftMs(message: MessageExt): number {
    return message.storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
  }

  /** Returns the number of ms for which a message has surely waited in this broker, by monotonic time. */
  #seenMs({ queueOffset }: MessageExt): number {
    return queueOffset < this.#seen.upTo ? this.#host.clock.monotonicMs() - this.#seen.sinceMs : 0
  }
  // #endregion is-due

  /**
   * Returns the number of ms until the first waiting message must be checked again. Called when the first waiting message is
   * not due. `maxOffset` is the end of the queue. All messages before `maxOffset` are waiting now.
   */
  waitMs(first: MessageExt, maxOffset: number): number {
    if (first.queueOffset >= this.#seen.upTo) this.#seen = { upTo: maxOffset, sinceMs: this.#host.clock.monotonicMs() }
    const leftMs = this.#leftMs(first)
    return leftMs > this.#delayMs ? Math.max(1, this.#delayMs - this.#seenMs(first)) : leftMs
  }
}
