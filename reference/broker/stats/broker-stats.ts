/**
 * Counts most messages that arrive at this broker and that leave this broker. The tools `brokerStatus`, `clusterList` and
 * `statsAll` show the counts.
 *
 * | name              | key           | what is counted                             |
 * | ----------------- | ------------- | ------------------------------------------- |
 * | TOPIC_PUT_NUMS    | topic         | messages stored in the topic                 |
 * | TOPIC_PUT_SIZE    | topic         | bytes of the records stored in the topic     |
 * | GROUP_GET_NUMS    | topic@group   | messages handed out                         |
 * | GROUP_GET_SIZE    | topic@group   | bytes of the records handed out              |
 * | SNDBCK_PUT_NUMS   | topic@group   | messages that consumers sent back            |
 * | BROKER_PUT_NUMS   | cluster       | TOPIC_PUT_NUMS of all topics                |
 * | BROKER_GET_NUMS   | cluster       | GROUP_GET_NUMS of all groups                |
 *
 * A message is counted in the topic in which it is stored. A delayed message is counted in SCHEDULE_TOPIC_XXXX when it is
 * sent, and in its own topic when it is delivered. A message of a transaction is counted in RMQ_SYS_TRANS_HALF_TOPIC when it
 * is sent, and in its own topic when it is committed. Messages that the broker itself creates (check points,
 * acknowledgements, op messages) are not counted.
 *
 * RocketMQ: `BrokerStatsManager`, `StoreStatsService`, `BrokerStats`. `store/store-stats.ts` measures the time of puts. Left
 * out: statistics of queues and of accounts.
 */

import { DAY_MS } from '../../common/units.ts'
import type { Host } from '../../host/host.ts'
import type { BrokerStatsData } from '../../remoting/bodies/broker-stats.ts'
import { STATS_ITEMS_MAX } from '../limits.ts'
import { SlidingSum } from './sliding-sum.ts'
import { StatsItem } from './stats-item.ts'

const SECONDS_KEPT = 600

/** The names of the statistics. The table at the start of this file shows their keys. */
export type StatsName =
  | 'TOPIC_PUT_NUMS'
  | 'TOPIC_PUT_SIZE'
  | 'GROUP_GET_NUMS'
  | 'GROUP_GET_SIZE'
  | 'SNDBCK_PUT_NUMS'
  | 'BROKER_PUT_NUMS'
  | 'BROKER_GET_NUMS'

/** A total of the broker, and its values at the start of today and of yesterday (UTC). */
interface DailyTotal {
  now: number
  todayMorning: number
  yesterdayMorning: number
}

/** The counters of this broker. */
export class BrokerStats {
  readonly #host: Host
  readonly #cluster: string
  /** The counters by name, then by key. */
  readonly #items = new Map<string, Map<string, StatsItem>>()
  #itemCount = 0
  readonly puts: SlidingSum
  readonly putBytes: SlidingSum
  /**
   * The number of pulls, and of queues in pops, that have found messages. `getsMissed` is the number of pulls that have not
   * found a message.
   */
  readonly getsFound: SlidingSum
  readonly getsMissed: SlidingSum
  /** The number of messages that were handed out. */
  readonly transferred: SlidingSum
  readonly #put: DailyTotal = { now: 0, todayMorning: 0, yesterdayMorning: 0 }
  readonly #get: DailyTotal = { now: 0, todayMorning: 0, yesterdayMorning: 0 }
  #day: number
  /** The time by the monotonic clock at which the day was compared last. */
  #dayReadMs: number
  /** The counters of the topic that was counted last. Most messages in a row have the same topic. */
  #stored: { readonly topic: string; readonly items: readonly (StatsItem | undefined)[] } | undefined

  constructor(host: Host, cluster: string) {
    this.#host = host
    this.#cluster = cluster
    const nowMs = host.clock.monotonicMs()
    const bySecond = () => new SlidingSum(1_000, SECONDS_KEPT, nowMs)
    this.puts = bySecond()
    this.putBytes = bySecond()
    this.getsFound = bySecond()
    this.getsMissed = bySecond()
    this.transferred = bySecond()
    this.#day = Math.floor(host.clock.nowMs() / DAY_MS)
    this.#dayReadMs = nowMs
  }

