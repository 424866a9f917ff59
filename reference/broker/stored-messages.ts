/**
 * Reads stored messages for the services of the broker: one message by its position, or all messages of a queue in order.
 *
 * RocketMQ: `MessageStore.lookMessageByOffset`; `TransactionalMessageBridge.getMessage`.
 */
import { concatBytes } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { decodeRecords } from '../common/message-codec.ts'
import { GetMessageStatus } from '../store/get-message.ts'
import { TRANSFER_COUNT } from '../store/limits.ts'
import type { MessageStore } from '../store/message-store.ts'

/** Returns the message whose record begins at a physical offset. Returns undefined when no record begins at this offset. */
export function messageAt(store: MessageStore, physicalOffset: number): MessageExt | undefined {
  return store.messageAt(physicalOffset)
}

/**
 * Yields every message of a queue from an offset on, in the order of the queue. Begins at the min offset when messages at
 * `fromOffset` are already deleted. Skips each offset whose record cannot be read, and calls `passedOver` with this offset.
 */
export function* messagesOf(
  store: MessageStore,
  topic: string,
  queueId: number,
  fromOffset: number,
  passedOver: (offset: number, fault: string) => void = () => {},
): Generator<MessageExt> {
  for (let offset = fromOffset; ; ) {
    const found = store.getMessage(topic, queueId, offset, TRANSFER_COUNT, () => true)
    if (found.status === GetMessageStatus.OFFSET_TOO_SMALL) {
      offset = found.nextBeginOffset
      continue
    }
    if (found.status !== GetMessageStatus.FOUND) return
    const { messages, fault } = decodeRecords(concatBytes(found.records))
    yield* messages
    offset += messages.length
    if (messages.length === 0) passedOver(offset++, fault)
  }
}
