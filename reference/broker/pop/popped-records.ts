/**
 * The records in the answer to a pop. A record of an ordinary topic is the same as in the log. A record of a retry topic has
 * two changes: the name of the requested topic, and a receipt (`POP_CK`) in its properties. The receipt says where the
 * message is, so that it can be acknowledged. It is needed because the message is in another topic than the requested topic.
 * The record has no change when `popResponseReturnActualRetryTopic` is true, or when the receipt has no room.
 *
 * RocketMQ: `PopMessageProcessor.popMsgFromQueue`.
 */
import { concatBytes } from '../../common/bytes.ts'
import { PROPERTIES_BYTES_MAX } from '../../common/limits.ts'
import { type MessageExt, PROPERTY } from '../../common/message.ts'
import { decodeRecords, encodeRecord } from '../../common/message-codec.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import { utf8Length } from '../../common/utf8.ts'

/** Returns the messages of records that the store has read. */
export function messagesIn(records: readonly Uint8Array[]): readonly MessageExt[] {
  return decodeRecords(concatBytes(records)).messages
}

// #region renamed-record
/**
 * Returns the record with the name of the requested topic and with a receipt. Returns undefined when the properties of the
 * record have no room for the receipt.
 */
export function renamedRecord(message: MessageExt, topic: string, receipt: string): Uint8Array | undefined {
  const properties = new Map(message.properties)
  if (!properties.has(PROPERTY.POP_CK)) properties.set(PROPERTY.POP_CK, receipt)
  const propertiesText = encodeProperties(properties)
  return utf8Length(propertiesText) > PROPERTIES_BYTES_MAX
    ? undefined
    : encodeRecord({ ...message, topic, propertiesText })
}
// #endregion renamed-record
