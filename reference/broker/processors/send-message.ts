/**
 * Accepts messages. The broker checks a send, finds its topic and queue, and puts its messages into the store. The broker
 * answers the send when the messages are as safe as the settings of the broker and the property WAIT of the message require.
 *
 * | code of the refusal     | reason                                                                           |
 * | ----------------------- | -------------------------------------------------------------------------------- |
 * | INVALID_PARAMETER       | the topic's name is illegal, or the queue does not exist                          |
 * | TOPIC_NOT_EXIST         | the topic is unknown and may not be created                                       |
 * | NO_PERMISSION           | the topic belongs to the broker itself, or sending or a transaction is forbidden  |
 * | MESSAGE_ILLEGAL         | the message is too big, the batch cannot be read, or the delay is not valid        |
 * | SYSTEM_BUSY             | too many sends are in progress, or sends arrive too fast (`../overload/send-limiter.ts`); or this broker is a slave |
 * | SYSTEM_ERROR            | sends are not accepted yet, the in-sync set is too small, or the disk failed during the put |
 * | SERVICE_NOT_AVAILABLE   | the disk is full or broken, or the broker is stopping                             |
 * | SUBSCRIPTION_GROUP_NOT_EXIST | the topic is the retry topic of a group that does not exist                  |
 *
 * A message with a delay level first waits in one topic of the broker (`schedule/`). A message with a delivery time first
 * waits in another topic (`timer/`). In both cases, the answer contains the queue to which the message will be delivered.
 *
 * RocketMQ: `SendMessageProcessor`, `AbstractSendMessageProcessor.msgCheck`. Replies: `reply-message.ts`. Left out: tracing.
 */
