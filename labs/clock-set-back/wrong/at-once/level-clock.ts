/** Decides when the messages of one delay level are due. What is further away than its delay is delivered at once, as RocketMQ does. */
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
    const leftMs = this.#leftMs(message)
    return leftMs <= 0 || leftMs > this.#delayMs
  }

  waitMs(first: MessageExt, maxOffset: number): number {
    return Math.min(100, maxOffset < 0 ? 0 : this.#leftMs(first))
  }

  #leftMs({ storeTimestamp }: MessageExt): number {
    return storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
  }
}
