/**
 * Statistics for operators: the durations of puts and reads, and the number of puts that did not end with PUT_OK.
 *
 * A put ends when it is answered. Under SYNC_FLUSH, a put is usually answered when its message is durable. The counts by
 * duration and the percentiles are those of the last complete minute. During the first minute, the counts and percentiles
 * are those of all puts so far.
 *
 * `dispatchMaxBuffer` is the max number of bytes that have waited for dispatch at any time. In RocketMQ, this value is
 * always 0.
 *
 * RocketMQ: `StoreStatsService`.
 */

import { MINUTE_MS } from '../common/units.ts'
import type { Clock } from '../host/host.ts'

/**
 * Ranges of put times in ascending order. A range contains the times below `belowMs` that do not belong to an earlier range.
 * `words` is RocketMQ's name of the range.
 */
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

/** The ends of the ranges for percentiles, in ms: 0, 1, 2 … 10, 20 … 100, 200 … up to 100 s. */
const BUCKET_ENDS_MS: readonly number[] = [
  0,
  1,
  ...[1, 10, 100, 1_000, 10_000].flatMap((step) => Array.from({ length: 9 }, (_, i) => step * (i + 2))),
]

/** The counts of puts in one minute. */
class Minute {
  readonly ranges = new Array<number>(RANGES.length).fill(0)
  readonly buckets = new Array<number>(BUCKET_ENDS_MS.length).fill(0)

  count(tookMs: number): void {
    this.ranges[RANGES.findIndex(([belowMs]) => tookMs < belowMs)]!++
    const bucket = BUCKET_ENDS_MS.findIndex((endMs) => tookMs <= endMs)
    this.buckets[bucket < 0 ? BUCKET_ENDS_MS.length - 1 : bucket]!++
  }
}

/** The statistics of one store. */
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
  /** Counts a put that arrived at `beganMs` and has been answered or refused at `nowMs`. */
  put(beganMs: number, isStored: boolean, nowMs = this.#clock.monotonicMs()): void {
    const tookMs = nowMs - beganMs
    this.#turn(nowMs)
    this.#now.count(tookMs)
    this.putEntireTimeMaxMs = Math.max(this.putEntireTimeMaxMs, tookMs)
    if (!isStored) this.putFailedTimes++
  }
  // #endregion put-over

  /** Runs a read, measures its duration, and returns its result. */
  timed<T>(read: () => T): T {
    const beganMs = this.#clock.monotonicMs()
    const result = read()
    this.getEntireTimeMaxMs = Math.max(this.getEntireTimeMaxMs, this.#clock.monotonicMs() - beganMs)
    return result
  }

  /** Records how many bytes of the log wait for dispatch. */
  waiting(bytes: number): void {
    this.dispatchMaxBufferBytes = Math.max(this.dispatchMaxBufferBytes, bytes)
  }

  /** Returns the numbers of puts as `[<=0ms]:12 [0~10ms]:3 …`. As in RocketMQ, a space follows each number. */
  putTimesText(): string {
    const { ranges } = this.#shown()
    return RANGES.map(([, words], i) => `${words}:${ranges[i]} `).join('')
  }

  // #region put-percentile
  /**
   * Returns the time in ms within which the fraction `share` (0 to 1) of the puts ended. Inside a range, the time is
   * interpolated.
   */
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

  /** Returns the counts of the last complete minute. During the first minute, returns the counts of this minute. */
  #shown(): Minute {
    this.#turn(this.#clock.monotonicMs())
    return this.#last ?? this.#now
  }

  /** Starts a new minute when the current minute has ended. */
  #turn(nowMs: number): void {
    const minutes = Math.floor((nowMs - this.#minuteBeganMs) / MINUTE_MS)
    if (minutes < 1) return
    this.#last = minutes === 1 ? this.#now : new Minute()
    this.#now = new Minute()
    this.#minuteBeganMs += minutes * MINUTE_MS
  }
}
