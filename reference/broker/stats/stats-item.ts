/**
 * The counters of one quantity: over the last minute, the last hour and the last day.
 *
 * RocketMQ: `StatsItem`, `StatsSnapshot`. In RocketMQ, six snapshots of ten seconds are a minute, six snapshots of ten
 * minutes are an hour, and 24 snapshots of one hour are a day. In GlassMQ, the slots of a `SlidingSum` replace the
 * snapshots.
 */

import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../common/units.ts'
import type { BrokerStatsData, BrokerStatsItem } from '../../remoting/bodies/broker-stats.ts'
import { SlidingSum } from './sliding-sum.ts'

/**
 * The sum of the values in one period (a minute, an hour or a day), and the number of calls that have added these values.
 */
interface Period {
  readonly values: SlidingSum
  readonly calls: SlidingSum
}

/** The length of the shortest slot of a period. The other lengths are multiples of this length. */
const SLOT_MS = 10 * SECOND_MS

/** The counters of one quantity. */
export class StatsItem {
  readonly #periods: readonly [Period, Period, Period]
  /** The number of the ten seconds to which `#values` and `#calls` belong, and which are not in the periods yet. */
  #slot = 0
  #values = 0
  #calls = 0

  constructor(nowMs: number) {
    const period = (slotMs: number, slots: number): Period => ({
      values: new SlidingSum(slotMs, slots, nowMs),
      calls: new SlidingSum(slotMs, slots, nowMs),
    })
    this.#periods = [period(SLOT_MS, 6), period(10 * MINUTE_MS, 6), period(HOUR_MS, 24)]
  }

  /** Adds the value of one call. The calls of ten seconds are summed up before they are added to the periods. */
  add(nowMs: number, value: number): void {
    const slot = Math.floor(nowMs / SLOT_MS)
    if (slot !== this.#slot) {
      this.#settle()
      this.#slot = slot
    }
    this.#values += value
    this.#calls++
  }

  #settle(): void {
    if (this.#calls === 0) return
    for (const { values, calls } of this.#periods) {
      values.add(this.#slot * SLOT_MS, this.#values)
      calls.add(this.#slot * SLOT_MS, this.#calls)
    }
    this.#values = 0
    this.#calls = 0
  }

  /** Returns the average number per second in the last minute. */
  tps(nowMs: number): number {
    this.#settle()
    return this.#periods[0].values.perSecond(nowMs)
  }

  data(nowMs: number): BrokerStatsData {
    this.#settle()
    const [statsMinute, statsHour, statsDay] = this.#periods.map(({ values, calls }): BrokerStatsItem => {
      const sum = values.recent(nowMs)
      return { sum, tps: values.perSecond(nowMs), avgpt: sum / Math.max(1, calls.recent(nowMs)) }
    })
    return { statsMinute: statsMinute!, statsHour: statsHour!, statsDay: statsDay! }
  }
}
