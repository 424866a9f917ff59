/**
 * Copies a message. The copy is for a retry topic or a dead-letter topic.
 *
 * RocketMQ: `AbstractSendMessageProcessor.consumerSendMsgBack`, `PopReviveService.reviveRetry`.
 */
import type { MessageExt } from '../common/message.ts'
import { copyOfStored, type NewMessage } from '../store/put-message.ts'

/**
 * Returns a copy of a message for the topic and queue in `place`. The copy has the given properties, and the tag and keys in
 * them. The `reconsumeTimes` of the copy is one higher than in the message. The `preparedTransactionOffset` of the copy is 0.
 * The store writes its own host and time into the copy, and waits for the disk before it answers. Body, flag, birth time and
 * birth host are the same as in the message.
 */
export function retryCopy(
  original: MessageExt,
  properties: ReadonlyMap<string, string>,
  place: { readonly topic: string; readonly queueId: number },
): NewMessage {
  const reconsumeTimes = original.reconsumeTimes + 1
  return { ...copyOfStored(original, properties), ...place, reconsumeTimes, preparedTransactionOffset: 0 }
}
