/**
 * Shares queues: the members take the queues one by one in turn, like cards that are dealt.
 *
 * ```
 * 8 queues, 3 consumers:   A B C A B C A B
 * ```
 *
 * The queues are sorted by broker. Therefore the queues of a consumer usually lie on several brokers. A slow broker then
 * slows several consumers a little, and does not stop one consumer completely.
 *
 * RocketMQ: `AllocateMessageQueueAveragelyByCircle`, strategy `AVG_BY_CIRCLE`.
 */
import type { MessageQueue } from '../message.ts'

// #region by-circle
/**
 * Returns the share of `clientId`: the queue at the index of `clientId` in the list, and every `clientIds.length`-th queue
 * after it. The share is empty when `clientId` is not in the list.
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
