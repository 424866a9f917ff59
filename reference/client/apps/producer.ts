/**
 * Runs a producer as a node. Sends the messages that the application requests.
 *
 * | application calls | with                                                | answer                                                  |
 * | ----------------- | --------------------------------------------------- | ------------------------------------------------------- |
 * | send              | {topic, key, body, bodyBase64?, tag?, delayLevel?, shardingKey?, delayTimeMs?, deliverTimeMs?} | {status, outcome, msgId, brokerName, queueId, queueOffset, recallHandle?, error} |
 * | sendAsync         | as for send                                         | as for send; only the rule for further tries differs     |
 * | sendOneway        | as for send                                         | {status, outcome, error}; the status `ONEWAY` says only that the message has left |
 * | sendBatch         | {messages}: a list with one object as for send for each message, all of one topic | as for send; the queue offset is that of the first message |
 * | recall            | {topic, recallHandle}                               | {status, msgId, error}                                  |
 * | request           | {topic, key, body, timeoutMs?}                      | {status, body, error}; `body` is the reply of the consumer |
 * | query             | {topic, key, maxNum?}                               | {found, error}; `found` lists bodies, the earliest first |
 *
 * The arguments are `namesrvAddr=…`, `group=…`, and options such as `sendMsgTimeout=3000`, which
 * `../producer/producer-options.ts` lists. The answer to a failed send has the status FAILED and the reason. The field
 * `outcome` of each answer to a send is explained in `send-outcome.ts`.
 */
import { decodeBase64 } from '../../common/base64.ts'
import { parseJson } from '../../common/lax-json.ts'
import { type Message, PROPERTY } from '../../common/message.ts'
import { list, optional, record, text, whole } from '../../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'
import type { Host } from '../../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../host/program.ts'
import { ClientError } from '../client-error.ts'
import type { ClientInstance } from '../client-instance.ts'
import { SEND_MSG_TIMEOUT_MS } from '../limits.ts'
import { Producer, type SendResult } from '../producer/producer.ts'
import { producerOptions } from '../producer/producer-options.ts'
import { selectByHash } from '../producer/queue-selectors.ts'
import { queryMessage } from '../query-message.ts'
import { clientProgram } from './client-program.ts'
import { clientInstance } from './namesrv-addresses.ts'
import { outcomeOfError } from './send-outcome.ts'

interface SendCall {
  readonly topic: string
  readonly key: string
  readonly body: string
  /** The bytes that are sent instead of `body`, in base64. This field is used for a body that is not a text. */
  readonly bodyBase64: string | undefined
  readonly tag: string | undefined
  /** The delay level, from 1 to 18. The value 0 means no delay. */
  readonly delayLevel: number
  /** Messages with the same sharding key go to the same queue. */
  readonly shardingKey: string | undefined
  /** The time for which the message waits before its delivery, in ms. With the value 0, the message does not wait. */
  readonly delayTimeMs: number
  readonly deliverTimeMs: number
}

const sendShape = record<SendCall>({
  topic: text(),
  key: text(),
  body: text(),
  bodyBase64: optional(text()),
  tag: optional(text()),
  delayLevel: whole(),
  shardingKey: optional(text()),
  delayTimeMs: whole(),
  deliverTimeMs: whole(),
})

const batchShape = record<{ messages: readonly SendCall[] }>({ messages: list(sendShape) })

const recallShape = record<{ topic: string; recallHandle: string }>({ topic: text(), recallHandle: text() })

/** The arguments of a `query` call. As in RocketMQ's tools, `maxNum` is 64 by default. */
const queryShape = record({ topic: text(), key: text(), maxNum: whole(64) })

const requestShape = record({ topic: text(), key: text(), body: text(), timeoutMs: whole(SEND_MSG_TIMEOUT_MS) })

/** Starts the producer. The text at the start of this file lists its arguments. */
export function main(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  return clientProgram(host, args, signals, (settings) => {
    const instance = clientInstance(host, settings)
    const producer = new Producer(instance, settings.text('group', `${host.name}-group`), producerOptions(settings))
    producer.start()
    host.application.serve((name, json, answer) => {
      const call = CALLS.get(name)
      if (call === undefined) return answer('', `a producer answers ${[...CALLS.keys()].join(' and ')}, not "${name}"`)
      call(producer, json, instance).then((result) => answer(JSON.stringify(result)))
    })
    host.clock.after(0, () => signals.ready())
    return () => producer.shutdown()
  })
}

