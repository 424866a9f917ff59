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

/** The counters of one quantity. */
export class StatsItem {
  readonly #periods: readonly [Period, Period, Period]

  constructor(nowMs: number) {
    const period = (slotMs: number, slots: number): Period => ({
      values: new SlidingSum(slotMs, slots, nowMs),
      calls: new SlidingSum(slotMs, slots, nowMs),
    })
    this.#periods = [period(10 * SECOND_MS, 6), period(10 * MINUTE_MS, 6), period(HOUR_MS, 24)]
  }

  /** Adds the value of one call to the counters. */
  add(nowMs: number, value: number): void {
    for (const { values, calls } of this.#periods) {
      values.add(nowMs, value)
      calls.add(nowMs, 1)
    }
  }

  /** Returns the average number per second in the last minute. */
  tps(nowMs: number): number {
    return this.#periods[0].values.perSecond(nowMs)
  }

  data(nowMs: number): BrokerStatsData {
    const [statsMinute, statsHour, statsDay] = this.#periods.map(({ values, calls }): BrokerStatsItem => {
      const sum = values.recent(nowMs)
      return { sum, tps: values.perSecond(nowMs), avgpt: sum / Math.max(1, calls.recent(nowMs)) }
    })
    return { statsMinute: statsMinute!, statsHour: statsHour!, statsDay: statsDay! }
  }
}
