/**
 * Passes a reply to the client that has sent the request. So two clients can exchange requests and replies through the
 * broker.
 *
 * ```
 * requester ── message with REPLY_TO_CLIENT, CORRELATION_ID ──► topic ──► consumer
 *     ▲                                                                      │
 *     └── PUSH_REPLY_MESSAGE_TO_CLIENT ── this broker ◄── SEND_REPLY_MESSAGE ┘
 * ```
 *
 * The broker finds the requester by its client id, among the producers that send heartbeats to this broker. The broker
 * answers SUCCESS when the requester has confirmed that it has the reply. The reply is also stored
 * (`storeReplyMessageEnable`), even when the push has failed. No client needs the stored reply. The stored reply only helps
 * people who search for lost replies.
 *
 * RocketMQ: `ReplyMessageProcessor`. As in RocketMQ, the offsets in the answer are those of the stored reply.
 */
import { PROPERTY } from '../../common/message.ts'
import { offsetMessageId } from '../../common/message-id.ts'
import { decodeProperties, encodeProperties, isPropertiesTextTooLong } from '../../common/message-properties.ts'
import { NOT_ALLOWED_SEND_TOPICS } from '../../common/topic-validator.ts'
import type { Host } from '../../host/host.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal, type WhenDone } from '../../remoting/refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import { pushReplyMessage, sendReplyMessage, sendReplyMessageV2 } from '../../remoting/requests/reply-message.ts'
import { type SendMessageHeader, sendMessageAnswer } from '../../remoting/requests/send-message.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { PROPERTIES_TOO_LONG } from '../../store/put-check.ts'
import { hasPlace, isInLog, type PutMessageResult } from '../../store/put-message.ts'
import { bornHostOf } from '../born-host.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { CALL_CLIENT_TIMEOUT_MS } from '../limits.ts'
import type { ProducerManager } from '../producer-manager.ts'
import type { BrokerStats } from '../stats/broker-stats.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import { checkTopicName, writeQueueOf } from './checks.ts'

/** The parts of the broker that the handlers need. */
export interface ReplyParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly producers: ProducerManager
  readonly stats: BrokerStats
  readonly storeIp: Uint8Array
  readonly storePort: number
  whenKnown(topic: string, done: () => void): void
  ipOf(hostName: string): Uint8Array | undefined
}

const EMPTY = new Uint8Array()

/** Returns the handlers of SEND_REPLY_MESSAGE and SEND_REPLY_MESSAGE_V2, by request code. */
export function replyMessageHandlers(broker: ReplyParts): RequestHandlers {
  return [sendReplyMessage, sendReplyMessageV2].map((definition) => [
    definition.code,
    (request, channel) => reply(broker, definition.decode(request.extFields), request, channel),
  ])
}

// #region reply-message
function reply(broker: ReplyParts, header: SendMessageHeader, request: RemotingCommand, channel: Channel): LaterAnswer {
  const { topic } = header
  checkTopicName(topic)
  if (NOT_ALLOWED_SEND_TOPICS.has(topic))
    throw new Refusal(ResponseCode.NO_PERMISSION, `Sending message to topic[${topic}] is forbidden.`)
  if (isPropertiesTextTooLong(header.properties ?? ''))
    throw new Refusal(ResponseCode.MESSAGE_ILLEGAL, PROPERTIES_TOO_LONG)
  const config = broker.topics.topicForSend(topic, header.defaultTopic, header.defaultTopicQueueNums)
  const queueId = writeQueueOf(broker.host, config, header.queueId)
  broker.topics.make(config)
  const later = new LaterAnswer(request, channel)
  push(broker, header, request, channel, (refusal) => {
    store(broker, header, request, channel, queueId, (stored) =>
      broker.whenKnown(topic, () => later.answer(answerOf(broker, queueId, refusal, stored))),
    )
  })
  return later
}

/**
 * Pushes the reply to its requester. Calls `done(undefined)` when the requester has confirmed the reply, and otherwise
 * `done` with a refusal.
 */
function push(
  broker: ReplyParts,
  header: SendMessageHeader,
  request: RemotingCommand,
  channel: Channel,
  done: WhenDone,
): void {
  const refusal = (sentence: string) => new Refusal(ResponseCode.SYSTEM_ERROR, sentence)
  const properties = decodeProperties(header.properties ?? '')
  const clientId = properties.get(PROPERTY.REPLY_TO_CLIENT)
  if (clientId === undefined) return done(refusal(`reply message properties[${PROPERTY.REPLY_TO_CLIENT}] is null`))
  const requester = broker.producers.findChannel(clientId)
  if (requester === undefined) return done(refusal(`push reply message fail, channel of <${clientId}> not found.`))
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
    done(
      answer.response?.code === ResponseCode.SUCCESS ? undefined : refusal(`push reply message to ${clientId} fail.`),
    ),
  )
}
// #endregion reply-message

function store(
  broker: ReplyParts,
  header: SendMessageHeader,
  request: RemotingCommand,
  channel: Channel,
  queueId: number,
  done: (stored: PutMessageResult | undefined) => void,
): void {
  if (!broker.config.storeReplyMessageEnable) return done(undefined)
  const { topic, flag, bornTimestamp, reconsumeTimes = 0, properties: sentProperties = '' } = header
  const properties = decodeProperties(sentProperties)
  // The stored copy of the reply is an ordinary message, so it must not have the receipt of a popped message (`POP_CK`).
  properties.delete(PROPERTY.POP_CK)
  const propertiesText = encodeProperties(properties)
  const message = {
    topic,
    queueId,
    flag,
    sysFlag: 0,
    bornTimestamp,
    ...bornHostOf(broker, channel),
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

/**
 * Returns the answer to the client that has sent the reply. The code of the answer is the result of the push. The fields of
 * the answer contain the place of the stored reply.
 */
function answerOf(
  broker: ReplyParts,
  queueId: number,
  refusal: Refusal | undefined,
  stored: PutMessageResult | undefined,
): Answer {
  const isStored = stored !== undefined && hasPlace(stored)
  const extFields = sendMessageAnswer.encode({
    msgId: isStored ? offsetMessageId(broker.storeIp, broker.storePort, stored.physicalOffset) : '0',
    queueId,
    queueOffset: isStored ? stored.queueOffset : 0,
    MSG_REGION: broker.config.regionId,
    TRACE_ON: String(broker.config.traceOn),
  })
  return { ...(refusal?.answer ?? SUCCESS), extFields }
}
