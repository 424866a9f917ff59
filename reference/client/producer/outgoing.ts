/**
 * A message that is sent: its form on the way to the broker, and the result of the send.
 *
 * | part of the message | what the producer does before the send                                                         |
 * | ---------------- | --------------------------------------------------------------------------------------- |
 * | unique id        | adds a unique id (`UNIQ_KEY`), unless the application has set one |
 * | body             | a body of 4 KiB or more is compressed (zlib, level 5), even when the result is longer. Not in a batch |
 * | batch            | several messages become one body: `common/batch.ts`                                     |
 * | transaction      | when the message has the property `TRAN_MSG`, sets the bit of a prepared message in `sysFlag` |
 * | retry topic      | for a message to a retry topic, moves the numbers of redeliveries from the properties into the header |
 *
 * RocketMQ: `DefaultMQProducerImpl.sendKernelImpl`, `SendResult`, `MQClientAPIImpl.processSendResponse`.
 */
import { zlibSync } from 'fflate'
import { encodeBatch } from '../../common/batch.ts'
import { AUTO_CREATE_TOPIC_KEY_TOPIC, keyOf, type Message, type MessageQueue, PROPERTY } from '../../common/message.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import { SYS_FLAG } from '../../common/sys-flag.ts'
import type { CallResult } from '../../remoting/channel.ts'
import type { RequestParts } from '../../remoting/remoting-command.ts'
import { HeaderError } from '../../remoting/request.ts'
import { sendReplyMessageV2 } from '../../remoting/requests/reply-message.ts'
import { sendBatchMessage, sendMessageAnswer, sendMessageV2 } from '../../remoting/requests/send-message.ts'
import { RETRIABLE_RESPONSE_CODES, ResponseCode, responseName } from '../../remoting/response-code.ts'
import { ClientError } from '../client-error.ts'
import { COMPRESS_BODY_BYTES, DEFAULT_TOPIC_QUEUE_NUMS } from '../limits.ts'
import { allProperties, takeRetryTimes } from './message-check.ts'
import type { QueueSelector } from './queue-selectors.ts'
import { isReply } from './request-reply.ts'

/**
 * The four statuses of a successful send. A status other than SEND_OK means that the message is stored less safely than the
 * settings of the broker require.
 */
export type SendStatus = 'SEND_OK' | 'FLUSH_DISK_TIMEOUT' | 'FLUSH_SLAVE_TIMEOUT' | 'SLAVE_NOT_AVAILABLE'

const STATUS_OF: ReadonlyMap<number, SendStatus> = new Map([
  [ResponseCode.SUCCESS, 'SEND_OK'],
  [ResponseCode.FLUSH_DISK_TIMEOUT, 'FLUSH_DISK_TIMEOUT'],
  [ResponseCode.FLUSH_SLAVE_TIMEOUT, 'FLUSH_SLAVE_TIMEOUT'],
  [ResponseCode.SLAVE_NOT_AVAILABLE, 'SLAVE_NOT_AVAILABLE'],
])

/** The place where a broker has stored the message, and a status that shows how safely the message is stored. */
export interface SendResult {
  readonly status: SendStatus
  /** The unique id of the message. For a batch, these are the unique ids of all its messages, separated by commas. */
  readonly msgId: string
  readonly offsetMsgId: string
  readonly queue: MessageQueue
  /** The offset of the message in its queue. For a batch, the value is the offset of the first message. */
  readonly queueOffset: number
  /** The transaction id that the broker's answer contains. */
  readonly transactionId: string | undefined
  /** The handle that `recallMessage` needs. Set only for a message with a delivery time. */
  readonly recallHandle: string | undefined
}

/** The options of one send. */
export interface SendOptions {
  /** The time limit of the whole send, counted over all tries. Default: 3 s. */
  readonly timeoutMs?: number
  /** The queue to which the message is sent. With this option, the producer makes only one try. */
  readonly queue?: MessageQueue
  /**
   * Chooses one of the topic's queues. The list of queues is sorted by broker and queue id. With this option, the producer
   * makes only one try. See `queue-selectors.ts`.
   */
  readonly select?: QueueSelector
}

/** The end of a send: either its result or its error. */
export type Sent =
  | { readonly result: SendResult; readonly error?: never }
  | { readonly error: ClientError; readonly result?: never }

/** The form in which one message is sent, or several messages as one batch. */
export interface TravelForm {
  readonly topic: string
  readonly msgId: string
  readonly key: string
  readonly body: Uint8Array
  readonly propertiesText: string
  /**
   * The number of redeliveries of a message that a consumer sends to its retry topic. The value is 0 for any other message.
   */
  readonly reconsumeTimes: number
  readonly maxReconsumeTimes: number | undefined
  readonly sysFlag: number
  readonly flag: number
  readonly isBatch: boolean
  /** True for a message that replies to the request of another client: `request-reply.ts`. */
  readonly isReply: boolean
}

/** A message with the limits of its send. */
export interface Outgoing extends TravelForm {
  /**
   * The max number of tries after the first try. `retryOnAnswer` is true when the send is also tried again after an error
   * answer.
   */
  readonly retries: number
  readonly retryOnAnswer: boolean
  readonly deadlineMs: number
  readonly queue: MessageQueue | undefined
  readonly select: QueueSelector | undefined
  /** True when an earlier try has ended with the outcome `unknown`: a broker may have stored the message. */
  readonly mayBeStored?: boolean
  readonly done: (sent: Sent) => void
}

