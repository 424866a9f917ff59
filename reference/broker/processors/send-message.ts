/**
 * Takes messages: checks them, finds their topic and queue, puts them into the store, and answers when they are as safe as
 * the settings promise.
 *
 * | refused with            | when                                                                             |
 * | ----------------------- | -------------------------------------------------------------------------------- |
 * | INVALID_PARAMETER       | the topic's name is illegal, or the queue does not exist                          |
 * | TOPIC_NOT_EXIST         | the topic is unknown and may not be made                                          |
 * | NO_PERMISSION           | the topic is the broker's own                                                     |
 * | MESSAGE_ILLEGAL         | too big, a broken batch, a delay that cannot be meant                              |
 * | SYSTEM_BUSY             | too much is under way, or comes too fast (`../overload/send-limiter.ts`)           |
 * | SERVICE_NOT_AVAILABLE   | the disk is full or broken, the broker is stopping                                |
 * | SUBSCRIPTION_GROUP_NOT_EXIST | it is for the retry topic of a group that does not exist                          |
 *
 * A message with a delay level waits in a topic of the broker's own (`schedule/`), one with a time of its own in another
 * (`timer/`); the answer names the queue it will come to.
 *
 * RocketMQ: `SendMessageProcessor`, `AbstractSendMessageProcessor.msgCheck`. Not here: reply messages, tracing.
 */
