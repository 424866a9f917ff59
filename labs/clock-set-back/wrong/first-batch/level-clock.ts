/** Decides when the messages of one delay level are due. What waited when the clock was set back is counted together, each later one alone. */
import type { MessageExt } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'

export class LevelClock {
  readonly #host: Host
  readonly #delayMs: number
  /** Messages before `upTo` waited when a time was first seen that cannot be. */
  #batch: { readonly upTo: number; readonly sinceMs: number } | undefined
  #front = { offset: -1, sinceMs: 0 }

  constructor(host: Host, delayMs: number) {
    this.#host = host
    this.#delayMs = delayMs
  }

  isDue(message: MessageExt): boolean {
    const leftMs = this.#leftMs(message)
    return leftMs <= 0 || (leftMs > this.#delayMs && this.#waitedMs(message) >= this.#delayMs)
  }

  waitMs(first: MessageExt, maxOffset: number): number {
    const leftMs = this.#leftMs(first)
    if (leftMs <= this.#delayMs) return leftMs
    const sinceMs = this.#host.clock.monotonicMs()
    this.#batch ??= { upTo: maxOffset, sinceMs }
    if (first.queueOffset !== this.#front.offset) this.#front = { offset: first.queueOffset, sinceMs }
    return Math.max(1, this.#delayMs - this.#waitedMs(first))
  }

  #waitedMs({ queueOffset }: MessageExt): number {
    const nowMs = this.#host.clock.monotonicMs()
    if (this.#batch !== undefined && queueOffset < this.#batch.upTo) return nowMs - this.#batch.sinceMs
    return queueOffset === this.#front.offset ? nowMs - this.#front.sinceMs : 0
  }

  #leftMs({ storeTimestamp }: MessageExt): number {
    return storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
  }
}
