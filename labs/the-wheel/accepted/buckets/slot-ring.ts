/** The slots of the timer wheel in memory. The slots of each minute together; minutes are looked at in order. */

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

const minuteOf = (timeMs: number) => Math.floor(timeMs / 60_000)

export class SlotRing {
  readonly #precisionMs: number
  readonly #minutes = new Map<number, Map<number, Slot>>()

  constructor(precisionMs: number) {
    this.#precisionMs = precisionMs
  }

  get nextTimeMs(): number | undefined {
    const minutes = [...this.#minutes.keys()].sort((a, b) => a - b)
    const first = minutes[0] === undefined ? undefined : this.#minutes.get(minutes[0])
    return first === undefined ? undefined : Math.min(...first.keys())
  }

  count(timeMs: number): number {
    return this.#of(timeMs)?.num ?? 0
  }

  slots(): Iterable<Slot> {
    return [...this.#minutes.values()].flatMap((minute) => [...minute.values()])
  }

  lastPos(timeMs: number): number {
    return this.#of(timeMs)?.lastPos ?? -1
  }

  put(timeMs: number, position: number, prevPos: number, change: number): Slot {
    const minute = this.#minutes.get(minuteOf(timeMs)) ?? new Map<number, Slot>()
    this.#minutes.set(minuteOf(timeMs), minute)
    const slot = minute.get(timeMs) ?? { timeMs, firstPos: position, lastPos: -1, num: 0, olderChains: [] }
    if (slot.lastPos >= 0 && slot.lastPos !== prevPos) slot.olderChains.push(slot.lastPos)
    slot.lastPos = position
    slot.num += change
    minute.set(timeMs, slot)
    return slot
  }

  waitMs(nowMs: number): number | undefined {
    const nextMs = this.nextTimeMs
    return nextMs === undefined ? undefined : nextMs + this.#precisionMs - nowMs
  }

  takeDue(nowMs: number): Slot | undefined {
    const nextMs = this.nextTimeMs
    if (nextMs === undefined || nextMs + this.#precisionMs > nowMs) return undefined
    const minute = this.#minutes.get(minuteOf(nextMs))!
    const slot = minute.get(nextMs)
    minute.delete(nextMs)
    if (minute.size === 0) this.#minutes.delete(minuteOf(nextMs))
    return slot
  }

  #of(timeMs: number): Slot | undefined {
    return this.#minutes.get(minuteOf(timeMs))?.get(timeMs)
  }
}
