/**
 * Resets a group's offsets to a time, and collects the offsets of the group's members.
 *
 * | useServerSideResetOffset | the broker                                              | consumers                         |
 * | ------------------------ | ------------------------------------------------------- | --------------------------------- |
 * | true (5.x)            | stores the new offsets. The next pull of each queue is answered with PULL_OFFSET_MOVED; a pop begins at the new offset | consumers may be offline. A consumer learns the new offset with its next pull or pop |
 * | false (4.9)              | pushes the new offsets to every member                    | consumers must be online. RocketMQ's Java client stops consuming for 10 s |
 *
 * RocketMQ: `AdminBrokerProcessor.resetOffset`, `Broker2Client` (resetOffset, getConsumeStatus). In RocketMQ, a held pull of
 * the group waits until its time has expired. In GlassMQ, the held pull is answered at once.
 */

import type { Host } from '../../host/host.ts'
import { decodeJsonBody, encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import type { QueueTable } from '../../remoting/bodies/queue-table.ts'
import {
  clientStatusShape,
  groupStatusJson,
  resetOffsetJson,
  resetOffsetJsonForC,
} from '../../remoting/bodies/reset-offset.ts'
import type { TopicConfig } from '../../remoting/bodies/topic-config.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, LANGUAGE_CPP, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import type { HeaderOf } from '../../remoting/request.ts'
import * as requests from '../../remoting/requests/reset-offset.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { ConsumerManager } from '../consumer-manager.ts'
import type { ConsumerOffsetManager } from '../consumer-offset-manager.ts'
import { CLIENT_STATUS_TIMEOUT_MS } from '../limits.ts'
import type { PullRequestHold } from '../pull-request-hold.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'

/** The parts of the broker that the handlers need. */
export interface ResetOffsetParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly offsets: ConsumerOffsetManager
  readonly consumers: ConsumerManager
  readonly hold: PullRequestHold
}

type ResetHeader = HeaderOf<typeof requests.invokeBrokerToResetOffset.fields>

/** Returns the handlers of the two requests to a group, by code. */
export function resetOffsetHandlers(broker: ResetOffsetParts): RequestHandlers {
  return [
    [requests.invokeBrokerToResetOffset.code, (request) => reset(broker, request)],
    [requests.invokeBrokerToGetConsumerStatus.code, (request, channel) => groupStatus(broker, request, channel)],
  ]
}

function reset(broker: ResetOffsetParts, request: RemotingCommand): Answer {
  const header = requests.invokeBrokerToResetOffset.decode(request.extFields)
  const config = broker.topics.get(header.topic)
  if (config === undefined) throw new Refusal(ResponseCode.TOPIC_NOT_EXIST, `Topic ${header.topic} does not exist`)
  return broker.config.useServerSideResetOffset
    ? resetHere(broker, header, config)
    : resetAtClients(broker, header, config, request.language === LANGUAGE_CPP)
}

// #region reset-here
function resetHere(broker: ResetOffsetParts, header: ResetHeader, config: TopicConfig): Answer {
  const { topic, group, timestamp } = header
  if (broker.groups.get(group) === undefined)
    throw new Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `Group ${group} does not exist`)
  // The request contains one queue with an offset, or one queue with a time, or only a time for all queues.
  const queueId = header.queueId ?? -1
  const offset = header.offset ?? -1
  if (queueId >= config.readQueueNums)
    throw new Refusal(
      ResponseCode.SYSTEM_ERROR,
      `topic ${topic} has ${config.readQueueNums} queues, none is ${queueId}`,
    )
  if (queueId >= 0 && offset !== -1) {
    const min = broker.store.minOffset(topic, queueId)
    const max = broker.store.maxOffset(topic, queueId)
    if (offset < min || offset > max)
      throw new Refusal(ResponseCode.SYSTEM_ERROR, `Target offset ${offset} not in consume queue range [${min}-${max}]`)
  }
  const queues = queueId >= 0 ? [queueId] : Array.from({ length: config.readQueueNums }, (_, i) => i)
  if (queues.length === 0) throw new Refusal(ResponseCode.SYSTEM_ERROR, 'No queues to reset.')
  // A held pull of a queue with a new offset is answered now, with the new offset.
  const offsets = queues.map((id) => {
    const target = queueId >= 0 && offset !== -1 ? offset : offsetAt(broker, topic, id, timestamp)
    broker.offsets.resetOffset(group, topic, id, target)
    broker.hold.wakeGroup(group, topic, id, 'its offset was reset')
    return [{ topic, brokerName: broker.config.brokerName, queueId: id }, target] as const
  })
  return { ...SUCCESS, body: encodeJsonBody(resetOffsetJson(offsets)) }
}
// #endregion reset-here

