/** Decides when the messages of one delay level are due. Looks ten times a second, as RocketMQ does, and notes what it saw. */
import type { MessageExt } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'

export class LevelClock {
  readonly #host: Host
  readonly #delayMs: number
  #seenBefore = 0
  #sinceMs = 0

  constructor(host: Host, delayMs: number) {
    this.#host = host
    this.#delayMs = delayMs
  }

  isDue(message: MessageExt): boolean {
    const leftMs = this.#leftMs(message)
    if (leftMs <= 0) return true
    const waitedMs = this.#host.clock.monotonicMs() - this.#sinceMs
    return leftMs > this.#delayMs && message.queueOffset < this.#seenBefore && waitedMs >= this.#delayMs
  }

  waitMs(first: MessageExt, maxOffset: number): number {
    if (first.queueOffset >= this.#seenBefore) {
      this.#seenBefore = maxOffset
      this.#sinceMs = this.#host.clock.monotonicMs()
    }
    return Math.min(100, Math.max(1, this.#leftMs(first)))
  }

  #leftMs({ storeTimestamp }: MessageExt): number {
    return storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
  }
}
