/**
 * Divides queues between members. The members receive one queue each, in turn, as players receive cards.
 *
 * ```
 * 8 queues, 3 consumers:   A B C A B C A B
 * ```
 *
 * The queues in the list are sorted by broker, so the queues of one consumer usually belong to several brokers. When one
 * broker is slow, several consumers become a little slower, and no consumer stops completely.
 *
 * RocketMQ: `AllocateMessageQueueAveragelyByCircle`, strategy `AVG_BY_CIRCLE`.
 */
import type { MessageQueue } from '../message.ts'

// #region by-circle
/**
 * Returns the queues of `clientId`. These are the queue with the index that `clientId` has in `clientIds`, and then every
 * n-th queue, where n is the number of clients. Returns no queue when `clientId` is not in `clientIds`.
 */
export function allocateByCircle(
  clientId: string,
  queues: readonly MessageQueue[],
  clientIds: readonly string[],
): readonly MessageQueue[] {
  const index = clientIds.indexOf(clientId)
  if (index < 0) return []
  return queues.filter((_, at) => at % clientIds.length === index)
}
// #endregion by-circle
