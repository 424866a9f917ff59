/** Decides when the messages of one delay level are due. Counts by the clock that is never set back, from when it first saw a message. */
import type { MessageExt } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'

export class LevelClock {
  readonly #host: Host
  readonly #delayMs: number
  readonly #since = new Map<number, number>()

  constructor(host: Host, delayMs: number) {
    this.#host = host
    this.#delayMs = delayMs
  }

  isDue(message: MessageExt): boolean {
    return this.#waitedMs(message) >= this.#delayMs
  }

  waitMs(first: MessageExt, maxOffset: number): number {
    return maxOffset < 0 ? 0 : this.#delayMs - this.#waitedMs(first)
  }

  #waitedMs({ queueOffset }: MessageExt): number {
    const nowMs = this.#host.clock.monotonicMs()
    if (!this.#since.has(queueOffset)) this.#since.set(queueOffset, nowMs)
    return nowMs - this.#since.get(queueOffset)!
  }
}
