/**
 * Messages as GlassMQ's client sends and sees them in interoperability tests.
 *
 * Message number i has the key `<keyPrefix><i>`, the user property `index` = i, and the body of `messageBody()`, which is
 * what the Java driver sends too.
 */
import { crc32 } from 'node:zlib'
import { type Message, type MessageExt, PROPERTY } from '../../reference/common/message.ts'
import { offsetMessageId } from '../../reference/common/message-id.ts'
import type { ProduceOptions, ReceivedMessage } from './messages.ts'

/** The body of message `index`: its key, a bar, and a pattern up to `bodyBytes`; as java/driver's Messages.body. */
export function messageBody(key: string, index: number, bodyBytes = 128): Uint8Array {
  const head = Buffer.from(`${key}|`)
  const body = new Uint8Array(Math.max(head.length, bodyBytes))
  body.set(head)
  for (let i = head.length; i < body.length; i++) body[i] = 97 + ((i + index) % 26)
  return body
}

/** The CRC-32 of a body as the results name it: eight hex digits. */
export function bodyCrc32(body: Uint8Array): string {
  return crc32(body).toString(16).padStart(8, '0')
}

/** A message that is going to be sent. */
export interface Prepared {
  readonly message: Message
  readonly key: string
  readonly tags: string | undefined
  readonly index: number
}

/** Message number `index` of a run. */
export function prepare(options: ProduceOptions, index: number): Prepared {
  const key = `${options.keyPrefix ?? 'key-'}${index}`
  const tags =
    options.tags === undefined || options.tags.length === 0 ? undefined : options.tags[index % options.tags.length]
  const properties = new Map<string, string>([
    ...Object.entries(options.properties ?? {}),
    [PROPERTY.KEYS, key],
    ['index', String(index)],
  ])
  if (tags !== undefined) properties.set(PROPERTY.TAGS, tags)
  if (options.delayLevel !== undefined) properties.set(PROPERTY.DELAY_TIME_LEVEL, String(options.delayLevel))
  return {
    message: {
      topic: options.topic,
      body: messageBody(key, index, options.bodyBytes),
      properties,
      ...timeOf(options),
    },
    key,
    tags,
    index,
  }
}

/** The time of its own that a message names. */
function timeOf({ timerDelayMs, timerKind = 'ms' }: ProduceOptions) {
  if (timerDelayMs === undefined) return {}
  if (timerKind === 'sec') return { delayTimeSec: Math.floor(timerDelayMs / 1_000) }
  return timerKind === 'deliver' ? { deliverTimeMs: Date.now() + timerDelayMs } : { delayTimeMs: timerDelayMs }
}

/** The unique id, or the offset id of a message without one. */
export function idOf(message: MessageExt): string {
  const { properties, storeIp, storePort, physicalOffset } = message
  return properties.get(PROPERTY.UNIQ_KEY) ?? offsetMessageId(storeIp, storePort, physicalOffset)
}

/** What the results say about a message that came. */
export function receivedMessage(message: MessageExt, brokerName: string, withProperties = false): ReceivedMessage {
  const tags = message.properties.get(PROPERTY.TAGS)
  return {
    msgId: idOf(message),
    key: message.properties.get(PROPERTY.KEYS) ?? '',
    topic: message.topic,
    ...(tags === undefined ? {} : { tags }),
    brokerName,
    queueId: message.queueId,
    queueOffset: message.queueOffset,
    reconsumeTimes: message.reconsumeTimes,
    bornTimestampMs: message.bornTimestamp,
    storeTimestampMs: message.storeTimestamp,
    receivedAtMs: Date.now(),
    bodyBytes: message.body.length,
    bodyCrc32: bodyCrc32(message.body),
    ...(withProperties ? { properties: Object.fromEntries(message.properties) } : {}),
  }
}
