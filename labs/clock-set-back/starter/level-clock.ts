/**
 * Decides when the messages of one delay level are due.
 *
 * The messages of a level wait in one queue, and all of them for the same
 * time. The broker looks at the first: it asks `isDue`, and while the answer
 * is no it sleeps for `waitMs` and asks again. It also asks after a message
 * has come, and after a restart.
 */
import type { MessageExt } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'

/** The clock of one delay level. */
export class LevelClock {
  readonly #host: Host
  readonly #delayMs: number

  constructor(host: Host, delayMs: number) {
    this.#host = host
    this.#delayMs = delayMs
  }

  /** Returns true when a waiting message may be delivered now. */
  isDue(message: MessageExt): boolean {
    return this.#leftMs(message) <= 0
  }

  /**
   * Returns the ms after which the first waiting message must be looked at
   * again. All messages before `maxOffset` wait by now.
   */
  waitMs(first: MessageExt, _maxOffset: number): number {
    return this.#leftMs(first)
  }

  #leftMs(message: MessageExt): number {
    return message.storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
  }
}
