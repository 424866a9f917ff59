/**
 * How long puts and reads take, and how they end, for operators.
 *
 * A put is over when its promise is kept: with SYNC_FLUSH when the disk has confirmed it. Distribution and percentiles are
 * those of the last whole minute; within the first minute, those so far.
 *
 * RocketMQ: `StoreStatsService`. Its `dispatchMaxBuffer` is always 0; here it is the max bytes that have ever waited for
 * their queues.
 */

import { MINUTE_MS } from '../common/units.ts'
import type { Clock } from '../host/host.ts'

/** Ranges of put times, ascending: each ends below its number of ms. The words are RocketMQ's. */
const RANGES: readonly (readonly [belowMs: number, words: string])[] = [
  [1, '[<=0ms]'],
  [10, '[0~10ms]'],
  [50, '[10~50ms]'],
  [100, '[50~100ms]'],
  [200, '[100~200ms]'],
  [500, '[200~500ms]'],
  [1_000, '[500ms~1s]'],
  [2_000, '[1~2s]'],
  [3_000, '[2~3s]'],
  [4_000, '[3~4s]'],
  [5_000, '[4~5s]'],
  [10_000, '[5~10s]'],
  [Number.POSITIVE_INFINITY, '[10s~]'],
]

/** Ends of the buckets for percentiles, ms: 0, 1, 2 … 10, 20 … 100, 200 … 100 s. */
const BUCKET_ENDS_MS: readonly number[] = [
  0,
  1,
  ...[1, 10, 100, 1_000, 10_000].flatMap((step) => Array.from({ length: 9 }, (_, i) => step * (i + 2))),
]

/** The counts of one minute. */
class Minute {
  readonly ranges = new Array<number>(RANGES.length).fill(0)
  readonly buckets = new Array<number>(BUCKET_ENDS_MS.length).fill(0)

  count(tookMs: number): void {
    this.ranges[RANGES.findIndex(([belowMs]) => tookMs < belowMs)]!++
    const bucket = BUCKET_ENDS_MS.findIndex((endMs) => tookMs <= endMs)
    this.buckets[bucket < 0 ? BUCKET_ENDS_MS.length - 1 : bucket]!++
  }
}

export class StoreStats {
  readonly #clock: Clock
  #minuteBeganMs: number
  #now = new Minute()
  #last: Minute | undefined
  putEntireTimeMaxMs = 0
  getEntireTimeMaxMs = 0
  putFailedTimes = 0
  dispatchMaxBufferBytes = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#minuteBeganMs = clock.monotonicMs()
  }

  // #region put-over
  /** Counts a put that began at `beganMs` and is over now, or was refused. */
  put(beganMs: number, isStored: boolean): void {
    const tookMs = this.#clock.monotonicMs() - beganMs
    this.#turn()
    this.#now.count(tookMs)
    this.putEntireTimeMaxMs = Math.max(this.putEntireTimeMaxMs, tookMs)
    if (!isStored) this.putFailedTimes++
  }
  // #endregion put-over

  /** Runs a read, measures it, and returns its result. */
  timed<T>(read: () => T): T {
    const beganMs = this.#clock.monotonicMs()
    const result = read()
    this.getEntireTimeMaxMs = Math.max(this.getEntireTimeMaxMs, this.#clock.monotonicMs() - beganMs)
    return result
  }

  /** Notes how many bytes of the log wait for their queues. */
  waiting(bytes: number): void {
    this.dispatchMaxBufferBytes = Math.max(this.dispatchMaxBufferBytes, bytes)
  }

  /** `[<=0ms]:12 [0~10ms]:3 …`, each followed by a space, as in RocketMQ. */
  putTimesText(): string {
    const { ranges } = this.#shown()
    return RANGES.map(([, words], i) => `${words}:${ranges[i]} `).join('')
  }

  // #region put-percentile
  /** The time, ms, within which this share of the puts was over; interpolated inside a bucket. */
  putPercentileMs(share: number): number {
    const { buckets } = this.#shown()
    const wanted = Math.floor(buckets.reduce((sum, count) => sum + count, 0) * share)
    let passed = 0
    for (const [i, count] of buckets.entries()) {
      if (wanted > passed + count) passed += count
      else {
        const fromMs = BUCKET_ENDS_MS[i - 1] ?? 0
        return count === 0 ? fromMs : fromMs + ((BUCKET_ENDS_MS[i]! - fromMs) * (wanted - passed)) / count
      }
    }
    return 0
  }
  // #endregion put-percentile

  /** The last whole minute; the current one while there is no other. */
  #shown(): Minute {
    this.#turn()
    return this.#last ?? this.#now
  }

  /** Begins another minute when the current one is over. */
  #turn(): void {
    const minutes = Math.floor((this.#clock.monotonicMs() - this.#minuteBeganMs) / MINUTE_MS)
    if (minutes < 1) return
    this.#last = minutes === 1 ? this.#now : new Minute()
    this.#now = new Minute()
    this.#minuteBeganMs += minutes * MINUTE_MS
  }
}
