/**
 * One queue for all delay levels. Chapter 15 runs it in place of `reference/broker/schedule/level-queue.ts`, together with
 * `level-clock.ts` beside it.
 */

// #region one-queue
/** Whatever the level: the first queue. */
export function delayLevelToQueueId(_level: number): number {
  return 0
}
// #endregion one-queue
