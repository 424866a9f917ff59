/** The slots of the timer wheel in memory. A ring of fourteen days, and a hand that looks at each slot in turn. */

/** One slot and its chain of entries. */
export interface Slot {
  /** The start of the slot's tick, in ms. */
  readonly timeMs: number
  /** Positions in the timer log of the oldest and the newest entry. */
  firstPos: number
  lastPos: number
  /** Number of waiting messages minus number of recalled messages. */
  num: number
  /** Newest entries of further chains, when the slot has more than one. */
  readonly olderChains: number[]
}

/** Returns the start, in ms, of the tick to which a time belongs. */
export function tickOf(deliverMs: number, precisionMs: number): number {
  const tick = Math.floor(deliverMs / precisionMs) * precisionMs
  return tick === deliverMs ? tick - precisionMs : tick
}

const SLOTS = 14 * 86_400

export class SlotRing {
  readonly #precisionMs: number
  readonly #ring = new Map<number, Slot>()
  #handMs: number | undefined

  constructor(precisionMs: number) {
    this.#precisionMs = precisionMs
  }

  get nextTimeMs(): number | undefined {
    let next: number | undefined
    for (const { timeMs } of this.#ring.values()) if (next === undefined || timeMs < next) next = timeMs
    return next
  }

  count(timeMs: number): number {
    return this.#at(timeMs)?.num ?? 0
  }

  slots(): Iterable<Slot> {
    return this.#ring.values()
  }

  lastPos(timeMs: number): number {
    return this.#at(timeMs)?.lastPos ?? -1
  }

  put(timeMs: number, position: number, prevPos: number, change: number): Slot {
    if (this.#handMs === undefined || timeMs < this.#handMs) this.#handMs = timeMs
    let slot = this.#at(timeMs)
    if (slot === undefined) {
      slot = { timeMs, firstPos: position, lastPos: position, num: 0, olderChains: [] }
      this.#ring.set(this.#place(timeMs), slot)
    } else if (prevPos !== slot.lastPos) slot.olderChains.push(slot.lastPos)
    slot.lastPos = position
    slot.num += change
    return slot
  }

  waitMs(nowMs: number): number | undefined {
    const nextMs = this.nextTimeMs
    return nextMs === undefined ? undefined : nextMs + this.#precisionMs - nowMs
  }

  takeDue(nowMs: number): Slot | undefined {
    if (this.#ring.size === 0 || this.#handMs === undefined) return undefined
    // where the ring is empty, the hand need not look
    if (nowMs - this.#handMs > SLOTS * this.#precisionMs) this.#handMs = this.nextTimeMs!
    for (; this.#handMs + this.#precisionMs <= nowMs; this.#handMs += this.#precisionMs) {
      const slot = this.#at(this.#handMs)
      if (slot === undefined) continue
      this.#ring.delete(this.#place(this.#handMs))
      return slot
    }
    return undefined
  }

  #place(timeMs: number): number {
    return Math.floor(timeMs / this.#precisionMs) % SLOTS
  }

  /** The slot of a time, unless its place is taken by another lap. */
  #at(timeMs: number): Slot | undefined {
    const slot = this.#ring.get(this.#place(timeMs))
    return slot?.timeMs === timeMs ? slot : undefined
  }
}
