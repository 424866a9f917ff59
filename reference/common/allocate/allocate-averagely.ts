/**
 * Shares queues: each member takes neighbouring queues, and all shares have almost the same size.
 *
 * ```
 * 8 queues, 3 consumers:   A A A | B B B | C C
 * ```
 *
 * Every member computes only its own share, from the same sorted lists. The shares fit together because all members use the
 * same computation.
 *
 * RocketMQ: `AllocateMessageQueueAveragely`, strategy `AVG`.
 */
import type { MessageQueue } from '../message.ts'

// #region averagely
/**
 * Returns the share of `clientId`. The share is empty when `clientId` is not in the list. When there are more consumers than
 * queues, the last consumers have empty shares.
 */
export function allocateAveragely(
  clientId: string,
  queues: readonly MessageQueue[],
  clientIds: readonly string[],
): readonly MessageQueue[] {
  const index = clientIds.indexOf(clientId)
  if (index < 0) return []
  const remainder = queues.length % clientIds.length
  const size = Math.floor(queues.length / clientIds.length)
  const start = index * size + Math.min(index, remainder)
  return queues.slice(start, start + size + (index < remainder ? 1 : 0))
}
// #endregion averagely
