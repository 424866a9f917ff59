/** Decides when the messages of one delay level are due. When the clock was set back, each waits for the whole delay after the one before it. */
import type { MessageExt } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'

export class LevelClock {
  readonly #host: Host
  readonly #delayMs: number
  #first = { offset: -1, sinceMs: 0 }

  constructor(host: Host, delayMs: number) {
    this.#host = host
    this.#delayMs = delayMs
  }

  isDue(message: MessageExt): boolean {
    const leftMs = this.#leftMs(message)
    if (leftMs <= 0) return true
    const waitedMs = this.#host.clock.monotonicMs() - this.#first.sinceMs
    return leftMs > this.#delayMs && message.queueOffset === this.#first.offset && waitedMs >= this.#delayMs
  }

  waitMs(first: MessageExt, maxOffset: number): number {
    if (first.queueOffset !== this.#first.offset && maxOffset > 0)
      this.#first = { offset: first.queueOffset, sinceMs: this.#host.clock.monotonicMs() }
    return Math.min(100, Math.max(1, this.#leftMs(first)))
  }

  #leftMs({ storeTimestamp }: MessageExt): number {
    return storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
  }
}
