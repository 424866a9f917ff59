/** The slots of the timer wheel in memory. Whatever is put in counts. */

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

  put(timeMs: number, position: number, prevPos: number, _change: number): Slot {
    let slot = this.#slots.get(timeMs)
    if (slot === undefined) {
      slot = { timeMs, firstPos: position, lastPos: position, num: 0, olderChains: [] }
      this.#slots.set(timeMs, slot)
    } else if (prevPos !== slot.lastPos) slot.olderChains.push(slot.lastPos)
    slot.lastPos = position
    slot.num += 1
    return slot
  }

  waitMs(nowMs: number): number | undefined {
    const nextMs = this.nextTimeMs
    return nextMs === undefined ? undefined : nextMs + this.#precisionMs - nowMs
  }

  takeDue(nowMs: number): Slot | undefined {
    const waitMs = this.waitMs(nowMs)
    if (waitMs === undefined || waitMs > 0) return undefined
    const timeMs = this.nextTimeMs!
    const slot = this.#slots.get(timeMs)
    this.#slots.delete(timeMs)
    return slot
  }
}
