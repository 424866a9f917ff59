/**
 * Makes the copy of a message that is stored in a retry topic or as a dead letter.
 *
 * RocketMQ: `AbstractSendMessageProcessor.consumerSendMsgBack`, `PopReviveService.reviveRetry`.
 */
import type { MessageExt } from '../common/message.ts'
import { copyOfStored, type NewMessage } from '../store/put-message.ts'

/**
 * Returns a copy of a message for the topic and queue in `place`. The copy has the given properties. The `reconsumeTimes` of
 * the copy is one higher than in the message. The `preparedTransactionOffset` of the copy is 0. All other fields are the
 * same as in the message.
 */
export function retryCopy(
  original: MessageExt,
  properties: ReadonlyMap<string, string>,
  place: { readonly topic: string; readonly queueId: number },
): NewMessage {
  const reconsumeTimes = original.reconsumeTimes + 1
  return { ...copyOfStored(original, properties), ...place, reconsumeTimes, preparedTransactionOffset: 0 }
}