import { type BatchEntry, batchFault, decodeBatch } from '../../common/batch.ts'
import { DLQ_TOPIC_PREFIX, PROPERTY, RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import { messageIdAt } from '../../common/message-id.ts'
import {
  decodeProperties,
  encodeProperties,
  isPropertiesTextTooLong,
  propertyCountOf,
  propertyOf,
} from '../../common/message-properties.ts'
import { type PlainProperties, plainProperties } from '../../common/plain-properties.ts'
import { encodeRecallHandle } from '../../common/recall-handle.ts'
import { SYS_FLAG, transactionValue } from '../../common/sys-flag.ts'
import { NOT_ALLOWED_SEND_TOPICS } from '../../common/topic-validator.ts'
import type { Host } from '../../host/host.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import type { Answer, RemotingCommand } from '../../remoting/remoting-command.ts'
import type { RequestDefinition } from '../../remoting/request.ts'
import {
  type SendMessageHeader,
  sendBatchMessage,
  sendMessage,
  sendMessageAnswer,
  sendMessageV2,
} from '../../remoting/requests/send-message.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { PROPERTIES_TOO_LONG } from '../../store/put-check.ts'
import {
  hasPlace,
  isInLog,
  type NewMessage,
  type PutMessageResult,
  type PutMessageStatus,
} from '../../store/put-message.ts'
import { nameOfTime } from '../../store/time-name.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { checkSending, type PermissionParts } from '../broker-permission.ts'
import { BATCH_MESSAGES_MAX, BATCH_PROPERTIES_MAX } from '../limits.ts'
import type { SendLimiter } from '../overload/send-limiter.ts'
import type { RebalanceLockManager } from '../rebalance-lock-manager.ts'
import { isDelayLevel, isTimerMessage } from '../schedule/delay-message.ts'
import type { ScheduleMessageService } from '../schedule/schedule-message-service.ts'
import type { BrokerStats } from '../stats/broker-stats.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'
import type { TimerMessageStore } from '../timer/timer-message-store.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import { isTransactional } from '../transaction/half-message.ts'
import type { TransactionalMessageService } from '../transaction/transactional-message-service.ts'
import { checkTopicName, writeQueueOf } from './checks.ts'
import { deadLetterTopic } from './send-back.ts'
import { NOT_PLAIN, plainMessage, type Sent, type SentMessageParts, sentMessage } from './sent-message.ts'

/** The parts of the broker that the handlers need. */
export interface SendParts extends PermissionParts, SentMessageParts {
  readonly config: BrokerConfig
  readonly host: Host
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly locks: RebalanceLockManager
  readonly schedule: ScheduleMessageService
  readonly timers: TimerMessageStore
  readonly transactions: TransactionalMessageService
  readonly limiter: SendLimiter
  readonly stats: BrokerStats
  /** The part that the offset message ids of this broker have in common. */
  readonly messageIdPrefix: string
  whenKnown(topic: string, done: () => void): void
}

const EMPTY = new Uint8Array()

/** The response code for each status of the store. */
const CODE_OF: { readonly [status in PutMessageStatus]: number } = {
  PUT_OK: ResponseCode.SUCCESS,
  FLUSH_DISK_TIMEOUT: ResponseCode.FLUSH_DISK_TIMEOUT,
  FLUSH_SLAVE_TIMEOUT: ResponseCode.FLUSH_SLAVE_TIMEOUT,
  SLAVE_NOT_AVAILABLE: ResponseCode.SLAVE_NOT_AVAILABLE,
  IN_SYNC_REPLICAS_NOT_ENOUGH: ResponseCode.SYSTEM_ERROR,
  SERVICE_NOT_AVAILABLE: ResponseCode.SERVICE_NOT_AVAILABLE,
  MESSAGE_ILLEGAL: ResponseCode.MESSAGE_ILLEGAL,
  PROPERTIES_SIZE_EXCEEDED: ResponseCode.MESSAGE_ILLEGAL,
  OS_PAGE_CACHE_BUSY: ResponseCode.SYSTEM_BUSY,
  UNKNOWN_ERROR: ResponseCode.SYSTEM_ERROR,
}

/** Returns the handlers of the three send requests, by code. */
export function sendMessageHandlers(broker: SendParts): RequestHandlers {
  return [sendMessage, sendMessageV2, sendBatchMessage].map(
    (definition: RequestDefinition<typeof sendMessage.fields>) => [
      definition.code,
      (request, channel) => {
        const header = definition.decode(request.extFields)
        return new SendMessage(
          broker,
          channel,
          request,
          header,
          definition === sendBatchMessage || header.batch === true,
        ).start()
      },
    ],
  )
}

/** Returns the refusal of a message that may not be stored. */
function illegal(sentence: string): Refusal {
  return new Refusal(ResponseCode.MESSAGE_ILLEGAL, sentence)
}

/** Returns true when the messages of a batch have more than `BATCH_PROPERTIES_MAX` properties together. */
function hasTooManyProperties(body: Uint8Array, entries: readonly BatchEntry[]): boolean {
  if (body.length <= BATCH_PROPERTIES_MAX) return false // each property has at least one byte
  let count = 0
  for (const { propertiesText } of entries) {
    count += propertyCountOf(propertiesText)
    if (count > BATCH_PROPERTIES_MAX) return true
  }
  return false
}

/** One send request that is being carried out. */
class SendMessage {
  readonly #broker: SendParts
  readonly #sent: Sent
  readonly #request: RemotingCommand
  readonly #isBatch: boolean
  readonly #arePropertiesTooLong: boolean
  /** The properties of the request when its message is plain. Undefined for each other message, and for retry topics. */
  readonly #plain: PlainProperties | undefined
  #decoded: Map<string, string> | undefined
  readonly #sentUniqKey: string | undefined
  #recallHandle: string | undefined
  /** True when the message is stored as a dead letter. */
  #isDead = false

  constructor(
    broker: SendParts,
    channel: Channel,
    request: RemotingCommand,
    header: SendMessageHeader,
    isBatch: boolean,
  ) {
    this.#broker = broker
    this.#sent = { header, channel }
    this.#request = request
    this.#isBatch = isBatch
    const text = header.properties ?? ''
    this.#arePropertiesTooLong = isPropertiesTextTooLong(text)
    const mayBePlain = !this.#arePropertiesTooLong && !header.topic.startsWith(RETRY_TOPIC_PREFIX)
    this.#plain = mayBePlain ? plainProperties(text, NOT_PLAIN) : undefined
    this.#sentUniqKey = this.#plain === undefined ? this.#properties.get(PROPERTY.UNIQ_KEY) : this.#plain.uniqKey
  }

  get #header(): SendMessageHeader {
    return this.#sent.header
  }

  /** The properties of the request. For a single message, the broker adds its own properties to this map. */
  get #properties(): Map<string, string> {
    this.#decoded ??= decodeProperties(this.#arePropertiesTooLong ? '' : (this.#header.properties ?? ''))
    return this.#decoded
  }

  // #region send-message
  /**
   * Starts the send. Returns a `LaterAnswer`, which is sent when the store has answered. Throws `Refusal` when a check
   * fails.
   */
  start(): LaterAnswer {
    // All checks come first. Each check can refuse the message.
    const { topic, defaultTopic, defaultTopicQueueNums } = this.#header
    this.#checkOpen(topic)
    checkTopicName(topic)
    if (NOT_ALLOWED_SEND_TOPICS.has(topic))
      throw new Refusal(ResponseCode.NO_PERMISSION, `Sending message to topic[${topic}] is forbidden.`)
    if (this.#arePropertiesTooLong) throw new Refusal(ResponseCode.MESSAGE_ILLEGAL, PROPERTIES_TOO_LONG)
    const config = this.#broker.topics.topicForSend(topic, defaultTopic, defaultTopicQueueNums)
    if (topic.startsWith(RETRY_TOPIC_PREFIX)) this.#checkRetry(topic.slice(RETRY_TOPIC_PREFIX.length))
    const queueId = writeQueueOf(this.#broker.host, config, this.#header.queueId)
    this.#checkTransaction()
    const messages = this.#isBatch ? this.#batch(queueId) : [this.#single(queueId)]
    // The limiter does not apply to a message that a consumer sends back, because a refused message could be lost or late.
    const afterMs = topic.startsWith(RETRY_TOPIC_PREFIX) ? 0 : this.#broker.limiter.ask(topic)
    // The topic is created only after all checks. So a refused message does not create a topic.
    this.#broker.topics.make(config)
    if (topic.startsWith(RETRY_TOPIC_PREFIX)) this.#broker.groups.find(topic.slice(RETRY_TOPIC_PREFIX.length))
    // The message is put into the store now, or when the limiter admits the send.
    const later = new LaterAnswer(this.#request, this.#sent.channel)
    const put = () =>
      this.#broker.store.putMessages(messages, (results) => {
        if (this.#isDead && isInLog(results[0]!)) this.#tellDead(messages[0]!)
        const answer = this.#answer(queueId, messages[0]!.topic, results)
        this.#broker.whenKnown(topic, () => later.answer(answer))
      })
    if (afterMs === 0) put()
    else this.#broker.limiter.later(afterMs, { put, refused: (refusal) => later.refuse(refusal) })
    return later
  }
  // #endregion send-message

  /**
   * Checks that the broker accepts sends. The start time in the settings (`startAcceptSendRequestTimeStamp`) must have
   * passed. For an ordered topic, `brokerPermission` must also contain the right to write. Throws `Refusal` otherwise.
   */
  #checkOpen(topic: string): void {
    const { config, host, topics } = this.#broker
    const fromMs = config.startAcceptSendRequestTimeStamp
    if (fromMs > 0 && host.clock.nowMs() < fromMs)
      throw new Refusal(ResponseCode.SYSTEM_ERROR, `broker unable to service, until ${nameOfTime(fromMs)} (UTC)`)
    if (topics.get(topic)?.order === true) checkSending(this.#broker)
  }

  /**
   * Checks a message for a retry topic. The group must exist, and the message must not be part of a batch. Throws `Refusal`
   * otherwise.
   */
  #checkRetry(group: string): void {
    if (this.#broker.groups.settingsOf(group) === undefined)
      throw new Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group not exist, ${group}`)
    if (this.#isBatch) throw new Refusal(ResponseCode.MESSAGE_ILLEGAL, 'batch request does not support retry group')
  }

  /**
   * Checks a message of a transaction. The property TRAN_MSG marks such a message. Throws `Refusal` for a message with
   * transaction bits in `sysFlag` but without this property, because no consumer would ever receive the message. Also throws
   * `Refusal` when the message may not begin a transaction.
   */
  #checkTransaction(): void {
    const { sysFlag, reconsumeTimes } = this.#header
    if (this.#plain !== undefined || !isTransactional(this.#properties, reconsumeTimes ?? 0)) {
      if (transactionValue(sysFlag) === SYS_FLAG.TRANSACTION_PREPARED)
        throw new Refusal(ResponseCode.MESSAGE_ILLEGAL, 'a message marked as prepared needs the property TRAN_MSG')
      return
    }
    if (this.#isBatch) throw new Refusal(ResponseCode.MESSAGE_ILLEGAL, 'a batch cannot be part of a transaction')
    this.#broker.transactions.checkMayBegin()
  }

  // #region retry-in-send
  /**
   * Returns true when a message for a retry topic must become a dead letter. A consumer sends such a message in two cases.
   * In the first case, the send-back request of the consumer has failed. In the second case, the consumer consumes in order
   * and has retried the message often enough. A group that locks queues consumes in order, so its message becomes a dead
   * letter. For any other group, the number of retries decides.
   */
  #isDeadLetter(group: string): boolean {
    const maxTimes = this.#header.maxReconsumeTimes ?? this.#broker.groups.settingsOf(group)!.retryMaxTimes
    return (this.#header.reconsumeTimes ?? 0) > maxTimes || this.#broker.locks.hasLocks(group)
  }

  #deadLetter(group: string, message: NewMessage, properties: Map<string, string>): NewMessage {
    properties.set(PROPERTY.DELAY_TIME_LEVEL, '-1')
    const topic = deadLetterTopic(this.#broker, group).topicName
    this.#isDead = true
    return { ...message, topic, queueId: 0, propertiesText: encodeProperties(properties) }
  }

  #tellDead({ topic, key, reconsumeTimes }: NewMessage): void {
    const { trace } = this.#broker.host
    const group = topic.slice(DLQ_TOPIC_PREFIX.length)
    trace.emit?.('message.dead', { group, topic, key, reconsumeTimes })
  }
  // #endregion retry-in-send

  /**
   * Returns the message in the form in which it is stored: an ordinary message, a waiting message, a half message, or a dead
   * letter.
   */
  #single(queueId: number): NewMessage {
    const { flag, topic, reconsumeTimes } = this.#header
    const entry = { queueId, flag, body: this.#request.body ?? EMPTY }
    if (this.#plain !== undefined) return plainMessage(this.#broker, this.#sent, entry, this.#plain)
    const properties = this.#properties
    if (isTransactional(properties, reconsumeTimes ?? 0))
      return this.#broker.transactions.prepared(sentMessage(this.#broker, this.#sent, entry, properties), properties)
    const delay = properties.get(PROPERTY.DELAY_TIME_LEVEL)
    if (delay !== undefined && !isDelayLevel(delay))
      throw illegal(`the property DELAY is "${delay.slice(0, 40)}", not a level`)
    const message = sentMessage(this.#broker, this.#sent, entry, properties)
    const group = topic.startsWith(RETRY_TOPIC_PREFIX) ? topic.slice(RETRY_TOPIC_PREFIX.length) : ''
    if (group !== '' && this.#isDeadLetter(group)) return this.#deadLetter(group, message, properties)
    if (isTimerMessage(properties)) return this.#timed(message, properties)
    return this.#broker.schedule.delayed(message, properties)
  }

  // #region timer-in-send
  /**
   * Returns the form in which the message waits for its delivery time. Also sets the handle with which the sender can recall
   * the message.
   */
  #timed(message: NewMessage, properties: ReadonlyMap<string, string>): NewMessage {
    const timed = this.#broker.timers.timed(message, properties)
    const tick = propertyOf(timed.propertiesText, PROPERTY.TIMER_OUT_MS)
    if (timed !== message && tick !== undefined && !message.topic.startsWith(RETRY_TOPIC_PREFIX)) {
      const { topic } = message
      const uniqKey = properties.get(PROPERTY.UNIQ_KEY) ?? ''
      const { brokerName } = this.#broker.config
      this.#recallHandle = encodeRecallHandle({ topic, brokerName, timeMs: Number(tick) + 1, uniqKey })
    }
    return timed
  }
  // #endregion timer-in-send

  /**
   * Returns one message for each entry of the batch. Throws `Refusal` when the body is too long or cannot be read, or when
   * an entry must not be part of a batch.
   */
  #batch(queueId: number): NewMessage[] {
    const body = this.#request.body ?? EMPTY
    // As in RocketMQ, `maxMessageSize` limits the whole batch. The size is checked before the batch is decoded.
    const { maxMessageSize } = this.#broker.config
    if (body.length > maxMessageSize)
      throw illegal(`message body size over max value, MAX: ${maxMessageSize} (maxMessageSize), found ${body.length}`)
    const entries = decodeBatch(body, BATCH_MESSAGES_MAX)
    if (entries === undefined || entries.length === 0)
      throw illegal('the body of the batch cannot be read: its inner lengths do not add up')
    if (entries.length > BATCH_MESSAGES_MAX)
      throw illegal(`a batch of more than ${BATCH_MESSAGES_MAX} messages; so many are taken at once`)
    if (hasTooManyProperties(body, entries))
      throw illegal(`the messages of the batch have more than ${BATCH_PROPERTIES_MAX} properties together`)
    return this.#plainBatch(queueId, entries) ?? this.#checkedBatch(queueId, entries)
  }

  /** Returns the messages of a batch that has only plain messages, all with the same WAIT. Undefined for another batch. */
  #plainBatch(queueId: number, entries: readonly BatchEntry[]): NewMessage[] | undefined {
    if (this.#plain === undefined) return undefined
    const all: PlainProperties[] = []
    for (const { propertiesText } of entries) {
      const plain = plainProperties(propertiesText, NOT_PLAIN)
      if (plain === undefined || plain.waitStoreMsgOk !== (all[0] ?? plain).waitStoreMsgOk) return undefined
      all.push(plain)
    }
    return entries.map(({ flag, body }, i) => plainMessage(this.#broker, this.#sent, { queueId, flag, body }, all[i]!))
  }

  #checkedBatch(queueId: number, entries: readonly BatchEntry[]): NewMessage[] {
    const properties = entries.map(({ propertiesText }) => decodeProperties(propertiesText))
    const { topic } = this.#header
    const fault = batchFault(topic, properties) || batchFault(topic, [this.#properties])
    if (fault !== '') throw illegal(fault)
    return entries.map(({ flag, body }, i) =>
      sentMessage(this.#broker, this.#sent, { queueId, flag, body }, properties[i]!),
    )
  }

  /**
   * Returns the answer to the sender. Java clients read the place of the message on SUCCESS and on the codes 10, 11 and 12.
   */
  #answer(queueId: number, storedIn: string, results: readonly PutMessageResult[]): Answer {
    const first = results[0]!
    const code = CODE_OF[first.status]
    if (!hasPlace(first)) return { code, remark: first.reason }
    const { messageIdPrefix, config, stats } = this.#broker
    let bytes = 0
    let msgId = ''
    for (const { sizeBytes, physicalOffset } of results) {
      bytes += sizeBytes
      msgId += (msgId === '' ? '' : ',') + messageIdAt(messageIdPrefix, physicalOffset)
    }
    stats.stored(storedIn, results.length, bytes)
    return {
      code,
      remark: first.reason === '' ? undefined : first.reason,
      extFields: sendMessageAnswer.encode({
        msgId,
        queueId,
        queueOffset: first.queueOffset,
        transactionId: this.#sentUniqKey,
        recallHandle: this.#recallHandle,
        MSG_REGION: config.regionId,
        TRACE_ON: String(config.traceOn),
      }),
    }
  }
}
