/**
 * An outgoing message: the form in which it travels, and the result of its send.
 *
 * | before it leaves | what                                                                                    |
 * | ---------------- | --------------------------------------------------------------------------------------- |
 * | unique id        | every message gets one (`UNIQ_KEY`), unless its sender has set one                        |
 * | compression      | a body of 4 KiB or more is deflated (zlib, level 5), even when that makes it longer; not in a batch |
 * | batch            | several messages become one body, `common/batch.ts`                                     |
 * | transaction      | the property `TRAN_MSG` also sets the bit of a prepared message                           |
 * | retry topic      | what the message says about its redeliveries moves into the header                        |
 *
 * RocketMQ: `DefaultMQProducerImpl.sendKernelImpl`, `SendResult`, `MQClientAPIImpl.processSendResponse`.
 */
import { zlibSync } from 'fflate'
import { encodeBatch } from '../../common/batch.ts'
import { keyOf, type Message, type MessageQueue, PROPERTY } from '../../common/message.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import { SYS_FLAG } from '../../common/sys-flag.ts'
import type { CallResult } from '../../remoting/channel.ts'
import { HeaderError } from '../../remoting/request.ts'
import { sendMessageAnswer } from '../../remoting/requests/send-message.ts'
import { ResponseCode, responseName } from '../../remoting/response-code.ts'
import { ClientError } from '../client-error.ts'
import { COMPRESS_BODY_BYTES } from '../limits.ts'
import { allProperties, takeRetryTimes } from './message-check.ts'
import type { QueueSelector } from './queue-selectors.ts'
import { isReply } from './request-reply.ts'

/** Four ways to succeed; the last three promise less than the first. */
export type SendStatus = 'SEND_OK' | 'FLUSH_DISK_TIMEOUT' | 'FLUSH_SLAVE_TIMEOUT' | 'SLAVE_NOT_AVAILABLE'

const STATUS_OF: ReadonlyMap<number, SendStatus> = new Map([
  [ResponseCode.SUCCESS, 'SEND_OK'],
  [ResponseCode.FLUSH_DISK_TIMEOUT, 'FLUSH_DISK_TIMEOUT'],
  [ResponseCode.FLUSH_SLAVE_TIMEOUT, 'FLUSH_SLAVE_TIMEOUT'],
  [ResponseCode.SLAVE_NOT_AVAILABLE, 'SLAVE_NOT_AVAILABLE'],
])

/** Where a broker stored the message, and how safely. */
export interface SendResult {
  readonly status: SendStatus
  /** The unique id; for a batch, the ids of all messages joined by commas. */
  readonly msgId: string
  readonly offsetMsgId: string
  readonly queue: MessageQueue
  /** For a batch, the offset of its first message. */
  readonly queueOffset: number
  /** The transaction id; '' unless the message is transactional. */
  readonly transactionId: string | undefined
  /** For a message with a delivery time: the handle that `recallMessage` needs. */
  readonly recallHandle: string | undefined
}

/** How one send behaves. */
export interface SendOptions {
  /** The time limit of the whole send, retries included. Default: 3 s. */
  readonly timeoutMs?: number
  /** Send to this queue, with one try. */
  readonly queue?: MessageQueue
  /** Chooses one of the topic's queues, which come in a fixed order; the message is sent with one try. See `queue-selectors.ts`. */
  readonly select?: QueueSelector
}

/** How a send ended. */
export type Sent =
  | { readonly result: SendResult; readonly error?: never }
  | { readonly error: ClientError; readonly result?: never }

/** One message, or several as one batch, as it travels. */
export interface TravelForm {
  readonly topic: string
  readonly msgId: string
  readonly key: string
  readonly body: Uint8Array
  readonly propertiesText: string
  /** For a message that a consumer sends to its retry topic. */
  readonly reconsumeTimes: number
  readonly maxReconsumeTimes: number | undefined
  readonly sysFlag: number
  readonly flag: number
  readonly isBatch: boolean
  /** True for the reply to another client's request: `request-reply.ts`. */
  readonly isReply: boolean
}

/** An outgoing message, with where it may be sent, how often, and for how long. */
export interface Outgoing extends TravelForm {
  /** The max of further tries. `retryOnAnswer` says whether an error answer of the broker is retried. */
  readonly retries: number
  readonly retryOnAnswer: boolean
  readonly deadlineMs: number
  readonly queue: MessageQueue | undefined
  readonly select: QueueSelector | undefined
  readonly done: (sent: Sent) => void
}

/** Returns the form in which checked messages of one topic travel; `newUniqKey` makes the missing unique ids. */
export function travelForm(messages: readonly Message[], newUniqKey: () => string): TravelForm {
  // every message has an id of its own, also inside a batch
  const withIds = messages.map((one) => {
    const properties = allProperties(one)
    if (!properties.has(PROPERTY.UNIQ_KEY)) properties.set(PROPERTY.UNIQ_KEY, newUniqKey())
    if (!properties.has(PROPERTY.WAIT_STORE_MSG_OK)) properties.set(PROPERTY.WAIT_STORE_MSG_OK, 'true')
    return { flag: one.flag ?? 0, body: one.body, properties }
  })
  // the first message names the whole: all are of one topic
  const first = withIds[0]!
  const retry = takeRetryTimes(messages[0]!.topic, first.properties)
  const named = {
    topic: messages[0]!.topic,
    msgId: withIds.map((one) => one.properties.get(PROPERTY.UNIQ_KEY)!).join(','),
    key: keyOf(first.properties),
    flag: first.flag,
    ...retry,
  }
  // a batch is one body; of the properties only `WAIT` counts for all
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
  // a single message: its body may be compressed, and may be half of a transaction
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

/** Reads a broker's answer to a send. After an answer that cannot be read, the message may be stored or not. */
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
