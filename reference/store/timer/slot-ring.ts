/**
 * The slots of the timer wheel, kept in memory. The timer divides time into ticks of equal length (`timerPrecisionMs`). The
 * slots show which ticks have waiting messages, and which tick is due.
 *
 * A slot holds the messages of one tick. The messages of a slot are a chain of entries in the timer log. The slot holds the
 * positions of the oldest and the newest entry of this chain. Each entry holds the position of the entry before it. A slot
 * is due when its tick has ended. Slots are taken in the order of their times.
 *
 * Only the slots with messages are kept, in a map by time and in a sorted list of times. So the next slot is found without a
 * search. In RocketMQ, the slots are an array, and each tick checks one slot. In RocketMQ, a slot counts as free when the
 * time in the slot is not the requested time.
 *
 * RocketMQ: `TimerWheel.getSlot`, `TimerWheel.putSlot`, `TimerMessageStore.dequeue`.
 */

/** One slot and its chain of entries. */
export interface Slot {
  /** The start of the slot's tick. */
  readonly timeMs: number
  /** The position in the timer log of the oldest entry of the chain. */
  firstPos: number
  /** The position in the timer log of the newest entry of the chain. */
  lastPos: number
  /** The number of waiting messages minus the number of recalls. */
  num: number
  /**
   * The positions of the newest entries of further chains, beginning with the oldest chain. A slot has further chains when
   * entries were added after the slot had become due.
   */
  readonly olderChains: number[]
}

// #region tick-of
/**
 * Returns the start, in ms, of the tick to which a time belongs.
 * The exact start of a tick belongs to the tick before.
 */
export function tickOf(deliverMs: number, precisionMs: number): number {
  const tick = Math.floor(deliverMs / precisionMs) * precisionMs
  return tick === deliverMs ? tick - precisionMs : tick
}
// #endregion tick-of

/** The slots that have waiting messages. */
export class SlotRing {
  readonly #precisionMs: number
  readonly #slots = new Map<number, Slot>()
  /** The times of the slots, in ascending order. */
  readonly #times: number[] = []

  constructor(precisionMs: number) {
    this.#precisionMs = precisionMs
  }

  /** The time of the first waiting slot. Undefined when no slot waits. */
  get nextTimeMs(): number | undefined {
    return this.#times[0]
  }

  /** Returns the number of messages that wait in the slot of `timeMs`, minus the number of recalls in it. */
  count(timeMs: number): number {
    return this.#slots.get(timeMs)?.num ?? 0
  }

  /** Returns the slots that have waiting messages. */
  slots(): Iterable<Slot> {
    return this.#slots.values()
  }

  // #region put-slot
  /** Returns the position of the newest entry of a slot. Returns -1 when the slot is empty. */
  lastPos(timeMs: number): number {
    return this.#slots.get(timeMs)?.lastPos ?? -1
  }

  /**
   * Adds an entry to a slot, and returns the slot. `position` is the position of the entry in the timer log. `prevPos` is
   * the field `prevPos` of the entry. `change` is 1 for a message, and -1 for a recall.
   */
  put(timeMs: number, position: number, prevPos: number, change: number): Slot {
    let slot = this.#slots.get(timeMs)
    if (slot === undefined) {
      slot = { timeMs, firstPos: position, lastPos: position, num: 0, olderChains: [] }
      this.#slots.set(timeMs, slot)
      this.#times.splice(this.#indexOf(timeMs), 0, timeMs)
    } else if (prevPos !== slot.lastPos) slot.olderChains.push(slot.lastPos)
    slot.lastPos = position
    slot.num += change
    return slot
  }
  // #endregion put-slot

  // #region take-slot
  /**
   * Returns the ms until the next slot is due. The result is 0 or less when a slot is due now. Returns undefined when no
   * slot waits.
   */
  waitMs(nowMs: number): number | undefined {
    const timeMs = this.#times[0]
    return timeMs === undefined ? undefined : timeMs + this.#precisionMs - nowMs
  }

  /** Removes and returns the first slot when it is due at `nowMs`. Returns undefined when no slot is due. */
  takeDue(nowMs: number): Slot | undefined {
    const waitMs = this.waitMs(nowMs)
    if (waitMs === undefined || waitMs > 0) return undefined
    const timeMs = this.#times.shift()!
    const slot = this.#slots.get(timeMs)!
    this.#slots.delete(timeMs)
    return slot
  }
  // #endregion take-slot

  #indexOf(timeMs: number): number {
    let low = 0
    let high = this.#times.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#times[middle]! < timeMs) low = middle + 1
      else high = middle
    }
    return low
  }
}