import { parseAddress } from '../../common/address.ts'
import { batchFault, decodeBatch } from '../../common/batch.ts'
import { javaHashCode } from '../../common/hash.ts'
import { MESSAGE_BODY_BYTES_MAX } from '../../common/limits.ts'
import { DLQ_TOPIC_PREFIX, PROPERTY, RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import { offsetMessageId } from '../../common/message-id.ts'
import {
  decodeProperties,
  encodeProperties,
  isPropertiesTextTooLong,
  propertyCountOf,
  propertyOf,
} from '../../common/message-properties.ts'
import { encodeRecallHandle } from '../../common/recall-handle.ts'
import { SYS_FLAG, transactionValue } from '../../common/sys-flag.ts'
import { NOT_ALLOWED_SEND_TOPICS, topicNameFault } from '../../common/topic-validator.ts'
import type { Host } from '../../host/host.ts'
import type { TopicConfig } from '../../remoting/bodies/topic-config.ts'
import type { Channel } from '../../remoting/channel.ts'
import { type Answer, failure, type RemotingCommand } from '../../remoting/remoting-command.ts'
import type { RequestHandler } from '../../remoting/remoting-server.ts'
import type { RequestDefinition } from '../../remoting/request.ts'
import {
  type SendMessageHeader,
  sendBatchMessage,
  sendMessage,
  sendMessageAnswer,
  sendMessageV2,
} from '../../remoting/requests/send-message.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { PROPERTIES_TOO_LONG } from '../../store/put-check.ts'
import { isInLog, type NewMessage, type PutMessageResult, type PutMessageStatus } from '../../store/put-message.ts'
import { nameOfTime } from '../../store/time-name.ts'
import type { Broker } from '../broker.ts'
import { refuseSending } from '../broker-permission.ts'
import { BATCH_MESSAGES_MAX, BATCH_PROPERTIES_MAX } from '../limits.ts'
import { isDelayLevel, isTimerMessage } from '../schedule/delay-message.ts'
import type { TimerRefusal } from '../timer/timer-message.ts'
import { isTransactional } from '../transaction/half-message.ts'
import { deadLetterTopic } from './send-back.ts'

const EMPTY = new Uint8Array()
const LOOPBACK = Uint8Array.of(127, 0, 0, 1)

/** Answers of the store, as answers to a client. */
const CODE_OF: { readonly [status in PutMessageStatus]: number } = {
  PUT_OK: ResponseCode.SUCCESS,
  FLUSH_DISK_TIMEOUT: ResponseCode.FLUSH_DISK_TIMEOUT,
  SERVICE_NOT_AVAILABLE: ResponseCode.SERVICE_NOT_AVAILABLE,
  MESSAGE_ILLEGAL: ResponseCode.MESSAGE_ILLEGAL,
  PROPERTIES_SIZE_EXCEEDED: ResponseCode.MESSAGE_ILLEGAL,
  OS_PAGE_CACHE_BUSY: ResponseCode.SYSTEM_BUSY,
  UNKNOWN_ERROR: ResponseCode.SYSTEM_ERROR,
}

const CODE_OF_TIMER: { readonly [refusal in TimerRefusal]: number } = {
  WHEEL_TIMER_MSG_ILLEGAL: ResponseCode.MESSAGE_ILLEGAL,
  WHEEL_TIMER_FLOW_CONTROL: ResponseCode.SYSTEM_ERROR,
  WHEEL_TIMER_NOT_ENABLE: ResponseCode.SYSTEM_ERROR,
}
const TIMER_SENTENCES: { readonly [refusal in TimerRefusal]: string } = {
  WHEEL_TIMER_MSG_ILLEGAL:
    'timer message illegal, the delay must be a whole number and no longer than timerMaxDelaySec; a recall must lie in the future',
  WHEEL_TIMER_FLOW_CONTROL: 'timer message is under flow control: too many messages wait for the same tick',
  WHEEL_TIMER_NOT_ENABLE: 'accurate timer message is not enabled, timerWheelEnable is false',
}

/** Handlers of the three send requests. */
export function sendMessageHandlers(broker: Broker): readonly (readonly [number, RequestHandler])[] {
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

/** Any of the queues that take messages; undefined when there is none. */
export function anyWriteQueue({ random }: Host, { writeQueueNums }: TopicConfig): number | undefined {
  return writeQueueNums > 0 ? random.int('send.queue', writeQueueNums) : undefined
}

/** The refusal of a send that leaves the choice of the queue to the broker, where there is none to choose. */
export function noWriteQueue(topic: string): Answer {
  return failure(
    ResponseCode.INVALID_PARAMETER,
    `topic[${topic}] has 0 write queues, so it takes no messages: an operator can give it some by updateTopic -w`,
  )
}

/** One send request on its way. */
class SendMessage {
  readonly #broker: Broker
  readonly #channel: Channel
  readonly #request: RemotingCommand
  readonly #header: SendMessageHeader
  readonly #isBatch: boolean
  /** As sent; a single message's get what the broker adds. */
  readonly #properties: Map<string, string>
  readonly #sentUniqKey: string | undefined
  #recallHandle: string | undefined
  /** It is stored as a dead letter. */
  #isDead = false

  constructor(broker: Broker, channel: Channel, request: RemotingCommand, header: SendMessageHeader, isBatch: boolean) {
    this.#broker = broker
    this.#channel = channel
    this.#request = request
    this.#header = header
    this.#isBatch = isBatch
    const text = header.properties ?? ''
    this.#properties = decodeProperties(isPropertiesTextTooLong(text) ? '' : text)
    this.#sentUniqKey = this.#properties.get(PROPERTY.UNIQ_KEY)
  }

  // #region send-message
  /** Answers at once with a refusal, or later with what the store says. */
  start(): Answer | undefined {
    const { topic, defaultTopic, defaultTopicQueueNums } = this.#header
    const drained = this.#refuseDrained(topic)
    if (drained !== undefined) return drained
    const nameFault = topicNameFault(topic)
    if (nameFault !== '') return failure(ResponseCode.INVALID_PARAMETER, nameFault)
    if (NOT_ALLOWED_SEND_TOPICS.has(topic))
      return failure(ResponseCode.NO_PERMISSION, `Sending message to topic[${topic}] is forbidden.`)
    if (isPropertiesTextTooLong(this.#header.properties ?? ''))
      return failure(ResponseCode.MESSAGE_ILLEGAL, PROPERTIES_TOO_LONG)
    const config = this.#broker.topics.topicForSend(topic, defaultTopic, defaultTopicQueueNums)
    if (typeof config === 'string') return failure(ResponseCode.TOPIC_NOT_EXIST, config)
    if (topic.startsWith(RETRY_TOPIC_PREFIX)) {
      const refused = this.#refuseRetry(topic.slice(RETRY_TOPIC_PREFIX.length))
      if (refused !== undefined) return refused
    }
    const queueId = this.#header.queueId >= 0 ? this.#header.queueId : anyWriteQueue(this.#broker.host, config)
    if (queueId === undefined) return noWriteQueue(topic)
    if (queueId >= Math.max(config.writeQueueNums, config.readQueueNums)) {
      return failure(
        ResponseCode.INVALID_PARAMETER,
        `request queueId[${queueId}] is illegal, topic[${topic}] has ${config.writeQueueNums} write queues`,
      )
    }
    const refusedTransaction = this.#refuseTransaction()
    if (refusedTransaction !== undefined) return refusedTransaction
    const messages = this.#isBatch ? this.#batch(queueId) : this.#single(queueId)
    if (typeof messages === 'string') return failure(ResponseCode.MESSAGE_ILLEGAL, messages)
    if (!Array.isArray(messages)) return messages
    // what a consumer gives back is not refused: it would be lost, or late
    const afterMs = topic.startsWith(RETRY_TOPIC_PREFIX) ? 0 : this.#broker.limiter.ask(topic)
    if (typeof afterMs !== 'number') return afterMs
    // only now that nothing refuses the message: what is refused makes no topic
    this.#broker.topics.make(config)
    if (topic.startsWith(RETRY_TOPIC_PREFIX)) this.#broker.groups.find(topic.slice(RETRY_TOPIC_PREFIX.length))
    const put = () =>
      this.#broker.store.putMessages(messages, (results) => {
        if (this.#isDead && isInLog(results[0]!)) this.#tellDead(messages[0]!)
        const answer = this.#answer(queueId, messages[0]!.topic, results)
        this.#broker.whenKnown(topic, () => this.#channel.answer(this.#request, answer))
      })
    if (afterMs === 0) put()
    else this.#broker.limiter.later(afterMs, { put, refused: (answer) => this.#channel.answer(this.#request, answer) })
    return undefined
  }
  // #endregion send-message

  /** Before its time, or while it is drained: an ordered topic has no other queue for the message. */
  #refuseDrained(topic: string): Answer | undefined {
    const { config, host, topics } = this.#broker
    const fromMs = config.startAcceptSendRequestTimeStamp
    if (host.clock.nowMs() < fromMs)
      return failure(ResponseCode.SYSTEM_ERROR, `broker unable to service, until ${nameOfTime(fromMs)} (UTC)`)
    return topics.get(topic)?.order === true ? refuseSending(this.#broker) : undefined
  }

  /** Why a consumer may not send to its retry topic, or undefined. */
  #refuseRetry(group: string): Answer | undefined {
    if (this.#broker.groups.settingsOf(group) === undefined)
      return failure(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group not exist, ${group}`)
    if (this.#isBatch) return failure(ResponseCode.MESSAGE_ILLEGAL, 'batch request does not support retry group')
    return undefined
  }

  /** The mark is a property; the bits of `sysFlag` alone would make a message that nobody ever sees. */
  #refuseTransaction(): Answer | undefined {
    const { sysFlag, reconsumeTimes } = this.#header
    if (!isTransactional(this.#properties, reconsumeTimes ?? 0)) {
      return transactionValue(sysFlag) === SYS_FLAG.TRANSACTION_PREPARED
        ? failure(ResponseCode.MESSAGE_ILLEGAL, 'a message marked as prepared needs the property TRAN_MSG')
        : undefined
    }
    if (this.#isBatch) return failure(ResponseCode.MESSAGE_ILLEGAL, 'a batch cannot be part of a transaction')
    const { refusal } = this.#broker.transactions
    return refusal === '' ? undefined : failure(ResponseCode.NO_PERMISSION, refusal)
  }

  // #region retry-in-send
  /**
   * A consumer may send a message to its retry topic itself: when giving it back failed, or when it keeps order and has
   * tried often enough. The second is known by the group's locks; such a message is a dead letter, not one to try again.
   */
  #isDeadLetter(group: string): boolean {
    const mostTimes = this.#header.maxReconsumeTimes ?? this.#broker.groups.settingsOf(group)!.retryMaxTimes
    return (this.#header.reconsumeTimes ?? 0) > mostTimes || this.#broker.locks.hasLocks(group)
  }

  #deadLetter(group: string, message: NewMessage, properties: Map<string, string>): NewMessage[] | Answer {
    properties.set(PROPERTY.DELAY_TIME_LEVEL, '-1')
    const topic = deadLetterTopic(this.#broker, group)?.topicName
    if (topic === undefined) return failure(ResponseCode.SYSTEM_BUSY, 'too many topics on this broker')
    this.#isDead = true
    return [{ ...message, topic, queueId: 0, propertiesText: encodeProperties(properties) }]
  }

  #tellDead({ topic, key, reconsumeTimes }: NewMessage): void {
    const { trace } = this.#broker.host
    const group = topic.slice(DLQ_TOPIC_PREFIX.length)
    trace.emit?.('message.dead', { group, topic, key, reconsumeTimes })
  }
  // #endregion retry-in-send

  /** The message as it will be stored: in its queue, among those that wait for their time, or among the dead letters. */
  #single(queueId: number): string | NewMessage[] | Answer {
    const properties = this.#properties
    if (isTransactional(properties, this.#header.reconsumeTimes ?? 0)) {
      const half = this.#message(queueId, this.#header.flag, this.#request.body ?? EMPTY, properties)
      return [this.#broker.transactions.prepared(half, properties)]
    }
    const delay = properties.get(PROPERTY.DELAY_TIME_LEVEL)
    if (delay !== undefined && !isDelayLevel(delay)) return `the property DELAY is "${delay.slice(0, 40)}", not a level`
    const { flag, topic } = this.#header
    const message = this.#message(queueId, flag, this.#request.body ?? EMPTY, properties)
    const group = topic.startsWith(RETRY_TOPIC_PREFIX) ? topic.slice(RETRY_TOPIC_PREFIX.length) : ''
    if (group !== '' && this.#isDeadLetter(group)) return this.#deadLetter(group, message, properties)
    if (isTimerMessage(properties)) return this.#timed(message, properties)
    return [this.#broker.schedule.delayed(message, properties)]
  }

  // #region timer-in-send
  /** The message as it waits for the time it names; its sender gets what it takes to recall it. */
  #timed(message: NewMessage, properties: ReadonlyMap<string, string>): NewMessage[] | Answer {
    const timed = this.#broker.timers.timed(message, properties)
    if (typeof timed === 'string') return failure(CODE_OF_TIMER[timed], TIMER_SENTENCES[timed])
    const tick = propertyOf(timed.propertiesText, PROPERTY.TIMER_OUT_MS)
    if (timed !== message && tick !== undefined && !message.topic.startsWith(RETRY_TOPIC_PREFIX)) {
      const { topic } = message
      const uniqKey = properties.get(PROPERTY.UNIQ_KEY) ?? ''
      const { brokerName } = this.#broker.config
      this.#recallHandle = encodeRecallHandle({ topic, brokerName, timeMs: Number(tick) + 1, uniqKey })
    }
    return [timed]
  }
  // #endregion timer-in-send

  /** One message for each entry; a sentence when the body is no batch, or an entry cannot be part of one. */
  #batch(queueId: number): string | NewMessage[] {
    const body = this.#request.body ?? EMPTY
    if (body.length > MESSAGE_BODY_BYTES_MAX)
      return `message body size over max value, MAX: ${MESSAGE_BODY_BYTES_MAX}, found ${body.length}`
    const entries = decodeBatch(body, BATCH_MESSAGES_MAX)
    if (entries === undefined || entries.length === 0)
      return 'the body of the batch cannot be read: its inner lengths do not add up'
    if (entries.length > BATCH_MESSAGES_MAX)
      return `a batch of more than ${BATCH_MESSAGES_MAX} messages; so many are taken at once`
    const count = entries.reduce((sum, { propertiesText }) => sum + propertyCountOf(propertiesText), 0)
    if (count > BATCH_PROPERTIES_MAX)
      return `the messages of the batch have ${count} properties; at most ${BATCH_PROPERTIES_MAX} are taken at once`
    const properties = entries.map(({ propertiesText }) => decodeProperties(propertiesText))
    const { topic } = this.#header
    const fault = batchFault(topic, properties) || batchFault(topic, [this.#properties])
    if (fault !== '') return fault
    return entries.map(({ flag, body: entryBody }, i) => this.#message(queueId, flag, entryBody, properties[i]!))
  }

  /** The message for the store; `properties` get what the broker adds. */
  #message(queueId: number, flag: number, body: Uint8Array, properties: Map<string, string>): NewMessage {
    const { brokerClusterName, regionId, traceOn } = this.#broker.config
    properties.delete(PROPERTY.POP_CK) // of the pop that its sender got it by: it is another message now
    properties.set(PROPERTY.MSG_REGION, regionId)
    properties.set(PROPERTY.TRACE_ON, String(traceOn))
    properties.set(PROPERTY.CLUSTER, brokerClusterName)
    const uniqKey = properties.get(PROPERTY.UNIQ_KEY) ?? this.#broker.newUniqKey()
    properties.set(PROPERTY.UNIQ_KEY, uniqKey)
    const born = parseAddress(this.#channel.remoteAddress)
    const tag = properties.get(PROPERTY.TAGS)
    return {
      topic: this.#header.topic,
      queueId,
      flag,
      sysFlag: this.#header.sysFlag & ~SYS_FLAG.BORN_HOST_V6,
      bornTimestamp: this.#header.bornTimestamp,
      bornIp: this.#broker.ipOf(born?.host ?? '') ?? LOOPBACK,
      bornPort: born?.port ?? 0,
      reconsumeTimes: this.#header.reconsumeTimes ?? 0,
      preparedTransactionOffset: 0,
      body,
      propertiesText: encodeProperties(properties),
      tagsCode: tag === undefined ? 0 : javaHashCode(tag),
      waitStoreMsgOk: properties.get(PROPERTY.WAIT_STORE_MSG_OK) !== 'false',
      key: properties.get(PROPERTY.KEYS) ?? uniqKey,
    }
  }

  /** Java clients read the three offsets on every success, and on the two statuses that are almost one. */
  #answer(queueId: number, storedIn: string, results: readonly PutMessageResult[]): Answer {
    const first = results[0]!
    const code = CODE_OF[first.status]
    if (first.queueOffset < 0) return failure(code, first.reason)
    const bytes = results.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    this.#broker.stats.stored(storedIn, results.length, bytes)
    const { storeIp, storePort } = this.#broker
    const msgIds = results.map((result) => offsetMessageId(storeIp, storePort, result.physicalOffset))
    return {
      code,
      remark: first.reason === '' ? undefined : first.reason,
      extFields: sendMessageAnswer.encode({
        msgId: msgIds.join(','),
        queueId,
        queueOffset: first.queueOffset,
        transactionId: this.#sentUniqKey,
        recallHandle: this.#recallHandle,
        MSG_REGION: this.#broker.config.regionId,
        TRACE_ON: String(this.#broker.config.traceOn),
      }),
    }
  }
}
