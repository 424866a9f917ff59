/**
 * Divides queues between members. The queues of a member are neighbours in the sorted list of queues. The numbers of queues
 * of two members differ by at most one.
 *
 * ```
 * 8 queues, 3 consumers:   A A A | B B B | C C
 * ```
 *
 * Every member computes only its own queues, from the same sorted lists of queues and members. Each queue has exactly one
 * owner when all members have the same lists.
 *
 * RocketMQ: `AllocateMessageQueueAveragely`, strategy `AVG`.
 */
import type { MessageQueue } from '../message.ts'

// #region averagely
/**
 * Returns the queues of `clientId`. Returns no queue when `clientId` is not in `clientIds`. When there are more consumers
 * than queues, the last consumers have no queue.
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
