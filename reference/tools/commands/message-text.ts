/**
 * Reads messages from answers, and formats them for admin commands: one message with all its facts, or one line for each
 * message.
 */

import { ClientError } from '../../client/client-error.ts'
import { inflateBody } from '../../client/inflate.ts'
import { formatHost } from '../../common/address.ts'
import { type MessageExt, PROPERTY } from '../../common/message.ts'
import { decodeRecords } from '../../common/message-codec.ts'
import { offsetMessageId } from '../../common/message-id.ts'
import { decodeUtf8 } from '../../common/utf8.ts'
import { momentText } from '../date-text.ts'

/** Returns the messages in the body of an answer. Throws `ClientError` when a record cannot be read. */
export function messagesOf(body: Uint8Array | undefined): readonly MessageExt[] {
  const { messages, fault } = decodeRecords(body ?? new Uint8Array())
  if (fault !== '') throw new ClientError(`the answer ends in a broken record: ${fault}`, 'definite')
  return messages.map((message) => ({ ...message, body: inflateBody(message.body, message.sysFlag) }))
}

/** Returns a message's offset id and its unique id. When the message has no unique id, both values are the offset id. */
export const idsOf = ({ properties, storeIp, storePort, physicalOffset }: MessageExt) => {
  const offsetId = offsetMessageId(storeIp, storePort, physicalOffset)
  return { offsetId, msgId: properties.get(PROPERTY.UNIQ_KEY) ?? offsetId }
}

/** Returns all facts of one message as lines of text. */
export function messageText(message: MessageExt): string {
  const { offsetId, msgId } = idsOf(message)
  const lines: readonly (readonly [string, string | number])[] = [
    ['OffsetID', offsetId],
    ['MsgID', msgId],
    ['Topic', message.topic],
    ['Tags', message.properties.get(PROPERTY.TAGS) ?? ''],
    ['Keys', message.properties.get(PROPERTY.KEYS) ?? ''],
    ['Queue ID', message.queueId],
    ['Queue Offset', message.queueOffset],
    ['CommitLog Offset', message.physicalOffset],
    ['Reconsume Times', message.reconsumeTimes],
    ['Born Timestamp', momentText(message.bornTimestamp)],
    ['Store Timestamp', momentText(message.storeTimestamp)],
    ['Born Host', formatHost(message.bornIp, message.bornPort)],
    ['Store Host', formatHost(message.storeIp, message.storePort)],
    ['System Flag', message.sysFlag],
    ['Properties', JSON.stringify(Object.fromEntries(message.properties))],
    ['Body', decodeUtf8(message.body)],
  ]
  return `${lines.map(([name, value]) => `${`${name}:`.padEnd(20)} ${value}`.trimEnd()).join('\n')}\n`
}

/** Returns one message as one line of text. */
export function lineOf(message: MessageExt, withBody: boolean): string {
  const body = withBody ? ` BODY: ${decodeUtf8(message.body)}` : ''
  const tags = message.properties.get(PROPERTY.TAGS) ?? ''
  const keys = message.properties.get(PROPERTY.KEYS) ?? ''
  return `MSGID: ${idsOf(message).msgId} QUEUE: ${message.queueId} OFFSET: ${message.queueOffset} TAGS: ${tags} KEYS: ${keys}${body}`
}
