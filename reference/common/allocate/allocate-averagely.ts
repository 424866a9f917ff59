/**
 * Shares queues: each member takes neighbouring queues, and all shares are of almost equal size.
 *
 * ```
 * 8 queues, 3 consumers:   A A A | B B B | C C
 * ```
 *
 * Every member computes its share by itself, from the same sorted lists. The shares fit together only because all members
 * compute alike.
 *
 * RocketMQ: `AllocateMessageQueueAveragely`, strategy `AVG`.
 */
import type { MessageQueue } from '../message.ts'

// #region averagely
/** The share of `clientId`; empty when it is not in the list, or when there are more consumers than queues. */
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
