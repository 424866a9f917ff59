/**
 * Reads the answer to a pop. Adds a receipt (`POP_CK`) to each message. The receipt is needed to acknowledge the message.
 *
 * A message from a retry topic may already have its receipt. For any other message, the receipt is computed from the
 * message and from fields of the answer. Two of these fields are the time of the pop, and the offset at which the pop began
 * in the queue.
 *
 * RocketMQ: `MQClientAPIImpl.processPopResponse`.
 */
import { type MessageExt, PROPERTY } from '../../../common/message.ts'
import { decodeRecords } from '../../../common/message-codec.ts'
import { retryMarkOf } from '../../../common/pop-names.ts'
import { decodePoppedQueues, encodeExtraInfo } from '../../../remoting/pop-extra-info.ts'
import type { RemotingCommand } from '../../../remoting/remoting-command.ts'
import { HeaderError } from '../../../remoting/request.ts'
import { popMessageAnswer } from '../../../remoting/requests/pop-message.ts'
import { inflateBody } from '../../inflate.ts'

/** The messages of one answer. Each message has its receipt. */
export interface Popped {
  readonly messages: readonly MessageExt[]
  /** One sentence about the fault when the last record in the body is broken, and otherwise ''. */
  readonly fault: string
  readonly invisibleTime: number
}

// #region read-popped
/**
 * Returns the messages of an answer with the code SUCCESS. Each message receives the popped topic `topic` as its topic.
 * Throws `HeaderError` when a field is not valid or a queue is missing.
 */
export function readPopped({ extFields, body }: RemotingCommand, topic: string, brokerName: string): Popped {
  const header = popMessageAnswer.decode(extFields)
  const queues = decodePoppedQueues(header.startOffsetInfo ?? '', header.msgOffsetInfo ?? '')
  const { messages, fault } = decodeRecords(body ?? new Uint8Array())
  const { popTime, invisibleTime, reviveQid } = header
  const withReceipt = (message: MessageExt): MessageExt => {
    const { queueId, queueOffset } = message
    const properties = new Map(message.properties)
    if (!properties.has(PROPERTY.POP_CK)) {
      const mark = retryMarkOf(message.topic)
      const queue = queues.get(`${mark}@${queueId}`)
      if (queue === undefined)
        throw new HeaderError(`the answer to POP_MESSAGE says nothing of ${message.topic} queue ${queueId}`)
      const ckQueueOffset = queue.startOffset
      const receipt = { ckQueueOffset, popTime, invisibleTime, reviveQid, mark, brokerName, queueId, queueOffset }
      properties.set(PROPERTY.POP_CK, encodeExtraInfo(receipt))
    }
    if (!properties.has(PROPERTY.FIRST_POP_TIME)) properties.set(PROPERTY.FIRST_POP_TIME, String(popTime))
    return { ...message, topic, properties, body: inflateBody(message.body, message.sysFlag) }
  }
  return { messages: messages.map(withReceipt), fault, invisibleTime }
}
// #endregion read-popped
