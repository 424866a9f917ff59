/** Decides when the messages of one delay level are due. The due time was fixed when the message was stored. */
import type { MessageExt } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'

export class LevelClock {
  readonly #host: Host
  readonly #delayMs: number

  constructor(host: Host, delayMs: number) {
    this.#host = host
    this.#delayMs = delayMs
  }

  isDue(message: MessageExt): boolean {
    return this.#leftMs(message) <= 0
  }

  waitMs(first: MessageExt, maxOffset: number): number {
    return Math.min(500, maxOffset < 0 ? 0 : this.#leftMs(first))
  }

  #leftMs({ storeTimestamp }: MessageExt): number {
    return storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
  }
}
