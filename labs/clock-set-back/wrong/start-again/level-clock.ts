/** Decides when the messages of one delay level are due. When the clock was set back, all wait for the whole delay from the last look. */
import type { MessageExt } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'

export class LevelClock {
  readonly #host: Host
  readonly #delayMs: number
  #seen = { upTo: 0, sinceMs: 0 }

  constructor(host: Host, delayMs: number) {
    this.#host = host
    this.#delayMs = delayMs
  }

  isDue(message: MessageExt): boolean {
    const leftMs = this.#leftMs(message)
    const waitedMs = message.queueOffset < this.#seen.upTo ? this.#host.clock.monotonicMs() - this.#seen.sinceMs : 0
    return leftMs <= 0 || (leftMs > this.#delayMs && waitedMs >= this.#delayMs)
  }

  waitMs(first: MessageExt, maxOffset: number): number {
    if (maxOffset > this.#seen.upTo) this.#seen = { upTo: maxOffset, sinceMs: this.#host.clock.monotonicMs() }
    const leftMs = this.#leftMs(first)
    return leftMs > this.#delayMs ? Math.min(200, this.#delayMs) : leftMs
  }

  #leftMs({ storeTimestamp }: MessageExt): number {
    return storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
  }
}
