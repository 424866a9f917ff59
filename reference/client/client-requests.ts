/**
 * Handles the requests that brokers send to this process. Both sides of a connection may send requests.
 *
 * | code | request                         | who handles it, and what it must do                         |
 * | ---- | ------------------------------- | ----------------------------------------------------------- |
 * | 39   | CHECK_TRANSACTION_STATE         | a producer of the group: it must report how the transaction ended |
 * | 40   | NOTIFY_CONSUMER_IDS_CHANGED     | the consumers of the group: they must rebalance               |
 * | 220  | RESET_CONSUMER_CLIENT_OFFSET    | the consumer of the group: it must continue at other offsets  |
 * | 221  | GET_CONSUMER_STATUS_FROM_CLIENT | the consumer of the group: it must report its offsets         |
 * | 307  | GET_CONSUMER_RUNNING_INFO       | the consumer of the group: it must report its state           |
 * | 309  | CONSUME_MESSAGE_DIRECTLY        | the consumer of the group: it must consume this one message   |
 * | 326  | PUSH_REPLY_MESSAGE_TO_CLIENT    | the producer that waits for the reply in this request         |
 *
 * Any other code is answered with REQUEST_CODE_NOT_SUPPORTED.
 *
 * RocketMQ: `ClientRemotingProcessor`.
 */
import { parseAddress, parseIp } from '../common/address.ts'
import { type MessageExt, type MessageQueue, PROPERTY } from '../common/message.ts'
import { decodeRecords } from '../common/message-codec.ts'
import { decodeProperties } from '../common/message-properties.ts'
import type { Host } from '../host/host.ts'
import {
  type ConsumeDirectlyResult,
  type ConsumerRunningInfo,
  consumerRunningInfoJson,
} from '../remoting/bodies/consumer-info.ts'
import { decodeJsonBody, encodeJsonBody } from '../remoting/bodies/json-body.ts'
import type { QueueTable } from '../remoting/bodies/queue-table.ts'
import { clientStatusJson, resetOffsetShape } from '../remoting/bodies/reset-offset.ts'
import type { Channel } from '../remoting/channel.ts'
import { NO_ANSWER, type RequestHandler } from '../remoting/dispatch.ts'
import { LaterAnswer } from '../remoting/later-answer.ts'
import { Refusal } from '../remoting/refusal.ts'
import { type RemotingCommand, SUCCESS } from '../remoting/remoting-command.ts'
import { consumeMessageDirectly, getConsumerRunningInfo } from '../remoting/requests/call-consumer.ts'
import { notifyConsumerIdsChanged } from '../remoting/requests/client-manage.ts'
import { pushReplyMessage } from '../remoting/requests/reply-message.ts'
import { getConsumerStatusFromClient, resetConsumerClientOffset } from '../remoting/requests/reset-offset.ts'
import { checkTransactionState } from '../remoting/requests/transaction.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { inflateBody } from './inflate.ts'

const NOWHERE = Uint8Array.of(0, 0, 0, 0)

/** The methods of a producer or consumer that handle requests from brokers. */
export interface RequestTargets {
  /**
   * Called when a broker reports that the members of `group` have changed. `group` may be the group of another consumer.
   */
  groupChanged?(group: string): void
  /**
   * Called when a broker asks how a transaction has ended. The method must check the group, because the transaction may
   * belong to another group.
   */
  checkTransactionState?(request: RemotingCommand, channel: Channel): void
  /**
   * Called when a reply has arrived that no earlier producer has taken. Returns true when this producer waits for the
   * reply.
   */
  replyArrived?(correlationId: string, reply: MessageExt): boolean
  /** Returns the consumer itself when it is a consumer of `group`, and otherwise undefined. */
  consumerOf?(group: string): AskedConsumer | undefined
}

/** The methods of a consumer that handle requests of operators. A broker forwards these requests to the consumer. */
export interface AskedConsumer {
  resetOffsets(topic: string, offsets: QueueTable<number>): void
  offsetsOf(topic: string): QueueTable<number>
  runningInfo(): ConsumerRunningInfo
  /**
   * Hands one message to the listener. The message is not taken from a queue. Undefined when the consumer has no listener.
   */
  consumeDirectly?(message: MessageExt, queue: MessageQueue, done: (result: ConsumeDirectlyResult) => void): void
}

/**
 * Returns the handlers of requests to a client. `parts` returns the producers and consumers that the client has now. The
 * handlers call `parts` for each request, because producers and consumers may be added and removed.
 */
