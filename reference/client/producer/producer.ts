/**
 * Sends messages. The producer finds the route of the topic, chooses a queue, and sends the message to the broker of this
 * queue. After a failure that allows another try, the producer sends the message again, if possible to another broker.
 *
 * | method | result                           | number of tries                                              |
 * | ------ | -------------------------------- | ------------------------------------------------------------ |
 * | send | a promise of the result | up to 3 by default, if possible on different brokers |
 * | sendAsync | a call of `done` with the result | up to 3 by default while no broker answers. After an answer with an error, there is no further try |
 * | sendOneway | no result                     | 1                                                             |
 * | request | a promise of the reply of the consumer | as for `send`; see `request-reply.ts`                   |
 *
 * The `outcome` of an error says whether a broker may have stored the message although the send has failed. When a broker
 * may have stored the message and the application sends it again, the message may be stored twice. Delivery at least once
 * allows such copies.
 *
 * A send with a selector, or to a given queue, has only one try. A try in another queue could break the order of the
 * messages.
 *
 * RocketMQ: `DefaultMQProducer`, `DefaultMQProducerImpl`. Not in GlassMQ: auto batching.
 */

import { parseIp } from '../../common/address.ts'
import { MESSAGE_BODY_BYTES } from '../../common/limits.ts'
import { AUTO_CREATE_TOPIC_KEY_TOPIC, type Message, type MessageExt, type MessageQueue } from '../../common/message.ts'
import { UniqueIds } from '../../common/message-id.ts'
import { groupNameFault } from '../../common/topic-validator.ts'
import { unregisterClient } from '../../remoting/requests/client-manage.ts'
import { getMaxOffset } from '../../remoting/requests/queue-offset.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { ClientError } from '../client-error.ts'
import { type ClientInstance, type ClientPart, writeQueues } from '../client-instance.ts'
import * as limits from '../limits.ts'
import { FaultStrategy, type Probe } from './fault-strategy.ts'
import { LostMaster } from './lost-master.ts'
import { faultOf } from './message-check.ts'
import {
  endOfTries,
  mayRetry,
  type Outgoing,
  type SendOptions,
  type SendResult,
  type Sent,
  sendRequest,
  sentAnswer,
  travelForm,
} from './outgoing.ts'
import { type ProducerOptions, timeoutOfTry } from './producer-options.ts'
import { chosenQueue } from './queue-selectors.ts'
import { recall } from './recall.ts'
import { WaitingRequests } from './request-reply.ts'
import { TopicPublishInfo } from './topic-publish-info.ts'

export type { SendOptions, SendResult, SendStatus } from './outgoing.ts'

/** Sends messages of one producer group. */
export class Producer implements ClientPart {
  readonly #instance: ClientInstance
  readonly #group: string
  readonly #options: ProducerOptions
  readonly #faults: FaultStrategy | undefined
  readonly #requests: WaitingRequests
  readonly #lostMaster: LostMaster
  readonly #publish = new Map<string, TopicPublishInfo>()
  readonly #uniqueIds: UniqueIds
  #inFlight = 0
  #open = false

