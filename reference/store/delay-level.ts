/**
 * The delay of each level (`messageDelayLevel`), level 1 first, and the topic in which delayed messages wait.
 *
 * The store needs them to build the entries of that topic again: these hold the time of delivery in place of the tag's
 * hash. RocketMQ: `MessageStoreConfig.messageDelayLevel`, `ScheduleMessageService.computeDeliverTimestamp`.
 */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../common/units.ts'

/** The topic of delayed messages: one queue for each level. */
export const SCHEDULE_TOPIC = 'SCHEDULE_TOPIC_XXXX'

/** The default of `messageDelayLevel`, in milliseconds. */
export const DELAY_LEVELS_MS: readonly number[] = [
  ...[1, 5, 10, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2].map((hours) => hours * HOUR_MS),
]

/** The delay of a level (from 1); a level beyond the last has the delay of the last. */
export function delayOfLevelMs(level: number, levelsMs: readonly number[]): number {
  return levelsMs[Math.min(level, levelsMs.length) - 1] ?? SECOND_MS
}
