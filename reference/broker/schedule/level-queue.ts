/**
 * Delayed messages wait in the topic `SCHEDULE_TOPIC_XXXX`. Each delay level has one queue of this topic.
 *
 * All messages of a queue wait for the same time, so they become due in the order in which they were stored. Therefore one
 * timer for each queue is enough. The timer is set for the first message of the queue.
 * RocketMQ: `ScheduleMessageService.delayLevel2QueueId`.
 */

// #region level-queue
/** Returns the queue id of a delay level. */
export function delayLevelToQueueId(level: number): number {
  return level - 1
}
// #endregion level-queue
