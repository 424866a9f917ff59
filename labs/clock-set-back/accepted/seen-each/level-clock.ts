/** Decides when the messages of one delay level are due. Remembers for each message since when it has seen it wait. */
import type { MessageExt } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'

export class LevelClock {
  readonly #host: Host
  readonly #delayMs: number
  /** By offset: since when a message waits, by the clock that is never set back. */
  readonly #since = new Map<number, number>()

  constructor(host: Host, delayMs: number) {
    this.#host = host
    this.#delayMs = delayMs
  }

  isDue(message: MessageExt): boolean {
    const leftMs = this.#leftMs(message)
    if (leftMs <= 0) return true
    const sinceMs = this.#since.get(message.queueOffset)
    return leftMs > this.#delayMs && sinceMs !== undefined && this.#host.clock.monotonicMs() - sinceMs >= this.#delayMs
  }

  waitMs(first: MessageExt, maxOffset: number): number {
    const nowMs = this.#host.clock.monotonicMs()
    for (const offset of this.#since.keys()) if (offset < first.queueOffset) this.#since.delete(offset)
    for (let offset = first.queueOffset; offset < maxOffset; offset++)
      if (!this.#since.has(offset)) this.#since.set(offset, nowMs)
    const leftMs = this.#leftMs(first)
    if (leftMs <= this.#delayMs) return leftMs
    return Math.max(1, this.#delayMs - (nowMs - this.#since.get(first.queueOffset)!))
  }

  #leftMs({ storeTimestamp }: MessageExt): number {
    return storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
  }
}