/** Returns the offset of the first message that was stored at a time or later. A time below 0 means the end of the queue. */
function offsetAt(broker: ResetOffsetParts, topic: string, queueId: number, timestamp: number): number {
  return timestamp < 0 ? broker.store.maxOffset(topic, queueId) : broker.store.offsetByTime(topic, queueId, timestamp)
}

// #region reset-at-clients
/**
 * Sends the new offsets of all queues to every member. A member uses only the offsets of its own queues. Without `isForce`,
 * an offset cannot move forward: when the new offset is higher than the stored offset, the stored offset is sent.
 */
function resetAtClients(broker: ResetOffsetParts, header: ResetHeader, config: TopicConfig, isCpp: boolean): Answer {
  const { topic, group, timestamp } = header
  const offsets: (readonly [{ topic: string; brokerName: string; queueId: number }, number])[] = []
  for (let queueId = 0; queueId < config.writeQueueNums; queueId++) {
    const current = broker.offsets.queryOffset(group, topic, queueId)
    if (current < 0) throw new Refusal(ResponseCode.SYSTEM_ERROR, `THe consumer group <${group}> not exist`)
    const target = offsetAt(broker, topic, queueId, timestamp)
    const mayMove = header.isForce === true || target < current
    offsets.push([{ topic, brokerName: broker.config.brokerName, queueId }, mayMove ? target : current])
  }
  const members = broker.consumers.group(group)?.members
  if (members === undefined) {
    const what = `Group: ${group} Topic: ${topic} Timestamp: ${timestamp}`
    throw new Refusal(ResponseCode.CONSUMER_NOT_ONLINE, `Consumer not online, so can not reset offset, ${what}`)
  }
  const code = requests.resetConsumerClientOffset.code
  const extFields = requests.resetConsumerClientOffset.encode({ topic, group, timestamp, isForce: header.isForce })
  const body = encodeJsonBody(isCpp ? resetOffsetJsonForC(offsets) : resetOffsetJson(offsets))
  for (const channel of members.keys()) channel.oneway({ code, extFields, body })
  return { ...SUCCESS, body: encodeJsonBody(resetOffsetJson(offsets)) }
}
// #endregion reset-at-clients

// #region group-status
/**
 * Asks all members of a group, or one member, for their offsets. Answers the operator when each of these requests was
 * answered or has failed.
 */
function groupStatus(broker: ResetOffsetParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const { topic, group, clientAddr } = requests.invokeBrokerToGetConsumerStatus.decode(request.extFields)
  const members = broker.consumers.group(group)?.members
  if (members === undefined)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, `No Any Consumer online in the consumer group: [${group}]`)
  const isAsked = (clientId: string) => clientAddr === undefined || clientAddr === '' || clientAddr === clientId
  const asked = [...members].filter(([, { clientId }]) => isAsked(clientId))
  const clients = new Map<string, QueueTable<number>>()
  const answer = () => ({ ...SUCCESS, body: encodeJsonBody(groupStatusJson(clients)) })
  if (asked.length === 0) return answer()
  const later = new LaterAnswer(request, channel)
  const answered = later.afterAll(asked.length, answer)
  const code = requests.getConsumerStatusFromClient.code
  const extFields = requests.getConsumerStatusFromClient.encode({ topic, group })
  for (const [member, { clientId }] of asked) {
    member.request({ code, extFields }, CLIENT_STATUS_TIMEOUT_MS, ({ response }) => {
      if (response?.code === ResponseCode.SUCCESS) clients.set(clientId, statusIn(broker, response))
      answered()
    })
  }
  return later
}
// #endregion group-status

/** Returns the offsets in a member's answer, or an empty table when the answer cannot be read. */
function statusIn(broker: ResetOffsetParts, response: RemotingCommand): QueueTable<number> {
  try {
    return decodeJsonBody('the answer to GET_CONSUMER_STATUS_FROM_CLIENT', response.body, clientStatusShape)
  } catch (error) {
    broker.host.trace.log('warn', String(error))
    return []
  }
}
