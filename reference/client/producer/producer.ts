/**
 * Sends messages: finds the route, chooses a queue, asks its broker, and tries another when that fails.
 *
 * | way    | returns                          | tries                                                        |
 * | ------ | -------------------------------- | ------------------------------------------------------------ |
 * | send   | a promise of the result           | up to 3, on another broker where there is one                 |
 * | sendAsync | through a callback             | up to 3 when the broker could not be reached; its answer counts |
 * | sendOneway | nothing                       | 1; nobody knows what became of it                             |
 *
 * An error says whether the message may be stored all the same (`outcome`). A retry of such a send can store it twice:
 * that is the price of losing nothing.
 *
 * A send with a selector or to a given queue is tried once: another queue would break the order it is for.
 *
 * RocketMQ: `DefaultMQProducer`, `DefaultMQProducerImpl`. Not here: transactions, latency fault strategy, auto batching.
 */
import { zlibSync } from 'fflate'
import { parseIp } from '../../common/address.ts'
import { encodeBatch } from '../../common/batch.ts'
import { AUTO_CREATE_TOPIC_KEY_TOPIC, type Message, type MessageQueue, PROPERTY } from '../../common/message.ts'
import { UniqueIds } from '../../common/message-id.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import { SYS_FLAG } from '../../common/sys-flag.ts'
import { groupNameFault } from '../../common/topic-validator.ts'
import type { Answer } from '../../remoting/channel.ts'
import { HeaderError } from '../../remoting/request.ts'
import { unregisterClient } from '../../remoting/requests/client-manage.ts'
import { sendBatchMessage, sendMessageAnswer, sendMessageV2 } from '../../remoting/requests/send-message.ts'
import { RETRIABLE_RESPONSE_CODES, ResponseCode, responseName } from '../../remoting/response-code.ts'
import { ClientError } from '../client-error.ts'
import { type ClientInstance, type ClientPart, writeQueues } from '../client-instance.ts'
import * as limits from '../limits.ts'
import { faultOf, takeRetryTimes } from './message-check.ts'
import { chosenQueue, type QueueSelector } from './queue-selectors.ts'
import { TopicPublishInfo } from './topic-publish-info.ts'

/** Four ways to succeed; all but the first promise less. */
export type SendStatus = 'SEND_OK' | 'FLUSH_DISK_TIMEOUT' | 'FLUSH_SLAVE_TIMEOUT' | 'SLAVE_NOT_AVAILABLE'

const STATUS_OF: ReadonlyMap<number, SendStatus> = new Map([
  [ResponseCode.SUCCESS, 'SEND_OK'],
  [ResponseCode.FLUSH_DISK_TIMEOUT, 'FLUSH_DISK_TIMEOUT'],
  [ResponseCode.FLUSH_SLAVE_TIMEOUT, 'FLUSH_SLAVE_TIMEOUT'],
  [ResponseCode.SLAVE_NOT_AVAILABLE, 'SLAVE_NOT_AVAILABLE'],
])

export interface SendResult {
  readonly status: SendStatus
  /** The unique id; of a batch, those of all messages joined by commas. */
  readonly msgId: string
  readonly offsetMsgId: string
  readonly queue: MessageQueue
  /** Of a batch: of its first message. */
  readonly queueOffset: number
}

export interface SendOptions {
  /** Everything together, retries included. Default 3 s. */
  readonly timeoutMs?: number
  /** Send to this queue, once. */
  readonly queue?: MessageQueue
  /** Choose among the topic's queues, which come in a fixed order; the message is sent once. `queue-selectors.ts`. */
  readonly select?: QueueSelector
}

type Sent =
  | { readonly result: SendResult; readonly error?: never }
  | { readonly error: ClientError; readonly result?: never }

/** One message, or several as one batch, ready to go. */
interface Outgoing {
  readonly topic: string
  readonly msgId: string
  readonly key: string
  readonly body: Uint8Array
  readonly propertiesText: string
  /** Of a message that a consumer sends to its retry topic. */
  readonly reconsumeTimes: number
  readonly maxReconsumeTimes: number | undefined
  readonly sysFlag: number
  readonly flag: number
  readonly isBatch: boolean
  /** Further tries; `onAnswer` says whether an error answer of the broker counts as a failure to try again. */
  readonly retries: number
  readonly retryOnAnswer: boolean
  readonly deadlineMs: number
  readonly queue: MessageQueue | undefined
  readonly select: QueueSelector | undefined
  readonly done: (sent: Sent) => void
}

