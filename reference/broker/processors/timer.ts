/**
 * Takes waiting messages back, and tells how far the timer has come.
 *
 * A recall is a message itself: it waits in the same tick as the one it takes back, and both vanish when that is over.
 *
 * | refused with        | when                                                                        |
 * | ------------------- | --------------------------------------------------------------------------- |
 * | NO_PERMISSION       | `recallMessageEnable` is off                                                 |
 * | SLAVE_NOT_AVAILABLE | this broker is a slave                                                       |
 * | TOPIC_NOT_EXIST     | the topic is unknown                                                         |
 * | ILLEGAL_OPERATION   | the handle is none, or another topic's or broker's, or its time has come       |
 *
 * RocketMQ: `RecallMessageProcessor`, `AdminBrokerProcessor.getTimerCheckPoint`, `getTimerMetrics`.
 */
import { parseAddress } from '../../common/address.ts'
import { javaHashCode } from '../../common/hash.ts'
import { PROPERTY } from '../../common/message.ts'
import { encodeProperties, propertyFault } from '../../common/message-properties.ts'
import { decodeRecallHandle, type RecallHandle } from '../../common/recall-handle.ts'
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import type { Channel } from '../../remoting/channel.ts'
import { type Answer, failure, type RemotingCommand } from '../../remoting/remoting-command.ts'
import type { RequestHandler } from '../../remoting/remoting-server.ts'
import {
  getTimerCheckPoint,
  getTimerMetrics,
  recallMessage,
  recallMessageAnswer,
} from '../../remoting/requests/recall-message.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { NewMessage } from '../../store/put-message.ts'
import type { Broker } from '../broker.ts'
import { isWriteable } from '../broker-permission.ts'
import { recallKeyOf } from '../timer/timer-message.ts'

const RECALL_TAG = '_RECALL_TAG_'
const LOOPBACK = Uint8Array.of(127, 0, 0, 1)

export function timerHandlers(broker: Broker): readonly (readonly [number, RequestHandler])[] {
  return [
    [
      recallMessage.code,
      (request, channel) => {
        const answer = recall(broker, request, channel)
        return answer === undefined ? undefined : withRegion(broker, answer)
      },
    ],
    [getTimerCheckPoint.code, () => ({ code: ResponseCode.SUCCESS, body: broker.timers.encodeProgress() })],
    [getTimerMetrics.code, () => ({ code: ResponseCode.SUCCESS, body: encodeJsonBody(metrics(broker)) })],
  ]
}

/** Each answer to a recall says where it comes from, a refusal too. */
function withRegion({ config }: Broker, answer: Answer): Answer {
  return { ...answer, extFields: { ...answer.extFields, MSG_REGION: config.regionId } }
}

// #region recall
function recall(broker: Broker, request: RemotingCommand, channel: Channel): Answer | undefined {
  const header = recallMessage.decode(request.extFields)
  const { config, host, timers, store } = broker
  if (!config.recallMessageEnable)
    return failure(ResponseCode.NO_PERMISSION, 'recall failed, operation is forbidden: set recallMessageEnable')
  if (config.brokerId !== 0)
    return failure(ResponseCode.SLAVE_NOT_AVAILABLE, 'recall failed, broker service not available')
  const isTooEarly = host.clock.nowMs() < config.startAcceptSendRequestTimeStamp
  if (isTooEarly || (!isWriteable(broker) && !config.allowRecallWhenBrokerNotWriteable))
    return failure(ResponseCode.SERVICE_NOT_AVAILABLE, 'recall failed, broker service not available')
  if (broker.topics.get(header.topic) === undefined)
    return failure(ResponseCode.TOPIC_NOT_EXIST, `recall failed, the topic[${header.topic}] not exist`)
  const handle = decodeRecallHandle(header.recallHandle)
  if (handle === undefined) return failure(ResponseCode.ILLEGAL_OPERATION, 'recall handle is invalid')
  if (handle.topic !== header.topic) return failure(ResponseCode.ILLEGAL_OPERATION, 'recall failed, topic not match')
  if (handle.brokerName !== config.brokerName)
    return failure(ResponseCode.ILLEGAL_OPERATION, 'recall failed, broker service not available')
  const leftMs = handle.timeMs - host.clock.nowMs()
  if (leftMs <= 0 || leftMs >= config.timerMaxDelaySec * 1_000)
    return failure(ResponseCode.ILLEGAL_OPERATION, 'recall failed, timestamp invalid')
  const fault =
    propertyFault(PROPERTY.PRODUCER_GROUP, header.producerGroup ?? '') ||
    propertyFault(PROPERTY.UNIQ_KEY, handle.uniqKey)
  if (fault !== '') return failure(ResponseCode.ILLEGAL_OPERATION, `recall failed: ${fault}`)
  const { message, properties } = recallOf(broker, handle, header.producerGroup ?? '', channel)
  const timed = timers.timed(message, properties)
  if (typeof timed === 'string') return failure(ResponseCode.SYSTEM_ERROR, `recall failed, execute error: ${timed}`)
  store.putMessage(timed, ({ queueOffset, reason }) =>
    channel.answer(
      request,
      withRegion(
        broker,
        queueOffset < 0
          ? failure(ResponseCode.SYSTEM_ERROR, `recall failed, execute error: ${reason}`)
          : { code: ResponseCode.SUCCESS, extFields: recallMessageAnswer.encode({ msgId: handle.uniqKey }) },
      ),
    ),
  )
  return undefined
}

function recallOf(broker: Broker, handle: RecallHandle, producerGroup: string, channel: Channel) {
  const nowMs = broker.host.clock.nowMs()
  const { topic, uniqKey, timeMs } = handle
  const born = parseAddress(channel.remoteAddress)
  const properties = new Map<string, string>([
    [PROPERTY.TAGS, RECALL_TAG],
    [PROPERTY.TIMER_DEL_UNIQKEY, recallKeyOf(topic, uniqKey)],
    [PROPERTY.UNIQ_KEY, uniqKey],
    [PROPERTY.TIMER_DELIVER_MS, String(timeMs)],
    [PROPERTY.PRODUCER_GROUP, producerGroup],
  ])
  const message: NewMessage = {
    topic,
    queueId: 0,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: nowMs,
    bornIp: broker.ipOf(born?.host ?? '') ?? LOOPBACK,
    bornPort: born?.port ?? 0,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Uint8Array.of(0x30),
    propertiesText: encodeProperties(properties),
    tagsCode: javaHashCode(RECALL_TAG),
    waitStoreMsgOk: true,
    key: `recall of ${uniqKey}`,
  }
  return { message, properties }
}
// #endregion recall

/** Counted when somebody asks: the timer log knows topics by their hash. */
function metrics(broker: Broker) {
  const names = new Map(broker.topics.names().map((name) => [javaHashCode(name), name]))
  const timeStamp = broker.host.clock.nowMs()
  const counts = [...broker.timers.countsByTopic()].map(([hash, count]) => [
    names.get(hash) ?? `topic with hash ${hash}`,
    { count, timeStamp },
  ])
  return {
    dataVersion: { counter: 0, stateVersion: 0, timestamp: timeStamp },
    timingCount: Object.fromEntries(counts) as Record<string, { count: number; timeStamp: number }>,
  }
}