type Call = (producer: Producer, json: string, instance: ClientInstance) => Promise<object>

const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['send', send],
  ['sendAsync', sendAsync],
  ['sendOneway', sendOneway],
  ['sendBatch', sendBatch],
  ['request', request],
  ['recall', recall],
  ['query', query],
])

// #region send
async function send(producer: Producer, json: string) {
  const call = sendShape(parseJson(json), 'send')
  const { shardingKey } = call
  const options = shardingKey === undefined ? {} : { select: selectByHash(shardingKey) }
  return answered(producer.send(messageOf(call), options))
}

function messageOf({ topic, key, tag, delayLevel, delayTimeMs, deliverTimeMs, ...call }: SendCall): Message {
  const body = call.bodyBase64 === undefined ? encodeUtf8(call.body) : decodeBase64(call.bodyBase64)
  const properties = new Map<string, string>()
  if (key !== '') properties.set(PROPERTY.KEYS, key)
  if (tag !== undefined && tag !== '') properties.set(PROPERTY.TAGS, tag)
  if (delayLevel > 0) properties.set(PROPERTY.DELAY_TIME_LEVEL, String(delayLevel))
  const time = delayTimeMs !== 0 ? { delayTimeMs } : deliverTimeMs !== 0 ? { deliverTimeMs } : {}
  return { topic, body, properties, ...time }
}

/** Resolves with the answer to a send. A failed send has the status FAILED. */
async function answered(sending: Promise<SendResult>) {
  try {
    const { status, msgId, queue, queueOffset, recallHandle } = await sending
    const handle = recallHandle === undefined ? {} : { recallHandle }
    const { brokerName, queueId } = queue
    return { status, outcome: 'stored', msgId, brokerName, queueId, queueOffset, ...handle, error: '' }
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    const nowhere = { msgId: '', brokerName: '', queueId: -1, queueOffset: -1 }
    return { status: 'FAILED', outcome: outcomeOfError(error), ...nowhere, error: error.message }
  }
}
// #endregion send

async function sendAsync(producer: Producer, json: string) {
  const call = sendShape(parseJson(json), 'sendAsync')
  const { shardingKey } = call
  const options = shardingKey === undefined ? {} : { select: selectByHash(shardingKey) }
  const sending = new Promise<SendResult>((resolve, reject) =>
    producer.sendAsync(
      messageOf(call),
      (error, result) => (result === undefined ? reject(error) : resolve(result)),
      options,
    ),
  )
  return answered(sending)
}

async function sendOneway(producer: Producer, json: string) {
  try {
    await producer.sendOneway(messageOf(sendShape(parseJson(json), 'sendOneway')))
    return { status: 'ONEWAY', outcome: 'unknown', error: '' }
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    return { status: 'FAILED', outcome: outcomeOfError(error), error: error.message }
  }
}

async function sendBatch(producer: Producer, json: string) {
  return answered(producer.send(batchShape(parseJson(json), 'sendBatch').messages.map(messageOf)))
}

async function request(producer: Producer, json: string) {
  const { topic, key, body, timeoutMs } = requestShape(parseJson(json), 'request')
  try {
    const message = { topic, body: encodeUtf8(body), properties: new Map([[PROPERTY.KEYS as string, key]]) }
    const reply = await producer.request(message, timeoutMs)
    return { status: 'REPLIED', body: decodeUtf8(reply.body), error: '' }
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    return { status: 'FAILED', body: '', error: error.message }
  }
}

async function recall(producer: Producer, json: string) {
  const { topic, recallHandle } = recallShape(parseJson(json), 'recall')
  try {
    return { status: 'RECALLED', msgId: await producer.recallMessage(topic, recallHandle), error: '' }
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    return { status: 'FAILED', msgId: '', error: error.message }
  }
}

async function query(_producer: Producer, json: string, instance: ClientInstance) {
  const { topic, key, maxNum } = queryShape(parseJson(json), 'query')
  try {
    const whenever = { beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER }
    const found = await queryMessage(instance, { topic, key, maxNum, ...whenever })
    return { found: found.map(({ body }) => decodeUtf8(body)), error: '' }
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    return { found: [], error: error.message }
  }
}
