/** Decides when the messages of one delay level are due. Adds up by how much the clock was set back while it looked; a new process knows nothing of it. */
import type { MessageExt } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'

export class LevelClock {
  readonly #host: Host
  readonly #delayMs: number
  #offsetMs: number | undefined
  #backMs = 0

  constructor(host: Host, delayMs: number) {
    this.#host = host
    this.#delayMs = delayMs
  }

  isDue(message: MessageExt): boolean {
    this.#look()
    return this.#leftMs(message) <= 0
  }

  waitMs(first: MessageExt, maxOffset: number): number {
    this.#look()
    return maxOffset < 0 ? 0 : Math.min(250, this.#leftMs(first))
  }

  #look(): void {
    const offsetMs = this.#host.clock.nowMs() - this.#host.clock.monotonicMs()
    if (this.#offsetMs !== undefined && offsetMs < this.#offsetMs - 1_000) this.#backMs = this.#offsetMs - offsetMs
    this.#offsetMs = offsetMs
  }

  #leftMs({ storeTimestamp }: MessageExt): number {
    const leftMs = storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
    return leftMs > this.#delayMs ? leftMs - this.#backMs : leftMs
  }
}
