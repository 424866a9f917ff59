/**
 * Makes the message that the store stores from a message of a send request: adds the address of the sender and the broker's
 * properties.
 *
 * A plain message (`common/plain-properties.ts`) is stored with the text of the properties that its producer has sent,
 * followed by the broker's properties. The result is the same as with a `Map` of the properties.
 *
 * RocketMQ: `SendMessageProcessor.sendMessage`, which fills a `MessageExtBrokerInner`.
 */
import { keyOf, PROPERTY } from '../../common/message.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import { hashesOf, type NameHashes, type PlainProperties, propertyText } from '../../common/plain-properties.ts'
import { SYS_FLAG } from '../../common/sys-flag.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { SendMessageHeader } from '../../remoting/requests/send-message.ts'
import { type NewMessage, tagsCodeOf, tagsCodeOfTag } from '../../store/put-message.ts'
import { bornHostOf } from '../born-host.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { TIMER_PROPERTIES } from '../schedule/delay-message.ts'

/** The parts of the broker from which the message gets its properties. */
export interface SentMessageParts {
  readonly config: BrokerConfig
  newUniqKey(): string
  ipOf(hostName: string): Uint8Array | undefined
}

/** A send request: its header, and the connection on which it has arrived. */
export interface Sent {
  readonly header: SendMessageHeader
  readonly channel: Channel
}

/** One message of a send request. */
export interface SentEntry {
  readonly queueId: number
  readonly flag: number
  readonly body: Uint8Array
}

/** Names of properties that a plain message does not have, because the broker reads, replaces or removes them. */
export const NOT_PLAIN: NameHashes = hashesOf([
  PROPERTY.TRANSACTION_PREPARED,
  PROPERTY.DELAY_TIME_LEVEL,
  ...TIMER_PROPERTIES,
  PROPERTY.TIMER_OUT_MS,
  PROPERTY.TIMER_DEL_UNIQKEY,
  PROPERTY.POP_CK,
  PROPERTY.MSG_REGION,
  PROPERTY.TRACE_ON,
  PROPERTY.CLUSTER,
])

type OfProperties = Pick<NewMessage, 'propertiesText' | 'tagsCode' | 'waitStoreMsgOk' | 'key'>

/** Returns the message as the store needs it. Adds the broker's properties to `properties`. */
export function sentMessage(
  broker: SentMessageParts,
  sent: Sent,
  entry: SentEntry,
  properties: Map<string, string>,
): NewMessage {
  const { brokerClusterName, regionId, traceOn } = broker.config
  properties.delete(PROPERTY.POP_CK) // the receipt of an earlier pop does not belong to the new message
  properties.set(PROPERTY.MSG_REGION, regionId)
  properties.set(PROPERTY.TRACE_ON, String(traceOn))
  properties.set(PROPERTY.CLUSTER, brokerClusterName)
  // The broker creates a unique id when the sender has not set one.
  if (!properties.has(PROPERTY.UNIQ_KEY)) properties.set(PROPERTY.UNIQ_KEY, broker.newUniqKey())
  return withProperties(broker, sent, entry, {
    propertiesText: encodeProperties(properties),
    tagsCode: tagsCodeOf(properties),
    waitStoreMsgOk: properties.get(PROPERTY.WAIT_STORE_MSG_OK) !== 'false',
    key: keyOf(properties),
  })
}

/** Returns a plain message as the store needs it. */
export function plainMessage(
  broker: SentMessageParts,
  sent: Sent,
  entry: SentEntry,
  { text, uniqKey, keys, tags, waitStoreMsgOk }: PlainProperties,
): NewMessage {
  const { brokerClusterName, regionId, traceOn } = broker.config
  const key = uniqKey ?? broker.newUniqKey()
  return withProperties(broker, sent, entry, {
    propertiesText:
      text +
      propertyText(PROPERTY.MSG_REGION, regionId) +
      propertyText(PROPERTY.TRACE_ON, String(traceOn)) +
      propertyText(PROPERTY.CLUSTER, brokerClusterName) +
      (uniqKey === undefined ? propertyText(PROPERTY.UNIQ_KEY, key) : ''),
    tagsCode: tagsCodeOfTag(tags),
    waitStoreMsgOk,
    key: keys ?? key,
  })
}

function withProperties(
  broker: SentMessageParts,
  { header, channel }: Sent,
  { queueId, flag, body }: SentEntry,
  { propertiesText, tagsCode, waitStoreMsgOk, key }: OfProperties,
): NewMessage {
  const { bornIp, bornPort } = bornHostOf(broker, channel)
  return {
    topic: header.topic,
    queueId,
    flag,
    sysFlag: header.sysFlag & ~SYS_FLAG.BORN_HOST_V6,
    bornTimestamp: header.bornTimestamp,
    bornIp,
    bornPort,
    reconsumeTimes: header.reconsumeTimes ?? 0,
    preparedTransactionOffset: 0,
    body,
    propertiesText,
    tagsCode,
    waitStoreMsgOk,
    key,
  }
}
