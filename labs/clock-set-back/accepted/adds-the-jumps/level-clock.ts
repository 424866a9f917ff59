/** Decides when the messages of one delay level are due. Adds up by how much the clock was set back while it was looked at. */
import type { MessageExt } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'

export class LevelClock {
  readonly #host: Host
  readonly #delayMs: number
  #wallMs = 0
  #steadyMs = 0
  /** By how much the clock was set back, and from which offset on messages were stored after it. */
  readonly #jumps: { readonly byMs: number; readonly before: number }[] = []
  #seenBefore = 0
  #firstSeen = { offset: -1, sinceMs: 0 }

  constructor(host: Host, delayMs: number) {
    this.#host = host
    this.#delayMs = delayMs
  }

  isDue(message: MessageExt): boolean {
    this.#look()
    const leftMs = this.#leftMs(message)
    if (leftMs <= 0) return true
    const { offset, sinceMs } = this.#firstSeen
    const waitedMs = this.#host.clock.monotonicMs() - sinceMs
    return leftMs > this.#delayMs && message.queueOffset <= offset && waitedMs >= this.#delayMs
  }

  waitMs(first: MessageExt, maxOffset: number): number {
    this.#look()
    this.#seenBefore = maxOffset
    if (first.queueOffset > this.#firstSeen.offset)
      this.#firstSeen = { offset: maxOffset - 1, sinceMs: this.#host.clock.monotonicMs() }
    return Math.min(250, Math.max(1, this.#leftMs(first)))
  }

  #look(): void {
    const [wallMs, steadyMs] = [this.#host.clock.nowMs(), this.#host.clock.monotonicMs()]
    const backMs = steadyMs - this.#steadyMs - (wallMs - this.#wallMs)
    if (this.#wallMs > 0 && backMs > 1_000) this.#jumps.push({ byMs: backMs, before: this.#seenBefore })
    this.#wallMs = wallMs
    this.#steadyMs = steadyMs
  }

  #leftMs({ storeTimestamp, queueOffset }: MessageExt): number {
    const back = this.#jumps.filter(({ before }) => queueOffset < before).reduce((sum, { byMs }) => sum + byMs, 0)
    return storeTimestamp + this.#delayMs - (this.#host.clock.nowMs() + back)
  }
}
