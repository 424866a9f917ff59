/**
 * The delay of each level (`messageDelayLevel`), level 1 first, and the topic in which delayed messages wait.
 *
 * The store needs them to make the entries of that topic again: they carry the time of delivery where others carry the
 * hash of their tag. RocketMQ: `MessageStoreConfig.messageDelayLevel`, `ScheduleMessageService.computeDeliverTimestamp`.
 */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../common/units.ts'

/** Delayed messages wait here, each level in a queue of its own. */
export const SCHEDULE_TOPIC = 'SCHEDULE_TOPIC_XXXX'

/** `messageDelayLevel` when nothing else is said, in milliseconds. */
export const DELAY_LEVELS_MS: readonly number[] = [
  ...[1, 5, 10, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2].map((hours) => hours * HOUR_MS),
]

/** How long a message of that level (from 1) waits; beyond the last level, as long as there. */
export function delayOfLevelMs(level: number, levelsMs: readonly number[]): number {
  return levelsMs[Math.min(level, levelsMs.length) - 1] ?? SECOND_MS
}