  constructor(instance: ClientInstance, group: string, options: ProducerOptions = {}) {
    const fault = groupNameFault(group)
    if (fault !== '') throw new ClientError(fault, 'definite')
    this.#instance = instance
    this.#group = group
    this.#options = options
    const { host } = instance
    this.#requests = new WaitingRequests(host)
    this.#lostMaster = new LostMaster(instance, options.askRouteWhenMasterIsLost ?? true)
    if (options.sendLatencyFaultEnable === true) {
      const probe: Probe = (brokerName, answered) => this.#probe(brokerName, answered)
      this.#faults = new FaultStrategy(host, options.startDetectorEnable === true ? probe : undefined)
    }
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

  /**
   * Unregisters this producer. Requests without a reply fail at once. When no other producer or consumer uses the client
   * instance, the connections close, and all sends that wait for an answer fail.
   */
  shutdown(): void {
    if (!this.#open) return
    this.#open = false
    this.#requests.close()
    this.#faults?.stop()
    for (const { brokerName } of new Map(
      [...this.#publish.values()].flatMap((info) => info.queues.map((queue) => [queue.brokerName, queue])),
    ).values()) {
      const address = this.#instance.masterAddress(brokerName)
      const extFields = unregisterClient.encode({ clientID: this.#instance.clientId, producerGroup: this.#group })
      if (address !== '') this.#instance.remoting.invokeOneway(address, { code: unregisterClient.code, extFields })
    }
    this.#instance.remove(this)
  }

  get #retries(): number {
    return this.#options.retryTimesWhenSendFailed ?? limits.RETRY_TIMES_WHEN_SEND_FAILED
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

  replyArrived(correlationId: string, reply: MessageExt): boolean {
    return this.#requests.arrived(correlationId, reply)
  }

  /** Sends one message, or several messages of one topic as a batch. Rejects with a `ClientError` when the send failed. */
  send(message: Message | readonly Message[], options: SendOptions = {}): Promise<SendResult> {
    return new Promise((resolve, reject) => {
      this.#start(message, options, this.#retries, true, (sent) =>
        sent.error === undefined ? resolve(sent.result) : reject(sent.error),
      )
    })
  }

  /** Sends one message. Calls `done` once, with the error or with the result. */
  sendAsync(
    message: Message,
    done: (error: ClientError | undefined, result: SendResult | undefined) => void,
    options: SendOptions = {},
  ): void {
    const retries = this.#options.retryTimesWhenSendAsyncFailed ?? limits.RETRY_TIMES_WHEN_SEND_ASYNC_FAILED
    this.#start(message, options, retries, false, (sent) => done(sent.error, sent.result))
  }

  // #region request
  /**
   * Sends a message and waits for the reply of its consumer. Rejects with a `ClientError` when the send ends with an error,
   * or when no reply has arrived in time. Also rejects when the producer shuts down, or when too many requests wait.
   */
  request(message: Message, timeoutMs = limits.SEND_MSG_TIMEOUT_MS): Promise<MessageExt> {
    return new Promise((resolve, reject) => {
      const asked = this.#requests.add(message, this.#instance.clientId, timeoutMs, (error, reply) =>
        reply === undefined ? reject(error) : resolve(reply),
      )
      if (asked === undefined) return
      this.#withHeartbeat(asked.topic, () =>
        this.#start(asked, { timeoutMs }, this.#retries, true, (sent) => {
          if (sent.error !== undefined) this.#requests.failed(asked, sent.error)
        }),
      )
    })
  }

  /**
   * Sends a heartbeat before a request for a topic that this producer has not used. A broker can send a reply only to a
   * client that it knows.
   */
  #withHeartbeat(topic: string, use: () => void): void {
    if (this.#publish.has(topic)) return use()
    this.#instance.askRoute(topic, () => this.#instance.heartbeat(use))
  }
  // #endregion request