export function clientRequestHandlers(
  host: Host,
  parts: () => Iterable<RequestTargets>,
): ReadonlyMap<number, RequestHandler> {
  const consumerOf = (group: string): AskedConsumer | undefined => {
    for (const part of parts()) {
      const consumer = part.consumerOf?.(group)
      if (consumer !== undefined) return consumer
    }
    return undefined
  }
  return new Map<number, RequestHandler>([
    // the next requests are notices, and have no answer
    [
      checkTransactionState.code,
      (request, channel) => {
        for (const part of parts()) part.checkTransactionState?.(request, channel)
        return NO_ANSWER
      },
    ],
    [
      notifyConsumerIdsChanged.code,
      (request) => {
        const { consumerGroup } = notifyConsumerIdsChanged.decode(request.extFields)
        for (const part of parts()) part.groupChanged?.(consumerGroup)
        return NO_ANSWER
      },
    ],
    [
      resetConsumerClientOffset.code,
      (request) => {
        const { topic, group } = resetConsumerClientOffset.decode(request.extFields)
        const offsets = decodeJsonBody('RESET_CONSUMER_CLIENT_OFFSET', request.body, resetOffsetShape)
        consumerOf(group)?.resetOffsets(topic, offsets)
        return NO_ANSWER
      },
    ],
    // the next requests come from operators, and a broker has forwarded them
    [
      getConsumerStatusFromClient.code,
      (request) => {
        const { topic, group } = getConsumerStatusFromClient.decode(request.extFields)
        const offsets = consumerOf(group)?.offsetsOf(topic) ?? []
        return { ...SUCCESS, body: encodeJsonBody(clientStatusJson(offsets)) }
      },
    ],
    [
      getConsumerRunningInfo.code,
      (request) => {
        const { consumerGroup } = getConsumerRunningInfo.decode(request.extFields)
        const info = consumerOf(consumerGroup)?.runningInfo()
        if (info === undefined) throw notHere(consumerGroup)
        return { ...SUCCESS, body: encodeJsonBody(consumerRunningInfoJson(info)) }
      },
    ],
    [consumeMessageDirectly.code, (request, channel) => consumeDirectly(request, channel, consumerOf)],
    // the next request contains the reply to a request of one of the producers
    [
      pushReplyMessage.code,
      (request) => {
        const reply = replyOf(host, request)
        const correlationId = reply.properties.get(PROPERTY.CORRELATION_ID) ?? ''
        const isWaitedFor = [...parts()].some((part) => part.replyArrived?.(correlationId, reply) === true)
        if (!isWaitedFor) host.trace.log('warn', `a reply came that nobody waits for: ${correlationId}`)
        return SUCCESS // SUCCESS even when no request waits for this reply, because the broker has delivered the reply
      },
    ],
  ])
}

function notHere(group: string): Refusal {
  return new Refusal(ResponseCode.SYSTEM_ERROR, `The Consumer Group <${group}> not exist in this consumer`)
}

function consumeDirectly(
  request: RemotingCommand,
  channel: Channel,
  consumerOf: (group: string) => AskedConsumer | undefined,
): LaterAnswer {
  const { consumerGroup, brokerName = '' } = consumeMessageDirectly.decode(request.extFields)
  const consumer = consumerOf(consumerGroup)
  if (consumer?.consumeDirectly === undefined) throw notHere(consumerGroup)
  const { messages, fault } = decodeRecords(request.body ?? new Uint8Array())
  const [message] = messages
  if (message === undefined)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, `the body of CONSUME_MESSAGE_DIRECTLY is no message: ${fault}`)
  const inflated = { ...message, body: inflateBody(message.body, message.sysFlag) }
  const queue = { topic: message.topic, brokerName, queueId: message.queueId }
  const later = new LaterAnswer(request, channel)
  consumer.consumeDirectly(inflated, queue, (result) => later.answer({ ...SUCCESS, body: encodeJsonBody(result) }))
  return later
}

/** Returns the reply as a message. The message has no offsets, because no broker stored it in a queue. */
function replyOf(host: Host, request: RemotingCommand): MessageExt {
  // when an address cannot be read, 0.0.0.0:0 is used, because the reply must arrive even without its addresses
  const header = pushReplyMessage.decode(request.extFields)
  const properties = decodeProperties(header.properties ?? '')
  properties.set(PROPERTY.ARRIVE_TIME, String(host.clock.nowMs()))
  const born = parseAddress(header.bornHost)
  const stored = parseAddress(header.storeHost)
  const body = request.body ?? new Uint8Array()
  return {
    topic: header.topic,
    queueId: header.queueId,
    queueOffset: 0,
    physicalOffset: 0,
    storeSize: 0,
    flag: header.flag,
    sysFlag: header.sysFlag,
    bodyCrc: 0,
    bornTimestamp: header.bornTimestamp,
    bornIp: parseIp(born?.host ?? '') ?? NOWHERE,
    bornPort: born?.port ?? 0,
    storeTimestamp: header.storeTimestamp,
    storeIp: parseIp(stored?.host ?? '') ?? NOWHERE,
    storePort: stored?.port ?? 0,
    reconsumeTimes: header.reconsumeTimes ?? 0,
    preparedTransactionOffset: 0,
    body: inflateBody(body, header.sysFlag),
    properties,
  }
}