  // #region count
  /** Counts stored messages. `bytes` is the size of their records. */
  stored(topic: string, messages: number, bytes: number): void {
    const nowMs = this.#host.clock.monotonicMs()
    this.#newDaySoon(nowMs)
    this.#put.now += messages
    this.puts.add(nowMs, messages)
    this.putBytes.add(nowMs, bytes)
    if (this.#stored?.topic !== topic) this.#stored = { topic, items: this.#itemsOfPut(topic, nowMs) }
    const [nums, size, all] = this.#stored.items
    nums?.add(nowMs, messages)
    size?.add(nowMs, bytes)
    all?.add(nowMs, messages)
  }

  /**
   * Counts a pull that was answered, or the messages that a pop has taken from one queue. `messages` is 0 when the pull has
   * found no message.
   */
  pulled(group: string, topic: string, messages: number, bytes: number): void {
    const nowMs = this.#host.clock.monotonicMs()
    if (messages === 0) return this.getsMissed.add(nowMs, 1)
    this.#newDaySoon(nowMs)
    this.#get.now += messages
    this.getsFound.add(nowMs, 1)
    this.transferred.add(nowMs, messages)
    const key = `${topic}@${group}`
    this.#add('GROUP_GET_NUMS', key, messages, nowMs)
    this.#add('GROUP_GET_SIZE', key, bytes, nowMs)
    this.#add('BROKER_GET_NUMS', this.#cluster, messages, nowMs)
  }

  /** Counts a message that a consumer has sent back. */
  sentBack(group: string, topic: string): void {
    this.#add('SNDBCK_PUT_NUMS', `${topic}@${group}`, 1, this.#host.clock.monotonicMs())
  }
  // #endregion count

  #itemsOfPut(topic: string, nowMs: number): readonly (StatsItem | undefined)[] {
    return [
      this.#item('TOPIC_PUT_NUMS', topic, nowMs),
      this.#item('TOPIC_PUT_SIZE', topic, nowMs),
      this.#item('BROKER_PUT_NUMS', this.#cluster, nowMs),
    ]
  }

  #add(name: StatsName, key: string, value: number, nowMs: number): void {
    this.#item(name, key, nowMs)?.add(nowMs, value)
  }

  /** Returns the counters of a name and a key. Creates them when there is room, and otherwise returns undefined. */
  #item(name: StatsName, key: string, nowMs: number): StatsItem | undefined {
    let items = this.#items.get(name)
    if (items === undefined) this.#items.set(name, (items = new Map()))
    let item = items.get(key)
    if (item === undefined) {
      if (this.#itemCount >= STATS_ITEMS_MAX) return undefined
      this.#itemCount++
      items.set(key, (item = new StatsItem(nowMs)))
    }
    return item
  }

  /** Returns the values that were counted under a name and a key. Returns undefined when nothing was counted. */
  data(name: string, key: string): BrokerStatsData | undefined {
    return this.#items.get(name)?.get(key)?.data(this.#host.clock.monotonicMs())
  }

  /** Returns the average number per second in the last minute. Returns 0 when nothing was counted. */
  tps(name: StatsName, key: string): number {
    return this.#items.get(name)?.get(key)?.tps(this.#host.clock.monotonicMs()) ?? 0
  }

  /** Removes the statistics of a deleted topic or group. */
  forget(isGone: (key: string) => boolean): void {
    this.#stored = undefined
    for (const items of this.#items.values())
      for (const key of [...items.keys()]) if (isGone(key) && items.delete(key)) this.#itemCount--
  }

  daily(): { readonly put: Readonly<DailyTotal>; readonly get: Readonly<DailyTotal> } {
    this.#newDay()
    return { put: this.#put, get: this.#get }
  }

  /** Calls `#newDay` once a second. So a message in the first second of a day may count for the day before. */
  #newDaySoon(nowMs: number): void {
    if (nowMs - this.#dayReadMs < 1_000) return
    this.#dayReadMs = nowMs
    this.#newDay()
  }

  /**
   * Called before the totals are changed or read. When a new day has begun since the last call, stores the totals as the
   * values at the start of the new day.
   */
  #newDay(): void {
    const day = Math.floor(this.#host.clock.nowMs() / DAY_MS)
    if (day === this.#day) return
    for (const total of [this.#put, this.#get]) {
      total.yesterdayMorning = day === this.#day + 1 ? total.todayMorning : total.now
      total.todayMorning = total.now
    }
    this.#day = day
  }
}
