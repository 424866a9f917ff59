/**
 * Checks the sizes of a message before the message is written.
 *
 * | status of the refusal    | reason                                                                     |
 * | ------------------------ | -------------------------------------------------------------------------- |
 * | MESSAGE_ILLEGAL          | the body is longer than `maxMessageSize`, or the record would not fit into a log file |
 * | PROPERTIES_SIZE_EXCEEDED | the text of all properties has more bytes than a 16-bit length can express |
 *
 * This file does not check the name of the topic, because the broker has already checked this name.
 *
 * RocketMQ: `HookUtils.checkBeforePutMessage`, `CommitLog.calMsgLength`.
 */
import { PROPERTIES_BYTES_MAX } from '../common/limits.ts'
import { isPropertiesTextTooLong } from '../common/message-properties.ts'
import { utf8Length } from '../common/utf8.ts'
import { RECORD_OVERHEAD_BYTES } from './limits.ts'
import { type NewMessage, type PutMessageResult, PutMessageStatus, refusal } from './put-message.ts'

/** The error sentence for properties that are too long for a record. The broker uses this sentence, too. */
export const PROPERTIES_TOO_LONG = `message properties length over max value, MAX: ${PROPERTIES_BYTES_MAX}`

// #region check-message
/**
 * Returns the result for a refused message. Returns undefined when the message is accepted. `fileBytes` is the size of one
 * commit-log file.
 */
export function refuseMessage(
  message: NewMessage,
  fileBytes: number,
  maxMessageSize: number,
): PutMessageResult | undefined {
  const bodyBytes = message.body.length
  if (bodyBytes > maxMessageSize) {
    return refusal(
      PutMessageStatus.MESSAGE_ILLEGAL,
      `message body size over max value, MAX: ${maxMessageSize} (maxMessageSize), found ${bodyBytes}`,
    )
  }
  if (isPropertiesTextTooLong(message.propertiesText)) {
    return refusal(PutMessageStatus.PROPERTIES_SIZE_EXCEEDED, PROPERTIES_TOO_LONG)
  }
  const propertiesBytesMax = 3 * message.propertiesText.length // each UTF-16 unit has at most three bytes
  const fitsSurely = bodyBytes + propertiesBytesMax + RECORD_OVERHEAD_BYTES <= fileBytes
  if (!fitsSurely && bodyBytes + utf8Length(message.propertiesText) + RECORD_OVERHEAD_BYTES > fileBytes) {
    return refusal(
      PutMessageStatus.MESSAGE_ILLEGAL,
      `a message of ${bodyBytes} bytes does not fit a commit-log file of ${fileBytes}`,
    )
  }
  return undefined
}
// #endregion check-message
