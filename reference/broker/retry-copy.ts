/**
 * Makes the copy of a message that is stored when it is retried, or when it becomes a dead letter.
 *
 * RocketMQ: `AbstractSendMessageProcessor.consumerSendMsgBack`, `PopReviveService.reviveRetry`.
 */
import { javaHashCode } from '../common/hash.ts'
import { type MessageExt, PROPERTY } from '../common/message.ts'
import { encodeProperties } from '../common/message-properties.ts'
import type { NewMessage } from '../store/put-message.ts'

/** Returns a copy for `place`: everything of the original, with other properties and `reconsumeTimes` one higher. */
export function retryCopy(
  original: MessageExt,
  properties: ReadonlyMap<string, string>,
  place: { readonly topic: string; readonly queueId: number },
): NewMessage {
  const { flag, sysFlag, bornTimestamp, bornIp, bornPort, body } = original
  const tag = properties.get(PROPERTY.TAGS)
  return {
    ...place,
    flag,
    sysFlag,
    bornTimestamp,
    bornIp,
    bornPort,
    reconsumeTimes: original.reconsumeTimes + 1,
    preparedTransactionOffset: 0,
    body,
    propertiesText: encodeProperties(properties),
    tagsCode: tag === undefined ? 0 : javaHashCode(tag),
    waitStoreMsgOk: true,
    key: properties.get(PROPERTY.KEYS) ?? properties.get(PROPERTY.UNIQ_KEY) ?? '',
  }
}
