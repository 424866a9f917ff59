/**
 * The slots of the timer wheel in memory: a ring of 64 slots, and a hand
 * that goes round. The timer log has the entries; a slot knows the newest
 * entry of its tick, and each entry knows the entry before it (`prevPos`).
 */

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
  return Math.floor(deliverMs / precisionMs) * precisionMs
}

const SLOTS = 64

export class SlotRing {
  readonly #precisionMs: number
  readonly #ring: (Slot | undefined)[] = []
  /** The tick at which the hand is, in ms. */
  #handMs = -1

  constructor(precisionMs: number) {
    this.#precisionMs = precisionMs
  }

  #at(timeMs: number): number {
    return Math.floor(timeMs / this.#precisionMs) % SLOTS
  }

  /** The time of the first slot that waits; undefined when none waits. */
  get nextTimeMs(): number | undefined {
    const times = [...this.slots()].map((slot) => slot.timeMs)
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** The number of messages that wait in the slot of a time. */
  count(timeMs: number): number {
    return this.#ring[this.#at(timeMs)]?.num ?? 0
  }

  /** The slots that have waiting messages. */
  slots(): Iterable<Slot> {
    return this.#ring.filter((slot) => slot !== undefined)
  }

  /** The position of the newest entry of a slot, -1 when it is empty. */
  lastPos(timeMs: number): number {
    return this.#ring[this.#at(timeMs)]?.lastPos ?? -1
  }

  /**
   * Adds an entry to a slot, and returns the slot. `prevPos` stands in the
   * entry: it is what `lastPos` said. `change`: 1, or -1 for a recall.
   */
  put(timeMs: number, position: number, _prevPos: number, change: number): Slot {
    const slot: Slot = {
      timeMs,
      firstPos: position,
      lastPos: position,
      num: change,
      olderChains: [],
    }
    this.#ring[this.#at(timeMs)] = slot
    return slot
  }

  /** The ms until a slot is due; 0 or less: now. Undefined: none waits. */
  waitMs(nowMs: number): number | undefined {
    const nextMs = this.nextTimeMs
    return nextMs === undefined ? undefined : nextMs + this.#precisionMs - nowMs
  }

  /** Removes and returns a slot that is due; undefined when none is. */
  takeDue(nowMs: number): Slot | undefined {
    const tick = Math.floor(nowMs / this.#precisionMs) - 1
    const timeMs = tick * this.#precisionMs
    if (timeMs === this.#handMs) return undefined
    this.#handMs = timeMs
    const slot = this.#ring[this.#at(timeMs)]
    this.#ring[this.#at(timeMs)] = undefined
    return slot
  }
}
