/** The slots of the timer wheel in memory. The hand begins at the time at which it is first looked at. */

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

export class SlotRing {
  readonly #precisionMs: number
  readonly #slots = new Map<number, Slot>()
  #handMs: number | undefined

  constructor(precisionMs: number) {
    this.#precisionMs = precisionMs
  }

  get nextTimeMs(): number | undefined {
    const times = [...this.#slots.keys()]
    return times.length === 0 ? undefined : Math.min(...times)
  }

  count(timeMs: number): number {
    return this.#slots.get(timeMs)?.num ?? 0
  }

  slots(): Iterable<Slot> {
    return this.#slots.values()
  }

  lastPos(timeMs: number): number {
    return this.#slots.get(timeMs)?.lastPos ?? -1
  }

  put(timeMs: number, position: number, prevPos: number, change: number): Slot {
    let slot = this.#slots.get(timeMs)
    if (slot === undefined) {
      slot = { timeMs, firstPos: position, lastPos: position, num: 0, olderChains: [] }
      this.#slots.set(timeMs, slot)
    } else if (prevPos !== slot.lastPos) slot.olderChains.push(slot.lastPos)
    slot.lastPos = position
    slot.num += change
    return slot
  }

  waitMs(nowMs: number): number | undefined {
    const fromMs = this.#handMs ?? 0
    const later = [...this.#slots.keys()].filter((timeMs) => timeMs >= fromMs)
    return later.length === 0 ? undefined : Math.max(1, Math.min(...later) + this.#precisionMs - nowMs)
  }

  takeDue(nowMs: number): Slot | undefined {
    this.#handMs ??= Math.floor(nowMs / this.#precisionMs) * this.#precisionMs - this.#precisionMs
    for (; this.#handMs + this.#precisionMs <= nowMs; this.#handMs += this.#precisionMs) {
      const slot = this.#slots.get(this.#handMs)
      this.#slots.delete(this.#handMs)
      if (slot !== undefined) return slot
    }
    return undefined
  }
}
