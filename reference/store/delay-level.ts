/**
 * The delay of each delay level (`messageDelayLevel`), beginning with level 1, and the topic in which delayed messages wait.
 *
 * The store needs the delays to rebuild the consume queue entries of `SCHEDULE_TOPIC`. Such an entry holds the time of
 * delivery instead of the hash of the tag.
 *
 * RocketMQ: `MessageStoreConfig.messageDelayLevel`, `ScheduleMessageService.computeDeliverTimestamp`.
 */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../common/units.ts'

/** The topic in which delayed messages wait. The topic has one queue for each level. */
export const SCHEDULE_TOPIC = 'SCHEDULE_TOPIC_XXXX'

/** The default of `messageDelayLevel`, in milliseconds. */
export const DELAY_LEVELS_MS: readonly number[] = [
  ...[1, 5, 10, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2].map((hours) => hours * HOUR_MS),
]

/** Returns the delay of a level. The lowest level is 1. A level above the last level has the delay of the last level. */
export function delayOfLevelMs(level: number, levelsMs: readonly number[]): number {
  return levelsMs[Math.min(level, levelsMs.length) - 1] ?? SECOND_MS
}
