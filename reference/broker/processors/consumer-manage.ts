/**
 * Answers the requests of consumers about members and offsets. Consumers request the list of the group's members, and read
 * and store the group's offsets. They also request the min and the max offset of a queue,
 * the offset that belongs to a time, and the store time of the oldest message of a queue.
 *
 * When no offset is stored, the broker answers a query with 0 while no message of the queue was deleted. So a new group
 * misses no message of a topic whose first messages are still stored. This rule does not depend on the group's setting
 * ConsumeFromWhere. The rule does not apply to a request with `setZeroIfNotFound` = false. When no offset is stored and this
 * rule does not apply, the answer is QUERY_NOT_FOUND, and the client decides at which offset it begins.
 *
 * RocketMQ: `ConsumerManageProcessor`, `AdminBrokerProcessor` (offsets).
 */
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import { getConsumerListByGroup } from '../../remoting/requests/client-manage.ts'
import { offsetAnswer, queryConsumerOffset, updateConsumerOffset } from '../../remoting/requests/consumer-offset.ts'
import {
  earliestMsgStoretimeAnswer,
  getEarliestMsgStoretime,
  getMaxOffset,
  getMinOffset,
  searchOffset,
} from '../../remoting/requests/queue-offset.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { ConsumerManager } from '../consumer-manager.ts'
import type { ConsumerOffsetManager } from '../consumer-offset-manager.ts'
import { OFFSETS_MAX } from '../limits.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'

/** The parts of the broker that are needed to decide whether a client may store an offset. */
export interface CommitParts {
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly offsets: ConsumerOffsetManager
}

/** The parts of the broker that the handlers need. */
export interface ConsumerManageParts extends CommitParts {
  readonly groups: SubscriptionGroups
  readonly consumers: ConsumerManager
}

/** Returns the handlers of the requests of consumers about offsets and members, by code. */
export function consumerManageHandlers(broker: ConsumerManageParts): RequestHandlers {
  return [
    [getConsumerListByGroup.code, (request) => consumerList(broker, request)],
    [queryConsumerOffset.code, (request) => queryOffset(broker, request)],
    [updateConsumerOffset.code, (request) => updateOffset(broker, request)],
    [
      getMaxOffset.code,
      (request) => {
        const { topic, queueId } = getMaxOffset.decode(request.extFields)
        return offset(broker.store.maxOffset(topic, queueId))
      },
    ],
    [
      getMinOffset.code,
      (request) => {
        const { topic, queueId } = getMinOffset.decode(request.extFields)
        return offset(broker.store.minOffset(topic, queueId))
      },
    ],
    [
      searchOffset.code,
      (request) => {
        const { topic, queueId, timestamp, boundaryType } = searchOffset.decode(request.extFields)
        const boundary = boundaryType?.toUpperCase() === 'UPPER' ? 'UPPER' : 'LOWER'
        return offset(broker.store.offsetByTime(topic, queueId, timestamp, boundary))
      },
    ],
    [getEarliestMsgStoretime.code, (request) => earliestStoretime(broker, request)],
  ]
}

function offset(value: number): Answer {
  return { ...SUCCESS, extFields: offsetAnswer.encode({ offset: value }) }
}

function consumerList(broker: ConsumerManageParts, request: RemotingCommand): Answer {
  const { consumerGroup } = getConsumerListByGroup.decode(request.extFields)
  const group = broker.consumers.group(consumerGroup)
  if (group === undefined) throw new Refusal(ResponseCode.SYSTEM_ERROR, `no consumer for this group, ${consumerGroup}`)
  const consumerIdList = [...new Set([...group.members.values()].map((member) => member.clientId))]
  return { ...SUCCESS, body: encodeJsonBody({ consumerIdList }) }
}

// #region query-offset
function queryOffset(broker: ConsumerManageParts, request: RemotingCommand): Answer {
  const { consumerGroup, topic, queueId, setZeroIfNotFound } = queryConsumerOffset.decode(request.extFields)
  const stored = broker.offsets.queryOffset(consumerGroup, topic, queueId)
  if (stored >= 0) return offset(stored)
  const isYoung = broker.store.minOffset(topic, queueId) <= 0
  if (isYoung && setZeroIfNotFound !== false) return offset(0)
  throw new Refusal(ResponseCode.QUERY_NOT_FOUND, 'Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first')
}
// #endregion query-offset

// #region update-offset
function updateOffset(broker: ConsumerManageParts, request: RemotingCommand): Answer {
  const { consumerGroup, topic, queueId, commitOffset } = updateConsumerOffset.decode(request.extFields)
  if (broker.groups.get(consumerGroup) === undefined)
    throw new Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `Group ${consumerGroup} not exist!`)
  if (broker.topics.get(topic) === undefined)
    throw new Refusal(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] does not exist`)
  const refusal = commitRefusal(broker, consumerGroup, topic, queueId, commitOffset)
  if (refusal !== undefined) throw refusal
  const isTaken = broker.offsets.commitOffset(consumerGroup, topic, queueId, commitOffset)
  return isTaken ? SUCCESS : { ...SUCCESS, remark: 'Offset has been previously reset' }
}

/**
 * Returns the reason why a client may not store an offset. Returns undefined when the client may store the offset. The queue
 * must exist, the offset must be from 0 to the end of the queue, and the table of offsets must have room. Unlike GlassMQ,
 * RocketMQ stores any offset for any queue id.
 */
export function commitRefusal(
  broker: CommitParts,
  group: string,
  topic: string,
  queueId: number,
  offset: number,
): Refusal | undefined {
  const refusal = (sentence: string) => new Refusal(ResponseCode.INVALID_PARAMETER, sentence)
  const { readQueueNums = 0, writeQueueNums = 0 } = broker.topics.get(topic) ?? {}
  const queues = Math.max(readQueueNums, writeQueueNums)
  if (queueId < 0 || queueId >= queues)
    return refusal(`queueId[${queueId}] is illegal, topic[${topic}] has ${queues} queues`)
  const maxOffset = broker.store.maxOffset(topic, queueId)
  if (offset < 0 || offset > maxOffset)
    return refusal(`commitOffset[${offset}] is illegal, queue ${queueId} of topic[${topic}] ends at ${maxOffset}`)
  if (!broker.offsets.hasRoom(group, topic, queueId))
    return refusal(`this broker already stores ${OFFSETS_MAX} offsets: delete groups or topics first`)
  return undefined
}
// #endregion update-offset

function earliestStoretime(broker: ConsumerManageParts, request: RemotingCommand): Answer {
  const { topic, queueId } = getEarliestMsgStoretime.decode(request.extFields)
  const timestamp = broker.store.storeTimestamp(topic, queueId, broker.store.minOffset(topic, queueId))
  return { ...SUCCESS, extFields: earliestMsgStoretimeAnswer.encode({ timestamp }) }
}
