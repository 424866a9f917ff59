/**
 * Stores the messages that a broker delivers. A slave that acts as the master cannot store a message in its own log, because
 * this log is a copy. So the message escapes: it is sent to another broker that has its topic.
 *
 * | this broker                                   | the message                                                       |
 * | --------------------------------------------- | ----------------------------------------------------------------- |
 * | is a master                                   | is stored in its own log                                          |
 * | is a slave with enableRemoteEscape            | is sent to another broker, with the request of a producer        |
 * | is a slave without enableRemoteEscape         | is refused, so its delivery is tried again later                  |
 *
 * The callers repeat a send whose answer is lost, so a message may arrive twice. Messages of one queue go to one queue of
 * the other broker, so they stay in order. In RocketMQ, the queues take turns.
 *
 * RocketMQ: `EscapeBridge.putMessage`, `asyncPutMessage`, `putMessageToSpecificQueue`. Left out: two brokers in one process.
 */
import { AUTO_CREATE_TOPIC_KEY_TOPIC, type MessageQueue, PROPERTY } from '../../common/message.ts'
import { decodeProperties, encodeProperties } from '../../common/message-properties.ts'
import { PERM } from '../../common/sys-flag.ts'
import type { Host } from '../../host/host.ts'
import type { TopicRouteData } from '../../remoting/bodies/route.ts'
import { RemotingClient } from '../../remoting/remoting-client.ts'
import { sendMessageV2 } from '../../remoting/requests/send-message.ts'
import { ResponseCode, responseName } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { type NewMessage, type PutMessageResult, PutMessageStatus, refusal } from '../../store/put-message.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { ESCAPE_TIMEOUT_MS } from '../limits.ts'
import type { TopicRoutes } from '../pop/topic-routes.ts'
import { sentAgain } from '../timer/timer-message.ts'

/** Stores one message, and calls `done` once. */
export type PutMessage = (message: NewMessage, done: (result: PutMessageResult) => void) => void

/** The parts of the broker that the bridge uses. */
export interface EscapeParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly routes: TopicRoutes
}

/** The answers of another broker after which the message is in the log of that broker. */
const IS_STORED: ReadonlySet<number> = new Set([
  ResponseCode.SUCCESS,
  ResponseCode.FLUSH_DISK_TIMEOUT,
  ResponseCode.FLUSH_SLAVE_TIMEOUT,
  ResponseCode.SLAVE_NOT_AVAILABLE,
])

/** The bridge of one broker. */
export class EscapeBridge {
  readonly #parts: EscapeParts
  readonly #client: RemotingClient

  constructor(parts: EscapeParts) {
    this.#parts = parts
    const { innerClientAuthenticationCredentials } = parts.config
    this.#client = new RemotingClient(parts.host, undefined, () => {}, innerClientAuthenticationCredentials)
  }

  // #region escape
  /** Stores a message here or on another broker. */
  putMessage(message: NewMessage, done: (result: PutMessageResult) => void): void {
    const { config, store, routes } = this.#parts
    if (config.brokerRole !== 'SLAVE') return store.putMessage(message, done)
    const failed = (why: string) => done(refusal(PutMessageStatus.SERVICE_NOT_AVAILABLE, why))
    if (!config.enableRemoteEscape) return failed('this slave acts as the master, and enableRemoteEscape is false')
    const sent = asSent(message)
    routes.routeOf(sent.topic, (route) => {
      const place = route && otherQueue(route, config.brokerName, sent)
      if (place === undefined) return failed(`no other broker has the topic ${sent.topic}`)
      this.#send(sent, place.queue, place.address, done)
    })
  }
  // #endregion escape

  /** Stores messages. A master stores the messages next to each other in the log. `done` receives one result per message. */
  putMessages(messages: readonly NewMessage[], done: (results: readonly PutMessageResult[]) => void): void {
    const { config, store } = this.#parts
    if (config.brokerRole !== 'SLAVE') return store.putMessages(messages, done)
    const results: PutMessageResult[] = []
    let left = messages.length
    for (const [i, message] of messages.entries())
      this.putMessage(message, (result) => {
        results[i] = result
        if (--left === 0) done(results)
      })
  }

  #send(
    message: NewMessage,
    { brokerName, queueId }: MessageQueue,
    address: string,
    done: (result: PutMessageResult) => void,
  ): void {
    const { config, host, routes } = this.#parts
    const { topic, propertiesText, sysFlag, bornTimestamp, flag, reconsumeTimes } = message
    const ownGroup = `InnerProducerGroup_${config.brokerName}_${config.brokerId}`
    const extFields = sendMessageV2.encode({
      producerGroup: decodeProperties(propertiesText).get(PROPERTY.PRODUCER_GROUP) ?? ownGroup,
      topic,
      defaultTopic: AUTO_CREATE_TOPIC_KEY_TOPIC,
      defaultTopicQueueNums: config.defaultTopicQueueNums,
      queueId,
      sysFlag,
      bornTimestamp,
      flag,
      properties: propertiesText,
      reconsumeTimes,
      unitMode: false,
      batch: false,
      brokerName,
    })
    const request = { code: sendMessageV2.code, extFields, body: message.body }
    this.#client.invoke(address, request, ESCAPE_TIMEOUT_MS, ({ error, response }) => {
      if (error === undefined && IS_STORED.has(response.code)) {
        host.trace.emit?.('message.escaped', { topic, key: message.key, brokerName, queueId })
        return done({ ...refusal(PutMessageStatus.PUT_OK, ''), sizeBytes: message.body.length })
      }
      routes.forget(topic)
      const why = error === undefined ? (response.remark ?? responseName(response.code)) : error.message
      done(refusal(PutMessageStatus.SERVICE_NOT_AVAILABLE, `${address} does not store the message: ${why}`))
    })
  }

  close(): void {
    this.#client.close()
  }
}

/**
 * Returns the message as a producer would send it. Removes the delay level, because the message has waited already, and the
 * other broker would let it wait again.
 */
function asSent(message: NewMessage): NewMessage {
  const sent = sentAgain(message)
  const properties = decodeProperties(sent.propertiesText)
  return properties.delete(PROPERTY.DELAY_TIME_LEVEL) ? { ...sent, propertiesText: encodeProperties(properties) } : sent
}

/** Returns a write queue of another master for a message. Returns undefined when there is none. */
function otherQueue(
  { queueDatas, brokerDatas }: TopicRouteData,
  ownName: string,
  { topic, queueId }: NewMessage,
): { readonly queue: MessageQueue; readonly address: string } | undefined {
  const places = queueDatas.flatMap(({ brokerName, perm, writeQueueNums }) => {
    const address = brokerDatas.find((data) => data.brokerName === brokerName)?.brokerAddrs.get('0')
    if (brokerName === ownName || address === undefined || (perm & PERM.WRITE) === 0) return []
    return Array.from({ length: writeQueueNums }, (_, id) => ({ queue: { topic, brokerName, queueId: id }, address }))
  })
  return places[queueId % places.length]
}
