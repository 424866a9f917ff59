/**
 * Recalls messages that wait for their delivery time, and reports the progress of the timer.
 *
 * A recall is a message, too. The timer divides time into ticks (`timerPrecisionMs`). The recall waits in the same tick as
 * the message that it takes back. When this tick has ended, neither of the two messages is delivered.
 *
 * | code of the refusal | reason                                                                      |
 * | ------------------- | --------------------------------------------------------------------------- |
 * | NO_PERMISSION       | `recallMessageEnable` is false                                               |
 * | SLAVE_NOT_AVAILABLE | this broker is a slave                                                       |
 * | SERVICE_NOT_AVAILABLE | the broker does not accept sends now                                        |
 * | TOPIC_NOT_EXIST     | the topic is unknown                                                         |
 * | ILLEGAL_OPERATION   | the handle cannot be read, names another topic or broker, or its time has passed |
 * | SYSTEM_ERROR        | the timer or the store refuses the recall                                     |
 *
 * RocketMQ: `RecallMessageProcessor`, `AdminBrokerProcessor.getTimerCheckPoint`, `getTimerMetrics`.
 */
import { javaHashCode } from '../../common/hash.ts'
import { PROPERTY } from '../../common/message.ts'
import { encodeProperties, propertyFault } from '../../common/message-properties.ts'
import { decodeRecallHandle, type RecallHandle } from '../../common/recall-handle.ts'
import type { Host } from '../../host/host.ts'
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type ExtFields, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import {
  getTimerCheckPoint,
  getTimerMetrics,
  recallMessage,
  recallMessageAnswer,
} from '../../remoting/requests/recall-message.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { isInLog, type NewMessage } from '../../store/put-message.ts'
import { bornHostOf } from '../born-host.ts'
import { isWriteable } from '../broker-permission.ts'
import { recallKeyOf, TimerRefusal } from '../timer/timer-message.ts'
import type { TimerMessageStore } from '../timer/timer-message-store.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import { type ToldProgressParts, toldProgress } from './told-progress.ts'

/** The parts of the broker that the handlers need. */
export interface RecallParts extends ToldProgressParts {
  readonly host: Host
  readonly topics: TopicConfigManager
  readonly timers: TimerMessageStore
  ipOf(hostName: string): Uint8Array | undefined
}

const RECALL_TAG = '_RECALL_TAG_'

/** Returns the handlers of the three requests about the timer, by code. */
export function timerHandlers(broker: RecallParts): RequestHandlers {
  return [
    [
      recallMessage.code,
      (request, channel) => {
        try {
          return recall(broker, request, channel)
        } catch (error) {
          throw error instanceof Refusal ? new Refusal(error.code, error.message, regionOf(broker)) : error
        }
      },
    ],
    [getTimerCheckPoint.code, toldProgress(broker, () => broker.timers.encodeProgress())],
    [getTimerMetrics.code, () => ({ ...SUCCESS, body: encodeJsonBody(metrics(broker)) })],
  ]
}

/** Returns the field with the region of the broker. Every answer to a recall has this field, even a refusal. */
function regionOf({ config }: RecallParts): ExtFields {
  return { MSG_REGION: config.regionId }
}

// #region recall
function recall(broker: RecallParts, request: RemotingCommand, channel: Channel): LaterAnswer {
  const header = recallMessage.decode(request.extFields)
  const { config, host, timers, store } = broker
  if (!config.recallMessageEnable)
    throw new Refusal(ResponseCode.NO_PERMISSION, 'recall failed, operation is forbidden: set recallMessageEnable')
  if (config.brokerId !== 0)
    throw new Refusal(ResponseCode.SLAVE_NOT_AVAILABLE, 'recall failed, broker service not available')
  const isTooEarly = host.clock.nowMs() < config.startAcceptSendRequestTimeStamp
  if (isTooEarly || (!isWriteable(broker) && !config.allowRecallWhenBrokerNotWriteable))
    throw new Refusal(ResponseCode.SERVICE_NOT_AVAILABLE, 'recall failed, broker service not available')
  if (broker.topics.get(header.topic) === undefined)
    throw new Refusal(ResponseCode.TOPIC_NOT_EXIST, `recall failed, the topic[${header.topic}] not exist`)
  // The handle must contain the topic of the request and the name of this broker. The time in the handle must not have
  // passed.
  const handle = decodeRecallHandle(header.recallHandle)
  if (handle === undefined) throw new Refusal(ResponseCode.ILLEGAL_OPERATION, 'recall handle is invalid')
  if (handle.topic !== header.topic) throw new Refusal(ResponseCode.ILLEGAL_OPERATION, 'recall failed, topic not match')
  if (handle.brokerName !== config.brokerName)
    throw new Refusal(ResponseCode.ILLEGAL_OPERATION, 'recall failed, broker service not available')
  const leftMs = handle.timeMs - host.clock.nowMs()
  if (leftMs <= 0 || leftMs >= config.timerMaxDelaySec * 1_000)
    throw new Refusal(ResponseCode.ILLEGAL_OPERATION, 'recall failed, timestamp invalid')
  const fault =
    propertyFault(PROPERTY.PRODUCER_GROUP, header.producerGroup ?? '') ||
    propertyFault(PROPERTY.UNIQ_KEY, handle.uniqKey)
  if (fault !== '') throw new Refusal(ResponseCode.ILLEGAL_OPERATION, `recall failed: ${fault}`)
  // The recall is stored, and waits in the timer like the message that it takes back.
  const { message, properties } = recallOf(broker, handle, header.producerGroup ?? '', channel)
  const timed = waiting(timers, message, properties)
  const later = new LaterAnswer(request, channel)
  store.putMessage(timed, (result) => {
    const region = regionOf(broker)
    const extFields = { ...recallMessageAnswer.encode({ msgId: handle.uniqKey }), ...region }
    if (isInLog(result)) later.answer({ ...SUCCESS, extFields })
    else later.refuse(new Refusal(ResponseCode.SYSTEM_ERROR, `recall failed, execute error: ${result.reason}`, region))
  })
  return later
}

/**
 * Returns the form in which the recall waits. The recall has the same tick as the message that it takes back. Throws
 * `Refusal` when the timer does not accept the recall.
 */
function waiting(
  timers: RecallParts['timers'],
  message: NewMessage,
  properties: ReadonlyMap<string, string>,
): NewMessage {
  try {
    return timers.timed(message, properties)
  } catch (error) {
    if (!(error instanceof TimerRefusal)) throw error
    throw new Refusal(ResponseCode.SYSTEM_ERROR, `recall failed, execute error: ${error.status}`)
  }
}

function recallOf(broker: RecallParts, handle: RecallHandle, producerGroup: string, channel: Channel) {
  const nowMs = broker.host.clock.nowMs()
  const { topic, uniqKey, timeMs } = handle
  // The property with the recalled message makes this message a recall. The body of a recall has no meaning.
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
    ...bornHostOf(broker, channel),
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

/**
 * Returns the number of waiting messages by topic. The timer knows only the hash of a topic, so each hash is compared with
 * the hashes of the known topics.
 */
function metrics(broker: RecallParts) {
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
