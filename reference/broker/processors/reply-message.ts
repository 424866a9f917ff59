/**
 * Brings a reply to the client that asked: request-reply over a message queue.
 *
 * ```
 * requester ── message with REPLY_TO_CLIENT, CORRELATION_ID ──► topic ──► consumer
 *     ▲                                                                      │
 *     └── PUSH_REPLY_MESSAGE_TO_CLIENT ── this broker ◄── SEND_REPLY_MESSAGE ┘
 * ```
 *
 * The requester is found by its client id among the producers that send heartbeats here. Its answer decides ours: SUCCESS
 * says that the requester has the reply. The reply is stored as well (`storeReplyMessageEnable`), whatever became of the
 * push; nobody reads it from there but people who look for lost ones.
 *
 * RocketMQ: `ReplyMessageProcessor`. It takes what it stored for the answer's offsets; so do we.
 */
import { parseAddress } from '../../common/address.ts'
import { PROPERTY } from '../../common/message.ts'
import { offsetMessageId } from '../../common/message-id.ts'
import { decodeProperties, encodeProperties, isPropertiesTextTooLong } from '../../common/message-properties.ts'
import { NOT_ALLOWED_SEND_TOPICS, topicNameFault } from '../../common/topic-validator.ts'
import type { Channel } from '../../remoting/channel.ts'
import { type Answer, failure, type RemotingCommand } from '../../remoting/remoting-command.ts'
import type { RequestHandler } from '../../remoting/remoting-server.ts'
import { pushReplyMessage, sendReplyMessage, sendReplyMessageV2 } from '../../remoting/requests/reply-message.ts'
import { type SendMessageHeader, sendMessageAnswer } from '../../remoting/requests/send-message.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { PROPERTIES_TOO_LONG } from '../../store/put-check.ts'
import { isInLog, type PutMessageResult } from '../../store/put-message.ts'
import type { Broker } from '../broker.ts'
import { CALL_CLIENT_TIMEOUT_MS } from '../limits.ts'
import { anyWriteQueue, noWriteQueue } from './send-message.ts'

const EMPTY = new Uint8Array()
const LOOPBACK = Uint8Array.of(127, 0, 0, 1)

export function replyMessageHandlers(broker: Broker): readonly (readonly [number, RequestHandler])[] {
  return [sendReplyMessage, sendReplyMessageV2].map((definition) => [
    definition.code,
    (request, channel) => reply(broker, definition.decode(request.extFields), request, channel),
  ])
}

// #region reply-message
function reply(
  broker: Broker,
  header: SendMessageHeader,
  request: RemotingCommand,
  channel: Channel,
): Answer | undefined {
  const { topic } = header
  const nameFault = topicNameFault(topic)
  if (nameFault !== '') return failure(ResponseCode.INVALID_PARAMETER, nameFault)
  if (NOT_ALLOWED_SEND_TOPICS.has(topic))
    return failure(ResponseCode.NO_PERMISSION, `Sending message to topic[${topic}] is forbidden.`)
  if (isPropertiesTextTooLong(header.properties ?? ''))
    return failure(ResponseCode.MESSAGE_ILLEGAL, PROPERTIES_TOO_LONG)
  const config = broker.topics.topicForSend(topic, header.defaultTopic, header.defaultTopicQueueNums)
  if (typeof config === 'string') return failure(ResponseCode.TOPIC_NOT_EXIST, config)
  const most = Math.max(config.writeQueueNums, config.readQueueNums)
  if (header.queueId >= most)
    return failure(
      ResponseCode.INVALID_PARAMETER,
      `request queueId[${header.queueId}] is illegal, topic[${topic}] has ${most} queues`,
    )
  const queueId = header.queueId >= 0 ? header.queueId : anyWriteQueue(broker.host, config)
  if (queueId === undefined) return noWriteQueue(topic)
  broker.topics.make(config)
  push(broker, header, request, channel, (fault) => {
    store(broker, header, request, channel, queueId, (stored) =>
      broker.whenKnown(topic, () => channel.answer(request, answerOf(broker, queueId, fault, stored))),
    )
  })
  return undefined
}

/** Hands the reply to its requester; '' or the sentence that says why it did not get it. */
function push(
  broker: Broker,
  header: SendMessageHeader,
  request: RemotingCommand,
  channel: Channel,
  done: (fault: string) => void,
): void {
  const properties = decodeProperties(header.properties ?? '')
  const clientId = properties.get(PROPERTY.REPLY_TO_CLIENT)
  if (clientId === undefined) return done(`reply message properties[${PROPERTY.REPLY_TO_CLIENT}] is null`)
  const requester = broker.producers.findChannel(clientId)
  if (requester === undefined) return done(`push reply message fail, channel of <${clientId}> not found.`)
  const storeTimestamp = broker.host.clock.nowMs()
  properties.set(PROPERTY.PUSH_REPLY_TIME, String(storeTimestamp))
  const extFields = pushReplyMessage.encode({
    ...header,
    properties: encodeProperties(properties),
    bornHost: channel.remoteAddress,
    storeHost: `${broker.storeIp.join('.')}:${broker.storePort}`,
    storeTimestamp,
  })
  requester.request({ code: pushReplyMessage.code, extFields, body: request.body }, CALL_CLIENT_TIMEOUT_MS, (answer) =>
    done(answer.response?.code === ResponseCode.SUCCESS ? '' : `push reply message to ${clientId} fail.`),
  )
}
// #endregion reply-message

function store(
  broker: Broker,
  header: SendMessageHeader,
  request: RemotingCommand,
  channel: Channel,
  queueId: number,
  done: (stored: PutMessageResult | undefined) => void,
): void {
  if (!broker.config.storeReplyMessageEnable) return done(undefined)
  const { topic, flag, bornTimestamp, reconsumeTimes = 0, properties: sentProperties = '' } = header
  const properties = decodeProperties(sentProperties)
  properties.delete(PROPERTY.POP_CK)
  const propertiesText = encodeProperties(properties)
  const born = parseAddress(channel.remoteAddress)
  const message = {
    topic,
    queueId,
    flag,
    sysFlag: 0,
    bornTimestamp,
    bornIp: broker.ipOf(born?.host ?? '') ?? LOOPBACK,
    bornPort: born?.port ?? 0,
    reconsumeTimes,
    preparedTransactionOffset: 0,
    body: request.body ?? EMPTY,
    propertiesText,
    tagsCode: 0,
    waitStoreMsgOk: true,
    key: properties.get(PROPERTY.CORRELATION_ID) ?? '',
  }
  broker.store.putMessage(message, (result) => {
    if (isInLog(result)) broker.stats.stored(topic, 1, result.sizeBytes)
    done(result)
  })
}

/** What became of the push decides; where the reply was stored is told beside it. */
function answerOf(broker: Broker, queueId: number, fault: string, stored: PutMessageResult | undefined): Answer {
  const isStored = stored !== undefined && stored.queueOffset >= 0
  const extFields = sendMessageAnswer.encode({
    msgId: isStored ? offsetMessageId(broker.storeIp, broker.storePort, stored.physicalOffset) : '0',
    queueId,
    queueOffset: isStored ? stored.queueOffset : 0,
    MSG_REGION: broker.config.regionId,
    TRACE_ON: String(broker.config.traceOn),
  })
  return fault === ''
    ? { code: ResponseCode.SUCCESS, extFields }
    : { ...failure(ResponseCode.SYSTEM_ERROR, fault), extFields }
}
