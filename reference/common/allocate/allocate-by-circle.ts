/**
 * Shares queues: they are dealt to the members one by one, like cards.
 *
 * ```
 * 8 queues, 3 consumers:   A B C A B C A B
 * ```
 *
 * The queues are sorted by broker, so each consumer has some queues of every broker. A slow broker then slows all consumers
 * a little, instead of one consumer completely.
 *
 * RocketMQ: `AllocateMessageQueueAveragelyByCircle`, strategy `AVG_BY_CIRCLE`.
 */
import type { MessageQueue } from '../message.ts'

// #region by-circle
/** The share of `clientId`: the queues at its own place in the list and every `clientIds.length` further. */
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