export class Producer implements ClientPart {
  readonly #instance: ClientInstance
  readonly #group: string
  readonly #publish = new Map<string, TopicPublishInfo>()
  readonly #uniqueIds: UniqueIds
  #inFlight = 0
  #open = false

  constructor(instance: ClientInstance, group: string) {
    const fault = groupNameFault(group)
    if (fault !== '') throw new ClientError(fault, 'definite')
    this.#instance = instance
    this.#group = group
    const { host } = instance
    const ip = parseIp(host.network.resolve(host.name)) ?? Uint8Array.of(127, 0, 0, 1)
    this.#uniqueIds = new UniqueIds(
      ip,
      host.random.int('uniq-key', 0x1_0000),
      host.random.int('uniq-key', 0x1_0000_0000),
    )
  }

  start(): void {
    this.#open = true
    this.#instance.add(this)
  }

  /** Says farewell to the brokers. Sends under way end as the connections do. */
  shutdown(): void {
    if (!this.#open) return
    this.#open = false
    for (const { brokerName } of new Map(
      [...this.#publish.values()].flatMap((info) => info.queues.map((queue) => [queue.brokerName, queue])),
    ).values()) {
      const address = this.#instance.masterAddress(brokerName)
      const extFields = unregisterClient.encode({ clientID: this.#instance.clientId, producerGroup: this.#group })
      if (address !== '') this.#instance.remoting.invokeOneway(address, { code: unregisterClient.code, extFields })
    }
    this.#instance.remove(this)
  }

  topics(): Iterable<string> {
    return this.#publish.keys()
  }

  producerGroup(): string {
    return this.#group
  }

  routeChanged(topic: string): void {
    if (this.#publish.has(topic)) this.#setPublishInfo(topic)
  }

  /** Sends one message, or several of one topic as a batch. Rejects with a `ClientError`. */
  send(message: Message | readonly Message[], options: SendOptions = {}): Promise<SendResult> {
    return new Promise((resolve, reject) => {
      this.#start(message, options, limits.RETRY_TIMES_WHEN_SEND_FAILED, true, (sent) =>
        sent.error === undefined ? resolve(sent.result) : reject(sent.error),
      )
    })
  }

  /** Sends and tells `done` once. */
  sendAsync(
    message: Message,
    done: (error: ClientError | undefined, result: SendResult | undefined) => void,
    options: SendOptions = {},
  ): void {
    this.#start(message, options, limits.RETRY_TIMES_WHEN_SEND_ASYNC_FAILED, false, (sent) =>
      done(sent.error, sent.result),
    )
  }

  /** Sends and forgets. Rejects only when the message cannot even leave: bad topic, no route, no connection. */
  sendOneway(message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      const outgoing = this.#prepare(message, {}, 0, false, (sent) =>
        sent.error === undefined ? resolve() : reject(sent.error),
      )
      if (outgoing === undefined) return
      this.#withRoute(outgoing, (info) => {
        const queue = info.select('')!
        this.#instance.remoting.invokeOneway(
          this.#instance.masterAddress(queue.brokerName),
          this.#request(outgoing, queue),
          (error) => (error === undefined ? resolve() : reject(new ClientError(error.message, 'definite'))),
        )
      })
    })
  }

  #start(
    message: Message | readonly Message[],
    options: SendOptions,
    retries: number,
    retryOnAnswer: boolean,
    done: (sent: Sent) => void,
  ): void {
    if (this.#inFlight >= limits.SENDS_IN_FLIGHT_MAX) {
      return done({
        error: new ClientError(
          `${limits.SENDS_IN_FLIGHT_MAX} sends already wait for their answers: wait for some of them`,
          'definite',
        ),
      })
    }
    this.#inFlight++
    const outgoing = this.#prepare(message, options, retries, retryOnAnswer, (sent) => {
      this.#inFlight--
      this.#tellSent(outgoing, sent)
      done(sent)
    })
    if (outgoing !== undefined) this.#withRoute(outgoing, (info) => this.#begin(outgoing, info))
  }

  /** The message as it will travel; undefined (and told) when it may not. */
  #prepare(
    message: Message | readonly Message[],
    options: SendOptions,
    retries: number,
    retryOnAnswer: boolean,
    done: (sent: Sent) => void,
  ): Outgoing | undefined {
    const messages = Array.isArray(message) ? (message as readonly Message[]) : [message as Message]
    const fault = this.#open ? faultOf(messages) : 'the producer is not started'
    if (fault !== '') {
      done({ error: new ClientError(fault, 'definite') })
      return undefined
    }
    const nowMs = this.#instance.host.clock.nowMs()
    const withIds = messages.map((one) => {
      const properties = new Map(one.properties)
      if (!properties.has(PROPERTY.UNIQ_KEY)) properties.set(PROPERTY.UNIQ_KEY, this.#uniqueIds.next(nowMs))
      if (!properties.has(PROPERTY.WAIT_STORE_MSG_OK)) properties.set(PROPERTY.WAIT_STORE_MSG_OK, 'true')
      return { flag: one.flag ?? 0, body: one.body, properties }
    })
    const retry = takeRetryTimes(messages[0]!.topic, withIds[0]!.properties)
    const first = withIds[0]!
    const isBatch = withIds.length > 1
    const compressed = !isBatch && first.body.length >= limits.COMPRESS_BODY_BYTES
    const { host } = this.#instance
    return {
      topic: messages[0]!.topic,
      msgId: withIds.map((one) => one.properties.get(PROPERTY.UNIQ_KEY)!).join(','),
      key: first.properties.get(PROPERTY.KEYS) ?? first.properties.get(PROPERTY.UNIQ_KEY)!,
      body: isBatch
        ? encodeBatch(
            withIds.map((one) => ({
              flag: one.flag,
              body: one.body,
              propertiesText: encodeProperties(one.properties),
            })),
          )
        : compressed
          ? zlibSync(first.body, { level: 5 })
          : first.body,
      propertiesText: isBatch
        ? encodeProperties(new Map([[PROPERTY.WAIT_STORE_MSG_OK, 'true']]))
        : encodeProperties(first.properties),
      ...retry,
      sysFlag: compressed ? SYS_FLAG.COMPRESSED | SYS_FLAG.COMPRESSION_ZLIB : 0,
      flag: first.flag,
      isBatch,
      retries: options.queue === undefined && options.select === undefined ? retries : 0,
      retryOnAnswer,
      deadlineMs: host.clock.monotonicMs() + (options.timeoutMs ?? limits.SEND_MSG_TIMEOUT_MS),
      queue: options.queue,
      select: options.select,
      done,
    }
  }

  // #region find-route
  /** An unknown topic takes the route of TBW102: whoever carries that makes topics on demand. */
  #withRoute(outgoing: Outgoing, use: (info: TopicPublishInfo) => void): void {
    const known = this.#publish.get(outgoing.topic)
    if (known !== undefined && known.queues.length > 0) return use(known)
    this.#instance.askRoute(outgoing.topic, (answer) => {
      if (answer.route !== undefined) return this.#useRoute(outgoing, use, this.#setPublishInfo(outgoing.topic))
      if (answer.problem.code !== ResponseCode.TOPIC_NOT_EXIST) return outgoing.done({ error: answer.problem })
      this.#instance.askRoute(AUTO_CREATE_TOPIC_KEY_TOPIC, (fallback) => {
        if (fallback.route === undefined) {
          const problem = `no broker has the topic ${outgoing.topic}, and none makes topics on demand: make it with updateTopic`
          return outgoing.done({
            error:
              fallback.problem.code === ResponseCode.TOPIC_NOT_EXIST
                ? new ClientError(problem, 'definite')
                : fallback.problem,
          })
        }
        const queueDatas = fallback.route.queueDatas.map((data) => ({
          ...data,
          writeQueueNums: Math.min(data.writeQueueNums, limits.DEFAULT_TOPIC_QUEUE_NUMS),
        }))
        this.#useRoute(
          outgoing,
          use,
          this.#publishInfo(outgoing.topic, writeQueues(outgoing.topic, { ...fallback.route, queueDatas })),
        )
      })
    })
  }
  // #endregion find-route

  #useRoute(outgoing: Outgoing, use: (info: TopicPublishInfo) => void, info: TopicPublishInfo): void {
    if (info.queues.length > 0) return use(info)
    outgoing.done({
      error: new ClientError(
        `no broker takes messages for the topic ${outgoing.topic}: its queues are read-only or its masters are gone`,
        'definite',
      ),
    })
  }

  #setPublishInfo(topic: string): TopicPublishInfo {
    const route = this.#instance.route(topic)
    return this.#publishInfo(topic, route === undefined ? [] : writeQueues(topic, route))
  }

  #publishInfo(topic: string, queues: readonly MessageQueue[]): TopicPublishInfo {
    const startIndex = this.#publish.has(topic)
      ? 0
      : this.#instance.host.random.int('queue', Math.max(queues.length, 1))
    const info = new TopicPublishInfo(queues, startIndex)
    this.#publish.set(topic, info)
    return info
  }

  /** A chosen queue is tried once; a choice that fails or names no queue of the topic fails the send. */
  #begin(outgoing: Outgoing, info: TopicPublishInfo): void {
    if (outgoing.select === undefined) return this.#try(outgoing, info, 1, '')
    const queue = chosenQueue(info.queues, outgoing.select)
    if (typeof queue === 'string') return outgoing.done({ error: new ClientError(queue, 'definite') })
    this.#try({ ...outgoing, queue }, info, 1, '')
  }

  // #region try-send
  /** One try; a failure that allows it is followed by the next, on another broker if there is one. */
  #try(outgoing: Outgoing, info: TopicPublishInfo, attempt: number, lastBrokerName: string): void {
    const { host, remoting } = this.#instance
    const queue = outgoing.queue ?? info.select(lastBrokerName)!
    const { brokerName, queueId } = queue
    if (host.trace.on) {
      const { topic, key, msgId } = outgoing
      host.trace.emit('message.sending', { topic, key, msgId, brokerName, queueId, attempt })
    }
    const leftMs = Math.max(1, outgoing.deadlineMs - host.clock.monotonicMs())
    remoting.invoke(this.#instance.masterAddress(brokerName), this.#request(outgoing, queue), leftMs, (answer) => {
      const sent = this.#sent(outgoing, queue, answer)
      const mayRetry =
        sent.error !== undefined &&
        (answer.error !== undefined || (outgoing.retryOnAnswer && RETRIABLE_RESPONSE_CODES.has(sent.error.code)))
      if (mayRetry && attempt <= outgoing.retries && host.clock.monotonicMs() < outgoing.deadlineMs) {
        this.#try(outgoing, this.#publish.get(outgoing.topic) ?? info, attempt + 1, brokerName)
      } else outgoing.done(sent)
    })
  }
  // #endregion try-send

  #request(outgoing: Outgoing, queue: MessageQueue) {
    const definition = outgoing.isBatch ? sendBatchMessage : sendMessageV2
    const extFields = definition.encode({
      producerGroup: this.#group,
      topic: outgoing.topic,
      defaultTopic: AUTO_CREATE_TOPIC_KEY_TOPIC,
      defaultTopicQueueNums: limits.DEFAULT_TOPIC_QUEUE_NUMS,
      queueId: queue.queueId,
      sysFlag: outgoing.sysFlag,
      bornTimestamp: this.#instance.host.clock.nowMs(),
      flag: outgoing.flag,
      properties: outgoing.propertiesText,
      reconsumeTimes: outgoing.reconsumeTimes,
      unitMode: false,
      maxReconsumeTimes: outgoing.maxReconsumeTimes,
      batch: outgoing.isBatch,
      brokerName: queue.brokerName,
    })
    return { code: definition.code, extFields, body: outgoing.body }
  }

  #sent(outgoing: Outgoing, queue: MessageQueue, answer: Answer): Sent {
    if (answer.error !== undefined) return { error: new ClientError(answer.error.message, answer.error.outcome) }
    const { code, remark, extFields } = answer.response
    const status = STATUS_OF.get(code)
    if (status === undefined)
      return {
        error: new ClientError(`${queue.brokerName} refused: ${remark ?? responseName(code)}`, 'definite', code),
      }
    try {
      const { msgId, queueId, queueOffset } = sendMessageAnswer.decode(extFields)
      return {
        result: { status, msgId: outgoing.msgId, offsetMsgId: msgId, queue: { ...queue, queueId }, queueOffset },
      }
    } catch (error) {
      if (!(error instanceof HeaderError)) throw error
      return { error: new ClientError(error.message, 'unknown') }
    }
  }

  #tellSent(outgoing: Outgoing | undefined, sent: Sent): void {
    const { trace } = this.#instance.host
    if (!trace.on || outgoing === undefined) return
    const { topic, key, msgId } = outgoing
    const { brokerName, queueId } = sent.result?.queue ?? { brokerName: '', queueId: -1 }
    const status = sent.error === undefined ? sent.result.status : `failed: ${sent.error.message}`
    trace.emit('message.sent', {
      topic,
      key,
      msgId,
      brokerName,
      queueId,
      queueOffset: sent.result?.queueOffset ?? -1,
      status,
    })
  }
}
