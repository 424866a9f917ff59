/**
 * A clock for a queue in which every message has a delay of its own. Chapter 15 runs it in place of
 * `reference/broker/schedule/level-clock.ts`: the queue is still read from its front.
 */
import { type MessageExt, PROPERTY } from '../../../../reference/common/message.ts'
import type { Host } from '../../../../reference/host/host.ts'
import { DELAY_LEVELS_MS, delayOfLevelMs } from '../../../../reference/store/delay-level.ts'

export class LevelClock {
  readonly #host: Host

  constructor(host: Host, _delayMs: number) {
    this.#host = host
  }

  isDue(message: MessageExt): boolean {
    return this.#leftMs(message) <= 0
  }

  waitMs(first: MessageExt, _maxOffset: number): number {
    return this.#leftMs(first)
  }

  #leftMs({ storeTimestamp, properties }: MessageExt): number {
    const level = Number(properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? 1)
    const own = ((level - 1) % DELAY_LEVELS_MS.length) + 1 // a broker may list the eighteen levels twice
    return storeTimestamp + delayOfLevelMs(own, DELAY_LEVELS_MS) - this.#host.clock.nowMs()
  }
}
