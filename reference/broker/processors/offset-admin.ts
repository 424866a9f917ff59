/**
 * Returns tables of offsets to slaves. Compares and copies the offsets of groups for operators.
 *
 * RocketMQ: `AdminBrokerProcessor` (getAllConsumerOffset, getAllDelayOffset, queryCorrectionOffset, cloneGroupOffset).
 */
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { Refusal } from '../../remoting/refusal.ts'
import type { Answer, RemotingCommand } from '../../remoting/remoting-command.ts'
import { SUCCESS } from '../../remoting/remoting-command.ts'
import * as requests from '../../remoting/requests/offset-admin.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { ConsumerManager } from '../consumer-manager.ts'
import type { ConsumerOffsetManager } from '../consumer-offset-manager.ts'
import { OFFSETS_MAX } from '../limits.ts'
import type { ScheduleMessageService } from '../schedule/schedule-message-service.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import { type ToldProgressParts, toldProgress } from './told-progress.ts'

/** The parts of the broker that the handlers need. */
export interface OffsetAdminParts extends ToldProgressParts {
  readonly topics: TopicConfigManager
  readonly offsets: ConsumerOffsetManager
  readonly consumers: ConsumerManager
  readonly schedule: ScheduleMessageService
}

/**
 * The result for a queue in which the compared group is behind all other groups. RocketMQ uses `Long.MAX_VALUE` of Java.
 * GlassMQ uses this number instead, because larger integers are not exact in JavaScript.
 */
const BEHIND_ALL = Number.MAX_SAFE_INTEGER

/** Returns the handlers of the requests about tables of offsets, by code. */
export function offsetAdminHandlers(broker: OffsetAdminParts): RequestHandlers {
  return [
    [requests.getAllConsumerOffset.code, toldProgress(broker, () => encodeJsonBody(broker.offsets.toJson()))],
    [requests.getAllDelayOffset.code, toldProgress(broker, () => encodeJsonBody(broker.schedule.toJson()))],
    [requests.queryCorrectionOffset.code, (request) => correction(broker, request)],
    [requests.cloneGroupOffset.code, (request) => clone(broker, request)],
  ]
}

// #region correction-offset
/**
 * Returns for each queue the min offset of all groups except the groups that the request excludes. Returns `BEHIND_ALL` for
 * a queue in which the offset of `compareGroup` is lower than this min offset, or in which no such group has an offset.
 */
function correction(broker: OffsetAdminParts, request: RemotingCommand): Answer {
  const { filterGroups, compareGroup, topic } = requests.queryCorrectionOffset.decode(request.extFields)
  const filtered = new Set((filterGroups ?? '').split(','))
  const minOffsets = new Map<number, number>()
  for (const group of broker.offsets.groupsOf(topic)) {
    if (filtered.has(group)) continue
    for (const [queueId, offset] of broker.offsets.offsetsOf(group, topic))
      minOffsets.set(queueId, Math.min(minOffsets.get(queueId) ?? BEHIND_ALL, offset))
  }
  for (const [queueId, offset] of broker.offsets.offsetsOf(compareGroup, topic))
    if ((minOffsets.get(queueId) ?? BEHIND_ALL) > offset) minOffsets.set(queueId, BEHIND_ALL)
  return { ...SUCCESS, body: encodeJsonBody({ correctionOffsets: Object.fromEntries(minOffsets) }) }
}
// #endregion correction-offset

/**
 * Copies the offsets of one group to another group. Two kinds of topics are skipped: topics that this broker does not have,
 * and topics to which the source group is online but no longer subscribes. Throws `Refusal` when the table has no room for
 * the offsets of a topic. The offsets of earlier topics stay copied.
 */
function clone(broker: OffsetAdminParts, request: RemotingCommand): Answer {
  const { srcGroup, destGroup, topic, offline } = requests.cloneGroupOffset.decode(request.extFields)
  const topics = topic === undefined || topic === '' ? broker.offsets.topicsOf(srcGroup) : [topic]
  for (const name of topics) {
    if (broker.topics.get(name) === undefined) continue
    if (offline !== true && broker.consumers.isUnsubscribed(srcGroup, name)) continue
    if (!broker.offsets.clone(srcGroup, destGroup, name))
      throw new Refusal(
        ResponseCode.SYSTEM_BUSY,
        `this broker already stores ${OFFSETS_MAX} offsets: delete groups first`,
      )
  }
  return SUCCESS
}
