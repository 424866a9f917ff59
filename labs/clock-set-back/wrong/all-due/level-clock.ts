/** Decides when the messages of one delay level are due. Whatever waits is due. */
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
    return message.queueOffset >= 0
  }

  waitMs(first: MessageExt, maxOffset: number): number {
    return first.queueOffset < maxOffset ? this.#delayMs : 0
  }

  get host(): Host {
    return this.#host
  }
}
