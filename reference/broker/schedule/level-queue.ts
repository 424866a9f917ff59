/**
 * The queue of `SCHEDULE_TOPIC_XXXX` in which the messages of a delay level wait: one queue for each level.
 *
 * All messages of a queue wait for the same time. So they become due in the order in which they were stored, and one timer
 * for the first message is enough.
 * RocketMQ: `ScheduleMessageService.delayLevel2QueueId`.
 */

// #region level-queue
/** Returns the number of the queue of a level. */
export function delayLevelToQueueId(level: number): number {
  return level - 1
}
// #endregion level-queue