  /**
   * Takes back a message that waits for its delivery time. `recallHandle` comes from the `SendResult` of the message.
   * Resolves with the unique id of the message. Rejects with a `ClientError` when the message was not taken back.
   */
  recallMessage(topic: string, recallHandle: string): Promise<string> {
    return recall(this.#instance, this.#group, topic, recallHandle)
  }

  /**
   * Sends a message without waiting for an answer. Rejects with a `ClientError` when the message cannot leave this process,
   * for example because of an invalid topic, a missing route or a missing connection.
   */
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
          sendRequest(outgoing, queue, this.#group, this.#instance.host.clock.nowMs()),
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
    let outgoing: Outgoing | undefined // stays undefined when the message may not be sent
    outgoing = this.#prepare(message, options, retries, retryOnAnswer, (sent) => {
      this.#inFlight--
      this.#tellSent(outgoing, sent)
      done(sent)
    })
    if (outgoing !== undefined) this.#withRoute(outgoing, (info) => this.#begin(outgoing, info))
  }

  /**
   * Returns the message in the form in which it is sent. When the message may not be sent, reports the failure through
   * `done` and returns undefined.
   */
  #prepare(
    message: Message | readonly Message[],
    options: SendOptions,
    retries: number,
    retryOnAnswer: boolean,
    done: (sent: Sent) => void,
  ): Outgoing | undefined {
    const messages = Array.isArray(message) ? (message as readonly Message[]) : [message as Message]
    const fault = this.#open
      ? faultOf(messages, this.#options.maxMessageSize ?? MESSAGE_BODY_BYTES)
      : 'the producer is not started'
    if (fault !== '') {
      done({ error: new ClientError(fault, 'definite') })
      return undefined
    }
    const { clock } = this.#instance.host
    return {
      ...travelForm(messages, () => this.#uniqueIds.next(clock.nowMs())),
      retries: options.queue === undefined && options.select === undefined ? retries : 0,
      retryOnAnswer,
      deadlineMs:
        clock.monotonicMs() + (options.timeoutMs ?? this.#options.sendMsgTimeoutMs ?? limits.SEND_MSG_TIMEOUT_MS),
      queue: options.queue,
      select: options.select,
      done,
    }
  }

  // #region find-route
  /**
   * Calls `use` with the queues of the topic. For an unknown topic, the route of the topic TBW102 is used, because the
   * brokers with TBW102 create topics on demand. Without a route or a queue, the send ends with an error.
   */
  #withRoute(outgoing: Outgoing, use: (info: TopicPublishInfo) => void): void {
    const known = this.#publish.get(outgoing.topic)
    if (known !== undefined && known.queues.length > 0) return use(known)
    this.#instance.askRoute(outgoing.topic, (answer) => {
      if (answer.route !== undefined) return this.#useRoute(outgoing, use, this.#setPublishInfo(outgoing.topic))
      if (answer.problem.code !== ResponseCode.TOPIC_NOT_EXIST) return outgoing.done({ error: answer.problem })
      // the topic is new: any broker that creates topics on demand may store the message
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
        // the new topic will have at most as many queues as this producer requests
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

  /** Starts the tries. The send fails when the selector throws or returns a queue that the topic does not have. */
  #begin(outgoing: Outgoing, info: TopicPublishInfo): void {
    if (outgoing.select === undefined) return this.#try(outgoing, info, 1, '')
    const queue = chosenQueue(info.queues, outgoing.select)
    if (typeof queue === 'string') return outgoing.done({ error: new ClientError(queue, 'definite') })
    this.#try({ ...outgoing, queue }, info, 1, '')
  }

  // #region try-send
  /** Sends the message once. When the failure allows a retry, the next try uses another broker if possible. */
  #try(outgoing: Outgoing, info: TopicPublishInfo, attempt: number, lastBrokerName: string): void {
    const { host, remoting } = this.#instance
    const queue = outgoing.queue ?? info.select(lastBrokerName, this.#faults)!
    const { brokerName, queueId } = queue
    const { topic, key, msgId } = outgoing
    host.trace.emit?.('message.sending', { topic, key, msgId, brokerName, queueId, attempt })
    // all tries of a send share one time limit: each try may use the time that is left
    const startMs = host.clock.monotonicMs()
    const leftMs = timeoutOfTry(this.#options, outgoing.deadlineMs - startMs, attempt > outgoing.retries)
    const request = sendRequest(outgoing, queue, this.#group, host.clock.nowMs())
    remoting.invoke(this.#instance.masterAddress(brokerName), request, leftMs, (answer) => {
      const sent = sentAnswer(outgoing, queue, answer)
      if (sent.error === undefined) this.#faults?.answered(brokerName, host.clock.monotonicMs() - startMs)
      else this.#faults?.failed(brokerName)
      if (
        mayRetry(outgoing, answer, sent, this.#options.retryAnotherBrokerWhenNotStoreOK === true) &&
        attempt <= outgoing.retries &&
        host.clock.monotonicMs() < outgoing.deadlineMs
      ) {
        const mayBeStored = outgoing.mayBeStored === true || sent.error?.outcome === 'unknown'
        this.#lostMaster.tryEnded(topic, info, sent, () =>
          this.#try({ ...outgoing, mayBeStored }, info.orNewer(this.#publish.get(topic)), attempt + 1, brokerName),
        )
      } else {
        this.#lostMaster.tryEnded(topic, info, sent)
        outgoing.done(endOfTries(outgoing, sent))
      }
    })
  }
  // #endregion try-send

  /** Sends a small request to a broker. Any answer shows that the broker can be reached. */
  #probe(brokerName: string, answered: (isThere: boolean) => void): void {
    const [topic = AUTO_CREATE_TOPIC_KEY_TOPIC] = this.#publish.keys()
    const extFields = getMaxOffset.encode({ topic, queueId: 0, bname: brokerName })
    this.#instance.remoting.invoke(
      this.#instance.masterAddress(brokerName),
      { code: getMaxOffset.code, extFields },
      limits.DETECT_TIMEOUT_MS,
      (answer) => answered(answer.response !== undefined),
    )
  }

  #tellSent(outgoing: Outgoing | undefined, sent: Sent): void {
    const { trace } = this.#instance.host
    if (outgoing === undefined) return
    const { topic, key, msgId } = outgoing
    const { brokerName, queueId } = sent.result?.queue ?? { brokerName: '', queueId: -1 }
    const status = sent.error === undefined ? sent.result.status : `failed: ${sent.error.message}`
    const queueOffset = sent.result?.queueOffset ?? -1
    trace.emit?.('message.sent', { topic, key, msgId, brokerName, queueId, queueOffset, status })
  }
}
