/**
 * What brokers ask of this process: a connection carries requests in both directions.
 *
 * | code | request                         | goes to                                                     |
 * | ---- | ------------------------------- | ----------------------------------------------------------- |
 * | 39   | CHECK_TRANSACTION_STATE         | the producers: whose group is it, and what became of it?      |
 * | 40   | NOTIFY_CONSUMER_IDS_CHANGED     | the consumers of the group: look again who has which queue    |
 * | 220  | RESET_CONSUMER_CLIENT_OFFSET    | the consumer of the group: begin again elsewhere              |
 * | 221  | GET_CONSUMER_STATUS_FROM_CLIENT | the same: where are you?                                      |
 * | 307  | GET_CONSUMER_RUNNING_INFO       | the same: how are you?                                        |
 * | 309  | CONSUME_MESSAGE_DIRECTLY        | the same: what do you make of this message?                   |
 * | 326  | PUSH_REPLY_MESSAGE_TO_CLIENT    | the producer that waits for this reply                        |
 *
 * Any other code is answered REQUEST_CODE_NOT_SUPPORTED by the remoting client. RocketMQ: `ClientRemotingProcessor`.
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
import { failure, type RemotingCommand, type ResponseParts, SUCCESS } from '../remoting/remoting-command.ts'
import type { RequestHandler } from '../remoting/remoting-server.ts'
import { consumeMessageDirectly, getConsumerRunningInfo } from '../remoting/requests/call-consumer.ts'
import { notifyConsumerIdsChanged } from '../remoting/requests/client-manage.ts'
import { pushReplyMessage } from '../remoting/requests/reply-message.ts'
import { getConsumerStatusFromClient, resetConsumerClientOffset } from '../remoting/requests/reset-offset.ts'
import { checkTransactionState } from '../remoting/requests/transaction.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { inflateBody } from './inflate.ts'

const NOWHERE = Uint8Array.of(0, 0, 0, 0)

/** What a producer or consumer does when a broker asks. */
export interface RequestTargets {
  /** A broker says that the members of `group` have changed. */
  groupChanged?(group: string): void
  /** A broker asks what became of a transaction, maybe of another group. */
  checkTransactionState?(request: RemotingCommand, channel: Channel): void
  /** A reply; true when this part was waiting for it. */
  replyArrived?(correlationId: string, reply: MessageExt): boolean
  /** This part, if it consumes in `group`. */
  consumerOf?(group: string): AskedConsumer | undefined
}

/** What a consumer does when an operator asks through a broker. */
export interface AskedConsumer {
  resetOffsets(topic: string, offsets: QueueTable<number>): void
  offsetsOf(topic: string): QueueTable<number>
  runningInfo(): ConsumerRunningInfo
  /** Hands one message to the listener, outside of all queues; undefined when it has no listener. */
  consumeDirectly?(message: MessageExt, queue: MessageQueue, done: (result: ConsumeDirectlyResult) => void): void
}

/** The handlers of a client; `parts` are asked anew for each request. */
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
    [
      checkTransactionState.code,
      (request, channel) => {
        for (const part of parts()) part.checkTransactionState?.(request, channel)
        return undefined
      },
    ],
    [
      notifyConsumerIdsChanged.code,
      (request) => {
        const { consumerGroup } = notifyConsumerIdsChanged.decode(request.extFields)
        for (const part of parts()) part.groupChanged?.(consumerGroup)
        return undefined
      },
    ],
    [
      resetConsumerClientOffset.code,
      (request) => {
        const { topic, group } = resetConsumerClientOffset.decode(request.extFields)
        const offsets = decodeJsonBody('RESET_CONSUMER_CLIENT_OFFSET', request.body, resetOffsetShape)
        consumerOf(group)?.resetOffsets(topic, offsets)
        return undefined
      },
    ],
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
        if (info === undefined) return notHere(consumerGroup)
        return { ...SUCCESS, body: encodeJsonBody(consumerRunningInfoJson(info)) }
      },
    ],
    [consumeMessageDirectly.code, (request, channel) => consumeDirectly(request, channel, consumerOf)],
    [
      pushReplyMessage.code,
      (request) => {
        const reply = replyOf(host, request)
        const correlationId = reply.properties.get(PROPERTY.CORRELATION_ID) ?? ''
        const isWaitedFor = [...parts()].some((part) => part.replyArrived?.(correlationId, reply) === true)
        if (!isWaitedFor) host.trace.log('warn', `a reply came that nobody waits for: ${correlationId}`)
        return SUCCESS // the broker has done its part, whether or not somebody still waits
      },
    ],
  ])
}

function notHere(group: string): ResponseParts {
  return failure(ResponseCode.SYSTEM_ERROR, `The Consumer Group <${group}> not exist in this consumer`)
}

function consumeDirectly(
  request: RemotingCommand,
  channel: Channel,
  consumerOf: (group: string) => AskedConsumer | undefined,
): ResponseParts | undefined {
  const { consumerGroup, brokerName = '' } = consumeMessageDirectly.decode(request.extFields)
  const consumer = consumerOf(consumerGroup)
  if (consumer?.consumeDirectly === undefined) return notHere(consumerGroup)
  const { messages, fault } = decodeRecords(request.body ?? new Uint8Array())
  const [message] = messages
  if (message === undefined)
    return failure(ResponseCode.SYSTEM_ERROR, `the body of CONSUME_MESSAGE_DIRECTLY is no message: ${fault}`)
  const inflated = { ...message, body: inflateBody(message.body, message.sysFlag) }
  const queue = { topic: message.topic, brokerName, queueId: message.queueId }
  consumer.consumeDirectly(inflated, queue, (result) =>
    channel.answer(request, { ...SUCCESS, body: encodeJsonBody(result) }),
  )
  return undefined
}

/** The reply as a message; where it lies in a store, nobody here knows. */
function replyOf(host: Host, request: RemotingCommand): MessageExt {
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
