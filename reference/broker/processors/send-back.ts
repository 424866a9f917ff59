/**
 * Takes back a message that a consumer could not consume: its group gets it again later, or it becomes a dead letter.
 *
 * ```
 * %RETRY%group ◄── 10 s, 30 s, 1 min … 2 h ◄── delay level 3 + reconsumeTimes ◄── send back
 * %DLQ%group   ◄── reconsumeTimes has reached the limit, or delayLevel < 0
 * ```
 *
 * What is stored is a new message with the old one's content, one more `reconsumeTimes`, and its origin in properties. Each
 * group has retry and dead-letter topics of its own: another group's trouble is not seen by anybody else.
 *
 * RocketMQ: `AbstractSendMessageProcessor.consumerSendMsgBack`.
 */
import { DLQ_TOPIC_PREFIX, type MessageExt, PROPERTY, RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import { decodeRecord } from '../../common/message-codec.ts'
import { offsetMessageId } from '../../common/message-id.ts'
import { groupNameFault } from '../../common/topic-validator.ts'
import type { TopicConfig } from '../../remoting/bodies/topic-config.ts'
import type { Channel } from '../../remoting/channel.ts'
import { type Answer, failure, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import type { RequestHandler } from '../../remoting/remoting-server.ts'
import { consumerSendMsgBack } from '../../remoting/requests/send-back.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { isInLog, type NewMessage, PutMessageStatus } from '../../store/put-message.ts'
import type { Broker } from '../broker.ts'
import { refuseSending } from '../broker-permission.ts'
import { retryCopy } from '../retry-copy.ts'

/** Delay level of the first redelivery when the consumer leaves it to the broker: 10 s. */
const FIRST_RETRY_LEVEL = 3

export function sendBackHandlers(broker: Broker): readonly (readonly [number, RequestHandler])[] {
  return [[consumerSendMsgBack.code, (request, channel) => sendBack(broker, request, channel)]]
}

// #region send-back
function sendBack(broker: Broker, request: RemotingCommand, channel: Channel): Answer | undefined {
  const header = consumerSendMsgBack.decode(request.extFields)
  const fault = groupNameFault(header.group)
  if (fault !== '') return failure(ResponseCode.SYSTEM_ERROR, fault)
  const group = broker.groups.settingsOf(header.group)
  if (group === undefined)
    return failure(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group not exist, ${header.group}`)
  const drained = refuseSending(broker)
  if (drained !== undefined) return drained
  if (group.retryQueueNums <= 0) return SUCCESS // the group wants no message twice
  const original = messageAt(broker, header.offset)
  if (original === undefined)
    return failure(ResponseCode.SYSTEM_ERROR, `look message by offset failed, ${header.offset}`)

  const mostTimes = header.maxReconsumeTimes ?? group.retryMaxTimes
  const isDead = header.delayLevel < 0 || original.reconsumeTimes >= mostTimes
  const level = header.delayLevel > 0 ? header.delayLevel : FIRST_RETRY_LEVEL + original.reconsumeTimes
  const properties = propertiesOfRetry(original, isDead ? 0 : level)
  const topic = isDead
    ? deadLetterTopic(broker, header.group)
    : broker.topics.createPlain(RETRY_TOPIC_PREFIX + header.group, group.retryQueueNums)
  if (topic === undefined) return failure(ResponseCode.SYSTEM_BUSY, 'too many topics on this broker')
  broker.groups.find(header.group)
  const queueId = broker.host.random.int('retry.queue', Math.max(1, topic.writeQueueNums))
  // RocketMQ does not wait for the disk here. We do: the consumer moves on when it has the answer.
  const message = retryCopy(original, properties, { topic: topic.topicName, queueId })
  const stored = broker.schedule.delayed(message, properties)
  broker.store.putMessage(stored, (result) => {
    if (isInLog(result)) tell(broker, header.group, message, isDead)
    const { status, reason } = result
    const isStored = status === PutMessageStatus.PUT_OK
    if (isStored) broker.stats.sentBack(header.group, original.topic)
    if (isInLog(result)) broker.stats.stored(stored.topic, 1, result.sizeBytes)
    const answer = isStored ? SUCCESS : failure(ResponseCode.SYSTEM_ERROR, `${status}: ${reason}`)
    broker.whenKnown(topic.topicName, () => channel.answer(request, answer))
  })
  return undefined
}
// #endregion send-back

/** `%DLQ%group`, made when it is needed first; undefined when there are too many topics. */
export function deadLetterTopic(broker: Broker, group: string): TopicConfig | undefined {
  return broker.topics.createPlain(DLQ_TOPIC_PREFIX + group, 1)
}

function messageAt(broker: Broker, physicalOffset: number): MessageExt | undefined {
  const record = broker.store.recordAt(physicalOffset)
  const decoded = record === undefined ? undefined : decodeRecord(record, 0, false)
  return decoded !== undefined && 'message' in decoded ? decoded.message : undefined
}

/** The first topic and the first id stay, however often the message comes back. */
function propertiesOfRetry(original: MessageExt, level: number): Map<string, string> {
  const { topic, storeIp, storePort, physicalOffset } = original
  const properties = new Map(original.properties)
  if (!properties.has(PROPERTY.RETRY_TOPIC)) properties.set(PROPERTY.RETRY_TOPIC, topic)
  if (!properties.has(PROPERTY.ORIGIN_MESSAGE_ID))
    properties.set(PROPERTY.ORIGIN_MESSAGE_ID, offsetMessageId(storeIp, storePort, physicalOffset))
  properties.set(PROPERTY.DELAY_TIME_LEVEL, String(level))
  properties.set(PROPERTY.WAIT_STORE_MSG_OK, 'false')
  return properties
}

function tell(broker: Broker, group: string, { topic, key, reconsumeTimes }: NewMessage, isDead: boolean): void {
  broker.host.trace.emit?.(isDead ? 'message.dead' : 'message.retried', { group, topic, key, reconsumeTimes })
}