/**
 * Returns true when the send may be tried again. A send may be tried again when the broker has not answered. With
 * `outgoing.retryOnAnswer`, a send may also be tried again after some error answers, and with `isStoreOkWanted` after a
 * status other than SEND_OK.
 */
export function mayRetry(outgoing: Outgoing, answer: CallResult, sent: Sent, isStoreOkWanted: boolean): boolean {
  if (answer.error !== undefined) return true
  if (!outgoing.retryOnAnswer) return false
  if (sent.error !== undefined) return RETRIABLE_RESPONSE_CODES.has(sent.error.code)
  return isStoreOkWanted && sent.result.status !== 'SEND_OK'
}

/**
 * Returns the end of a send after its last try. When the outcome of an earlier try is `unknown`, the error that is returned
 * also has the outcome `unknown`.
 */
export function endOfTries({ mayBeStored }: Outgoing, sent: Sent): Sent {
  if (sent.error === undefined || mayBeStored !== true || sent.error.outcome === 'unknown') return sent
  const { message, code } = sent.error
  return {
    error: new ClientError(`${message}; a broker of an earlier try may have stored the message`, 'unknown', code),
  }
}

/**
 * Returns the form in which checked messages of one topic are sent. `newUniqKey` is called for each message that has no
 * unique id, and returns a unique id.
 */
export function travelForm(messages: readonly Message[], newUniqKey: () => string): TravelForm {
  // every message needs a unique id, also inside a batch
  const withIds = messages.map((one) => {
    const properties = allProperties(one)
    if (!properties.has(PROPERTY.UNIQ_KEY)) properties.set(PROPERTY.UNIQ_KEY, newUniqKey())
    if (!properties.has(PROPERTY.WAIT_STORE_MSG_OK)) properties.set(PROPERTY.WAIT_STORE_MSG_OK, 'true')
    return { flag: one.flag ?? 0, body: one.body, properties }
  })
  // all messages have the same topic; the values of the first message are used for the batch
  const first = withIds[0]!
  const retry = takeRetryTimes(messages[0]!.topic, first.properties)
  const named = {
    topic: messages[0]!.topic,
    msgId: withIds.map((one) => one.properties.get(PROPERTY.UNIQ_KEY)!).join(','),
    key: keyOf(first.properties),
    flag: first.flag,
    ...retry,
  }
  // a batch has one body; only the property `WAIT` of the first message is sent for the whole batch
  if (withIds.length > 1) {
    const entries = withIds.map(({ flag, body, properties }) => ({
      flag,
      body,
      propertiesText: encodeProperties(properties),
    }))
    const wait = first.properties.get(PROPERTY.WAIT_STORE_MSG_OK)!
    const propertiesText = encodeProperties(new Map([[PROPERTY.WAIT_STORE_MSG_OK, wait]]))
    return { ...named, isBatch: true, isReply: false, body: encodeBatch(entries), propertiesText, sysFlag: 0 }
  }
  // a single message may be compressed, and may be a half message of a transaction
  const compress = first.body.length >= COMPRESS_BODY_BYTES
  return {
    ...named,
    isBatch: false,
    isReply: isReply(first.properties),
    body: compress ? zlibSync(first.body, { level: 5 }) : first.body,
    propertiesText: encodeProperties(first.properties),
    sysFlag:
      (compress ? SYS_FLAG.COMPRESSED | SYS_FLAG.COMPRESSION_ZLIB : 0) |
      (first.properties.get(PROPERTY.TRANSACTION_PREPARED) === 'true' ? SYS_FLAG.TRANSACTION_PREPARED : 0),
  }
}

/**
 * Reads a broker's answer to a send. When the answer cannot be read, the outcome of the error is `unknown`, because the
 * broker may have stored the message.
 */
export function sentAnswer(outgoing: TravelForm, queue: MessageQueue, answer: CallResult): Sent {
  if (answer.error !== undefined) return { error: new ClientError(answer.error.message, answer.error.outcome) }
  const { code, remark, extFields } = answer.response
  const status = STATUS_OF.get(code)
  if (status === undefined)
    return { error: new ClientError(`${queue.brokerName} refused: ${remark ?? responseName(code)}`, 'definite', code) }
  try {
    const { msgId, queueId, queueOffset, transactionId, recallHandle } = sendMessageAnswer.decode(extFields)
    const place = { offsetMsgId: msgId, queue: { ...queue, queueId }, queueOffset }
    return { result: { status, msgId: outgoing.msgId, ...place, transactionId, recallHandle } }
  } catch (error) {
    if (!(error instanceof HeaderError)) throw error
    return { error: new ClientError(error.message, 'unknown') }
  }
}

/** Returns the request that stores a message in `queue`. `bornTimestampMs` is the time of this try. */
export function sendRequest(
  outgoing: TravelForm,
  queue: MessageQueue,
  producerGroup: string,
  bornTimestampMs: number,
): RequestParts {
  const definition = outgoing.isBatch ? sendBatchMessage : outgoing.isReply ? sendReplyMessageV2 : sendMessageV2
  const extFields = definition.encode({
    producerGroup,
    topic: outgoing.topic,
    defaultTopic: AUTO_CREATE_TOPIC_KEY_TOPIC,
    defaultTopicQueueNums: DEFAULT_TOPIC_QUEUE_NUMS,
    queueId: queue.queueId,
    sysFlag: outgoing.sysFlag,
    bornTimestamp: bornTimestampMs,
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
