/**
 * Sends a message back to its broker when the consumer could not consume the message. The broker later redelivers the
 * message to the group, or stores it as a dead letter.
 *
 * | way                              | when                                     | what is stored                           |
 * | -------------------------------- | ---------------------------------------- | ---------------------------------------- |
 * | the request CONSUMER_SEND_MSG_BACK | first, when the broker of the message is known | a copy, by the broker that has the message |
 * | a send to the topic `%RETRY%group` | the broker of the message is not known, or the request has failed | a copy, by any broker that can be reached |
 * | a send to the topic `%RETRY%group` | an orderly consumer has redelivered the message `maxReconsumeTimes` times | a dead letter |
 *
 * The answer to CONSUMER_SEND_MSG_BACK may be lost although the broker has stored a copy. Then the consumer also sends the
 * message to the retry topic, and the group may receive the message twice.
 *
 * RocketMQ: `DefaultMQPushConsumerImpl.sendMessageBack`, `ConsumeMessageOrderlyService.sendMessageBack`.
 */
import { type MessageExt, type MessageQueue, PROPERTY, RETRY_TOPIC_PREFIX } from '../../../common/message.ts'
import { offsetMessageId } from '../../../common/message-id.ts'
import { consumerSendMsgBack } from '../../../remoting/requests/send-back.ts'
import { ResponseCode, responseName } from '../../../remoting/response-code.ts'
import type { ClientInstance } from '../../client-instance.ts'
import * as limits from '../../limits.ts'
import { Producer } from '../../producer/producer.ts'

/** Called once. `error` is '' when a broker has stored the message again, and otherwise the reason of the failure. */
type Done = (error: string) => void

/** Sends back the messages that one consumer could not consume. */
export class SendBack {
  readonly #instance: ClientInstance
  readonly #group: string
  readonly #maxReconsumeTimes: number
  /**
   * The producer that sends to the retry topic. This producer is created when the first message is sent to the retry topic.
   */
  #producer: Producer | undefined

  constructor(instance: ClientInstance, group: string, maxReconsumeTimes: number) {
    this.#instance = instance
    this.#group = group
    this.#maxReconsumeTimes = maxReconsumeTimes
  }

  // #region send-back
  /**
   * Sends back a message of `queue`. When `delayLevel` is 0, the broker chooses the delay. When `delayLevel` is -1, the
   * message becomes a dead letter.
   */
  send(message: MessageExt, queue: MessageQueue, delayLevel: number, done: Done): void {
    const extFields = consumerSendMsgBack.encode({
      offset: message.physicalOffset,
      group: this.#group,
      delayLevel,
      originMsgId: idOf(message),
      originTopic: message.topic,
      unitMode: false,
      maxReconsumeTimes: this.#maxReconsumeTimes,
      bname: queue.brokerName,
    })
    const address = this.#instance.masterAddress(queue.brokerName)
    const fallBack = () => this.sendAsMessage(message, message.reconsumeTimes + 1, done)
    if (address === '') return fallBack()
    const request = { code: consumerSendMsgBack.code, extFields }
    this.#instance.remoting.invoke(address, request, limits.CONSUMER_SEND_BACK_TIMEOUT_MS, (answer) => {
      if (answer.response?.code === ResponseCode.SUCCESS) return this.#givenBack(done)
      const problem = answer.error?.message ?? answer.response?.remark ?? responseName(answer.response?.code ?? -1)
      this.#instance.host.trace.log('warn', `${queue.brokerName} does not take a message back: ${problem}`)
      fallBack()
    })
  }
  // #endregion send-back

  // #region send-as-message
  /** Sends a copy of the message to the retry topic of the group, as a producer does. */
  sendAsMessage(message: MessageExt, reconsumeTimes: number, done: Done): void {
    const properties = new Map(message.properties)
    if (!properties.has(PROPERTY.ORIGIN_MESSAGE_ID)) properties.set(PROPERTY.ORIGIN_MESSAGE_ID, idOf(message))
    properties.set(PROPERTY.RETRY_TOPIC, message.topic)
    properties.set(PROPERTY.RECONSUME_TIME, String(reconsumeTimes))
    properties.set(PROPERTY.MAX_RECONSUME_TIMES, String(this.#maxReconsumeTimes))
    properties.set(PROPERTY.DELAY_TIME_LEVEL, String(limits.FIRST_RETRY_DELAY_LEVEL + message.reconsumeTimes))
    properties.delete(PROPERTY.TRANSACTION_PREPARED)
    if (this.#producer === undefined) {
      this.#producer = new Producer(this.#instance, limits.CLIENT_INNER_PRODUCER)
      this.#producer.start()
    }
    const { body, flag } = message
    this.#producer.send({ topic: this.#retryTopic, body, flag, properties }).then(
      () => this.#givenBack(done),
      (error: Error) => done(error.message),
    )
  }
  // #endregion send-as-message

  /**
   * Reports a success. Also requests the route of the retry topic when this route is unknown, because the topic may be new.
   * The consumer can pull the topic as soon as the route is known.
   */
  #givenBack(done: Done): void {
    if (this.#instance.route(this.#retryTopic) === undefined) this.#instance.askRoute(this.#retryTopic, () => {})
    done('')
  }

  get #retryTopic(): string {
    return RETRY_TOPIC_PREFIX + this.#group
  }

  stop(): void {
    this.#producer?.shutdown()
  }
}

function idOf({ properties, storeIp, storePort, physicalOffset }: MessageExt): string {
  return properties.get(PROPERTY.UNIQ_KEY) ?? offsetMessageId(storeIp, storePort, physicalOffset)
}
