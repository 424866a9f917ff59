/**
 * A message once more: in a retry topic, or among the dead letters.
 *
 * RocketMQ: `AbstractSendMessageProcessor.consumerSendMsgBack`, `PopReviveService.reviveRetry`.
 */
import type { MessageExt } from '../common/message.ts'
import { copyOfStored, type NewMessage } from '../store/put-message.ts'

/** All that the original had, with other properties and one more `reconsumeTimes`. */
export function retryCopy(
  original: MessageExt,
  properties: ReadonlyMap<string, string>,
  place: { readonly topic: string; readonly queueId: number },
): NewMessage {
  const reconsumeTimes = original.reconsumeTimes + 1
  return { ...copyOfStored(original, properties), ...place, reconsumeTimes, preparedTransactionOffset: 0 }
}
