/**
 * Makes the copy of a message that is stored when it is retried, or when it becomes a dead letter.
 *
 * RocketMQ: `AbstractSendMessageProcessor.consumerSendMsgBack`, `PopReviveService.reviveRetry`.
 */
import type { MessageExt } from '../common/message.ts'
import { copyOfStored, type NewMessage } from '../store/put-message.ts'

/** Returns a copy for `place`: everything of the original, with other properties and `reconsumeTimes` one higher. */
export function retryCopy(
  original: MessageExt,
  properties: ReadonlyMap<string, string>,
  place: { readonly topic: string; readonly queueId: number },
): NewMessage {
  const reconsumeTimes = original.reconsumeTimes + 1
  return { ...copyOfStored(original, properties), ...place, reconsumeTimes, preparedTransactionOffset: 0 }
}
