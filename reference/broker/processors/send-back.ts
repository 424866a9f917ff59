/**
 * Accepts a message that a consumer could not consume and has sent back. Later, the group receives the message again, or the
 * message becomes a dead letter. When the group has `retryQueueNums` 0, the message is dropped. The diagram shows the delay
 * that the broker chooses. The consumer may choose another delay level.
 *
 * ```
 * %RETRY%group ◄── 10 s, 30 s, 1 min … 2 h ◄── delay level 3 + reconsumeTimes ◄── send back
 * %DLQ%group   ◄── reconsumeTimes has reached the limit, or delayLevel < 0
 * ```
 *
 * The broker stores a new message with the content of the original message. The `reconsumeTimes` of the new message is one
 * higher than in the original message. The properties of the new message contain the topic and the id of the original
 * message. Each group has a separate retry topic and dead-letter topic, so the failures of one group do not disturb other
 * groups.
 *
 * RocketMQ: `AbstractSendMessageProcessor.consumerSendMsgBack`.
 */
import { DLQ_TOPIC_PREFIX, type MessageExt, PROPERTY, RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import { offsetMessageId } from '../../common/message-id.ts'
import type { Host } from '../../host/host.ts'
import type { TopicConfig } from '../../remoting/bodies/topic-config.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import { consumerSendMsgBack } from '../../remoting/requests/send-back.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { isInLog, type NewMessage, PutMessageStatus } from '../../store/put-message.ts'
import { checkSending, type PermissionParts } from '../broker-permission.ts'
import { retryCopy } from '../retry-copy.ts'
import type { ScheduleMessageService } from '../schedule/schedule-message-service.ts'
import type { BrokerStats } from '../stats/broker-stats.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import { checkGroupName, plainTopic } from './checks.ts'

/** The parts of the broker that the handlers need. */
export interface SendBackParts extends PermissionParts {
  readonly host: Host
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly schedule: ScheduleMessageService
  readonly stats: BrokerStats
  whenKnown(topic: string, done: () => void): void
}

/** The delay level of the first redelivery (10 s) when the consumer does not choose a level. */
const FIRST_RETRY_LEVEL = 3

/** Returns the handlers of the requests that send messages back, by code. */
export function sendBackHandlers(broker: SendBackParts): RequestHandlers {
  return [[consumerSendMsgBack.code, (request, channel) => sendBack(broker, request, channel)]]
}

// #region send-back
function sendBack(broker: SendBackParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const header = consumerSendMsgBack.decode(request.extFields)
  checkGroupName(header.group)
  const group = broker.groups.settingsOf(header.group)
  if (group === undefined)
    throw new Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group not exist, ${header.group}`)
  checkSending(broker)
  if (group.retryQueueNums <= 0) return SUCCESS // the settings of the group exclude redeliveries
  // The original message is read from the log. Then its copy is made for the retry topic or the dead-letter topic.
  const original = broker.store.messageAt(header.offset)
  if (original === undefined)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, `look message by offset failed, ${header.offset}`)

  const maxTimes = header.maxReconsumeTimes ?? group.retryMaxTimes
  const { isDead, level } = fateOf(original.reconsumeTimes, header.delayLevel, maxTimes)
  const properties = propertiesOfRetry(original, level)
  const topic = isDead
    ? deadLetterTopic(broker, header.group)
    : plainTopic(broker.topics, RETRY_TOPIC_PREFIX + header.group, group.retryQueueNums)
  broker.groups.find(header.group)
  const queueId = broker.host.random.int('retry.queue', Math.max(1, topic.writeQueueNums))
  // Unlike in RocketMQ, the put of the copy waits for the disk, because the consumer drops its message after the answer.
  const message = retryCopy(original, properties, { topic: topic.topicName, queueId })
  const stored = broker.schedule.delayed(message, properties)
  const later = new LaterAnswer(request, channel)
  broker.store.putMessage(stored, (result) => {
    if (isInLog(result)) tell(broker, header.group, message, isDead)
    const { status, reason } = result
    const isStored = status === PutMessageStatus.PUT_OK
    if (isStored) broker.stats.sentBack(header.group, original.topic)
    if (isInLog(result)) broker.stats.stored(stored.topic, 1, result.sizeBytes)
    const refusal = isStored ? undefined : new Refusal(ResponseCode.SYSTEM_ERROR, `${status}: ${reason}`)
    broker.whenKnown(topic.topicName, () => later.end(refusal))
  })
  return later
}
// #endregion send-back

// #region retry-or-dead
/**
 * `times` is the number of redeliveries so far. `asked` is the delay level that the consumer requests. With `asked` 0, the
 * broker chooses the delay level. A dead letter is stored in its topic at once, without a delay.
 */
function fateOf(times: number, asked: number, maxTimes: number) {
  const isDead = asked < 0 || times >= maxTimes
  const level = asked > 0 ? asked : FIRST_RETRY_LEVEL + times
  return { isDead, level: isDead ? 0 : level }
}
// #endregion retry-or-dead

/** Returns the topic `%DLQ%group`. Creates the topic when it is missing. Throws `Refusal` when there are too many topics. */
export function deadLetterTopic(broker: SendBackParts, group: string): TopicConfig {
  return plainTopic(broker.topics, DLQ_TOPIC_PREFIX + group, 1)
}

/** Returns the properties of the copy. The original topic and id are kept, even when the message is sent back many times. */
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

function tell(broker: SendBackParts, group: string, { topic, key, reconsumeTimes }: NewMessage, isDead: boolean): void {
  broker.host.trace.emit?.(isDead ? 'message.dead' : 'message.retried', { group, topic, key, reconsumeTimes })
}
