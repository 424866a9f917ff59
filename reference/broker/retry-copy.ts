/**
 * Makes the copy of a message that is stored for a retry or as a dead letter.
 *
 * RocketMQ: `AbstractSendMessageProcessor.consumerSendMsgBack`, `PopReviveService.reviveRetry`.
 */
import type { MessageExt } from '../common/message.ts'
import { copyOfStored, type NewMessage } from '../store/put-message.ts'

/**
 * Returns a copy for `place`. The copy has the given properties, its `reconsumeTimes` is one higher, and its
 * `preparedTransactionOffset` is 0. The rest is as in the original.
 */
export function retryCopy(
  original: MessageExt,
  properties: ReadonlyMap<string, string>,
  place: { readonly topic: string; readonly queueId: number },
): NewMessage {
  const reconsumeTimes = original.reconsumeTimes + 1
  return { ...copyOfStored(original, properties), ...place, reconsumeTimes, preparedTransactionOffset: 0 }
}
