/**
 * Measures the throughput and the latency of a consumer over the last 50 to 60 seconds. The throughput is in messages per
 * second. The latency is in milliseconds per message. Also counts the failed calls of the listener in the present hour.
 *
 * The last minute is kept in six buckets of ten seconds. No timer is needed to remove old values. When the sums are read, a
 * bucket that is older than a minute is ignored. Before a value is added to an old bucket, the bucket is emptied. Unlike
 * GlassMQ, RocketMQ's Java client takes samples with timers.
 *
 * RocketMQ: `ConsumerStatsManager`, `StatsItemSet`.
 */

import { HOUR_MS } from '../../../common/units.ts'
import type { ConsumeTopicStatus } from '../../../remoting/bodies/consumer-info.ts'

const BUCKET_MS = 10_000
const BUCKETS = 6

/** The sum and the count of the values of the last minute. */
class MinuteWindow {
  readonly #sums = new Array<number>(BUCKETS).fill(0)
  readonly #counts = new Array<number>(BUCKETS).fill(0)
  /**
   * For each bucket, the index of its ten-second period: the time divided by ten seconds. The index of an empty bucket is
   * -1.
   */
  readonly #periods = new Array<number>(BUCKETS).fill(-1)

  add(nowMs: number, value: number, count: number): void {
    const period = Math.floor(nowMs / BUCKET_MS)
    const at = period % BUCKETS
    if (this.#periods[at] !== period) {
      this.#periods[at] = period
      this.#sums[at] = 0
      this.#counts[at] = 0
    }
    this.#sums[at] = this.#sums[at]! + value
    this.#counts[at] = this.#counts[at]! + count
  }

  #total(nowMs: number, of: readonly number[]): number {
    const oldest = Math.floor(nowMs / BUCKET_MS) - BUCKETS
    return of.reduce((total, value, at) => (this.#periods[at]! > oldest ? total + value : total), 0)
  }

  countPerSecond(nowMs: number): number {
    return this.#total(nowMs, this.#counts) / ((BUCKET_MS * BUCKETS) / 1000)
  }

  average(nowMs: number): number {
    const count = this.#total(nowMs, this.#counts)
    return count === 0 ? 0 : this.#total(nowMs, this.#sums) / count
  }
}

/** The statistics of one topic of one consumer. */
export class ConsumeStats {
  readonly #pulls = new MinuteWindow()
  readonly #ok = new MinuteWindow()
  readonly #failed = new MinuteWindow()
  #failedThisHour = { hour: -1, count: 0 }

  pulled(nowMs: number, tookMs: number, messages: number): void {
    // for each message of a pull, the duration of the whole pull is counted
    if (messages > 0) this.#pulls.add(nowMs, tookMs * messages, messages)
  }

  consumed(nowMs: number, tookMs: number, isOk: boolean): void {
    ;(isOk ? this.#ok : this.#failed).add(nowMs, tookMs, 1)
    if (isOk) return
    const hour = Math.floor(nowMs / HOUR_MS)
    if (this.#failedThisHour.hour !== hour) this.#failedThisHour = { hour, count: 0 }
    this.#failedThisHour.count++
  }

  status(nowMs: number): ConsumeTopicStatus {
    return {
      pullRT: this.#pulls.average(nowMs),
      pullTPS: this.#pulls.countPerSecond(nowMs),
      consumeRT: this.#ok.average(nowMs),
      consumeOKTPS: this.#ok.countPerSecond(nowMs),
      consumeFailedTPS: this.#failed.countPerSecond(nowMs),
      consumeFailedMsgs: this.#failedThisHour.hour === Math.floor(nowMs / HOUR_MS) ? this.#failedThisHour.count : 0,
    }
  }
}

/**
 * The statistics of one consumer, by topic. The map has only topics of the consumer's subscriptions, so the map stays small.
 */
export class TopicStats {
  readonly #topics = new Map<string, ConsumeStats>()

  of(topic: string): ConsumeStats {
    let stats = this.#topics.get(topic)
    if (stats === undefined) this.#topics.set(topic, (stats = new ConsumeStats()))
    return stats
  }
}
