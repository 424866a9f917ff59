/**
 * The sum of the values that were added in the latest periods. The sums are kept in a ring of slots: each slot contains the
 * sum of one period.
 *
 * No timer is needed. A slot is cleared when the first value of its new period is added, or when the sum is read. So an idle
 * broker does no work, and each value costs one addition.
 *
 * Unlike GlassMQ, RocketMQ samples the counters with timers: every second (`StoreStatsService`) or every ten seconds
 * (`StatsItem`).
 */
export class SlidingSum {
  readonly #slotMs: number
  readonly #slots: Float64Array
  readonly #startedAt: number
  /** The number of the period of the newest slot: the time divided by the length of a slot. */
  #newest: number
  /** The sum of all values that were ever added. */
  total = 0

  /**
   * `slots` is the number of complete slots, and `slotMs` is their length in ms. One more slot is for the current period.
   */
  constructor(slotMs: number, slots: number, nowMs: number) {
    this.#slotMs = slotMs
    this.#slots = new Float64Array(slots + 1)
    this.#startedAt = nowMs
    this.#newest = Math.floor(nowMs / slotMs)
  }

  // #region sliding-sum
  /** Adds a value. `nowMs` is the time of a clock that is never set back. */
  add(nowMs: number, value: number): void {
    this.#advance(nowMs)
    this.#slots[this.#newest % this.#slots.length]! += value
    this.total += value
  }

  #advance(nowMs: number): void {
    const slot = Math.floor(nowMs / this.#slotMs)
    const passed = Math.min(slot - this.#newest, this.#slots.length)
    for (let i = 0; i < passed; i++) this.#slots[(slot - i) % this.#slots.length] = 0
    this.#newest = Math.max(slot, this.#newest)
  }
  // #endregion sliding-sum

  /** Returns the sum of the last `slots` complete slots and of the current slot. */
  recent(nowMs: number, slots = this.#slots.length - 1): number {
    this.#advance(nowMs)
    let sum = 0
    for (let i = 0; i <= slots && i <= this.#newest; i++) sum += this.#slots[(this.#newest - i) % this.#slots.length]!
    return sum
  }

  /**
   * Returns the sum `recent` divided by the seconds of its slots. Before these slots are full, the divisor is the time that
   * has passed since the start, but at least one second.
   */
  perSecond(nowMs: number, slots = this.#slots.length - 1): number {
    const longestMs = slots * this.#slotMs + (nowMs - this.#newestStart(nowMs))
    const ms = Math.min(longestMs, nowMs - this.#startedAt)
    return (this.recent(nowMs, slots) * 1000) / Math.max(ms, 1000)
  }

  #newestStart(nowMs: number): number {
    return Math.floor(nowMs / this.#slotMs) * this.#slotMs
  }
}
