/**
 * Divides queues between members. The members receive the queues one by one in turn, as players receive cards.
 *
 * ```
 * 8 queues, 3 consumers:   A B C A B C A B
 * ```
 *
 * The queues are sorted by broker, so the queues of a consumer usually lie on several brokers. When one broker is slow,
 * several consumers become a little slower, and no consumer stops completely.
 *
 * RocketMQ: `AllocateMessageQueueAveragelyByCircle`, strategy `AVG_BY_CIRCLE`.
 */
import type { MessageQueue } from '../message.ts'

// #region by-circle
/**
 * Returns the queues of `clientId`. The first queue has the same index as `clientId` in `clientIds`. After this queue, every
 * n-th queue follows, where n is the number of clients. Returns no queue when `clientId` is not in `clientIds`.
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
