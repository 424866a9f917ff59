/**
 * Delay levels above 18 share one queue; the others have a queue each. Chapter 15 runs it in place of
 * `reference/broker/schedule/level-queue.ts`, so that both designs stand on one clock.
 */

const OWN_QUEUES = 18

/** Levels 1 to 18: a queue each. All others: one queue. */
export function delayLevelToQueueId(level: number): number {
  return level <= OWN_QUEUES ? level - 1 : OWN_QUEUES
}
