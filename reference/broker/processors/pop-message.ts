/**
 * Hands messages to a member of a consumer group, and hides these messages from the other members for some time. When a pop
 * finds no message, the broker may hold the request: it sends the answer later.
 *
 * | what the pop finds        | answer                                                                                 |
 * | ------------------------- | -------------------------------------------------------------------------------------- |
 * | messages                  | SUCCESS, when their check points are stored. When the queues have more messages, a held request of the same group is woken |
 * | no message, and the request may be held | no answer while the request is held. When a message arrives, the request pops again. When the time of the request has expired, the answer is POLLING_TIMEOUT |
 * | no message, and too many requests are held | POLLING_FULL                                                              |
 *
 * A pop contains the filter for the topic, so the broker does not need the subscription in a heartbeat of the member.
 * Messages in the retry topic of the group have already passed the filter, and are not filtered again.
 *
 * RocketMQ: `PopMessageProcessor.processRequest`, `PeekMessageProcessor`, `NotificationProcessor`, `PollingInfoProcessor`.
 * Unlike GlassMQ, RocketMQ also stores the subscription of the pop in its table of consumers.
 */
import { POP_BATCH_MAX } from '../../common/limits.ts'
import { popRetryTopicV1, popRetryTopicV2 } from '../../common/pop-names.ts'
import { PERM } from '../../common/sys-flag.ts'
import { attempt } from '../../host/disk-attempt.ts'
import type { Host } from '../../host/host.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { encodeMsgOffsets, encodeOrderCounts, encodeStartOffsets } from '../../remoting/pop-extra-info.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, failure, type RemotingCommand } from '../../remoting/remoting-command.ts'
import type { HeaderOf } from '../../remoting/request.ts'
import * as requests from '../../remoting/requests/pop-message.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { checkReading } from '../broker-permission.ts'
import type { ConsumerOffsetManager } from '../consumer-offset-manager.ts'
import type { ExpressionFilters } from '../filter/expression-filters.ts'
import { EVERYTHING, filterOfText } from '../filter/pull-filter.ts'
import { HOLD_MS_MAX, INVISIBLE_TIME_MAX_MS, OFFSETS_MAX, POP_TIMEOUT_TOO_MUCH_MS } from '../limits.ts'
import type { ConsumerOrderInfoManager } from '../pop/consumer-order-info-manager.ts'
import type { PopParts } from '../pop/pop-parts.ts'
import type { PopRequest, PopResult } from '../pop/pop-service.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import { existingGroup, existingTopic, illegalQueue } from './checks.ts'

/** The parts of the broker that the handlers need. */
export interface PopMessageParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly filters: ExpressionFilters
  readonly offsets: ConsumerOffsetManager
  readonly pop: PopParts
  readonly orders: ConsumerOrderInfoManager
  readonly address: string
}

type PopHeader = HeaderOf<typeof requests.popMessage.fields>

/** Returns the handlers of the four requests about popping, by code. */
export function popMessageHandlers(broker: PopMessageParts): RequestHandlers {
  return [
    [requests.popMessage.code, (request, channel) => pop(broker, request, channel)],
    [requests.peekMessage.code, (request) => peek(broker, request)],
    [requests.notification.code, (request, channel) => notify(broker, request, channel)],
    [requests.pollingInfo.code, (request) => pollingInfo(broker, request)],
  ]
}

// #region pop-message
function pop(broker: PopMessageParts, request: RemotingCommand, channel: Channel): LaterAnswer {
  const header = requests.popMessage.decode(request.extFields)
  const nowMs = broker.host.clock.nowMs()
  const endMs = endOf(header, nowMs)
  if (nowMs - endMs > POP_TIMEOUT_TOO_MUCH_MS)
    throw new Refusal(
      ResponseCode.POLLING_TIMEOUT,
      `this pop is ${nowMs - endMs} ms too late: the asker has given it up`,
    )
  // All checks come before the pop, because a refused request must not take messages.
  checkPop(broker, header)
  check(broker, header)
  const filter = filterOfText(broker.filters, header.expType, header.exp ?? '')
  const popRequest: PopRequest = {
    group: header.consumerGroup,
    topic: header.topic,
    queueId: header.queueId,
    maxMsgNums: header.maxMsgNums,
    invisibleTime: header.invisibleTime,
    initMode: header.initMode,
    order: header.order === true,
    attemptId: header.attemptId,
    filter,
  }
  const later = new LaterAnswer(request, channel)
  popOrHold(broker, popRequest, { later, endMs }, false)
  return later
}

interface Asked {
  readonly later: LaterAnswer
  /**
   * The request may be held until this time (ms). The time is counted from the client's `bornTime`, and the broker compares
   * it with its own clock.
   */
  readonly endMs: number
}

function popOrHold(broker: PopMessageParts, pop: PopRequest, asked: Asked, isOver: boolean): void {
  const { later, endMs } = asked
  const { channel } = later
  if (channel.isClosed || broker.pop.isStopped) return
  broker.pop.service.pop(pop, (result) => {
    const { topic, group, queueId } = pop
    if (result.records.length > 0) {
      later.answer(answer(pop, result, ResponseCode.SUCCESS))
      if (result.restNum > 0) broker.pop.hold.wakeOne(topic, group, queueId, 'a pop left something')
      return
    }
    const nowMs = broker.host.clock.nowMs()
    // The pop has found no message. When the time of the request has expired, the answer is POLLING_TIMEOUT. When the pop
    // has read messages but none passed the filter, and the queue has more messages, the pop is repeated. In all other
    // cases, the request is held.
    const again = (over: boolean) => {
      if (broker.pop.isStopped) return later.answer(answer(pop, result, ResponseCode.POLLING_TIMEOUT))
      broker.host.clock.after(0, () => {
        const unreadable = attempt(() => popOrHold(broker, pop, asked, over))
        if (unreadable !== '') later.answer(failure(ResponseCode.SYSTEM_ERROR, unreadable))
      })
    }
    if (isOver || endMs <= nowMs) return later.answer(answer(pop, result, ResponseCode.POLLING_TIMEOUT))
    if (result.isUnfinished) return again(false)
    const held = { group, topic, queueId, codes: pop.filter.codes, channel, again }
    const isHeld = broker.pop.hold.hold(held, Math.min(endMs - nowMs, HOLD_MS_MAX), result.freeAtMs - nowMs)
    if (!isHeld) later.answer(answer(pop, result, ResponseCode.POLLING_FULL))
  })
}
// #endregion pop-message

/**
 * Returns the time until which a request may be held: `pollTime` after `bornTime`. When `bornTime` is 0 or undefined,
 * `pollTime` is counted from now.
 */
function endOf({ bornTime, pollTime }: { bornTime?: number | undefined; pollTime: number }, nowMs: number): number {
  return (bornTime === undefined || bornTime === 0 ? nowMs : bornTime) + pollTime
}

function answer({ invisibleTime, order }: PopRequest, result: PopResult, code: number): Answer {
  const { popTime, reviveQid, restNum, queues, records, counts } = result
  return {
    code,
    remark: code === ResponseCode.SUCCESS ? 'FOUND' : 'NO_MESSAGE_IN_QUEUE',
    extFields: requests.popMessageAnswer.encode({
      popTime,
      invisibleTime,
      reviveQid,
      restNum,
      startOffsetInfo: encodeStartOffsets(queues),
      msgOffsetInfo: encodeMsgOffsets(queues),
      orderCountInfo: order ? encodeOrderCounts(counts) : undefined,
    }),
    bodyPieces: records,
  }
}

function checkPop(broker: PopMessageParts, { maxMsgNums, invisibleTime }: PopHeader): void {
  if (maxMsgNums > POP_BATCH_MAX)
    throw new Refusal(
      ResponseCode.INVALID_PARAMETER,
      `maxMsgNums is ${maxMsgNums}; a pop takes at most ${POP_BATCH_MAX}`,
    )
  if (maxMsgNums < 1)
    throw new Refusal(ResponseCode.INVALID_PARAMETER, `maxMsgNums is ${maxMsgNums}; it must be 1 or more`)
  if (invisibleTime < 0 || invisibleTime > INVISIBLE_TIME_MAX_MS)
    throw new Refusal(
      ResponseCode.INVALID_PARAMETER,
      `invisibleTime is ${invisibleTime}; it must be 0 to ${INVISIBLE_TIME_MAX_MS} ms`,
    )
  if (!broker.config.timerWheelEnable)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, 'pop message is forbidden because timerWheelEnable is false')
}

/**
 * Makes the checks that all four requests need, in RocketMQ's order. The last check, for room in the table of offsets, is
 * only in GlassMQ. Throws `Refusal` at the first check that fails.
 */
function check(
  broker: PopMessageParts,
  { topic, queueId, consumerGroup }: { topic: string; queueId: number; consumerGroup: string },
): void {
  checkReading(broker, 'peeking')
  const config = existingTopic(broker.topics, topic)
  if ((config.perm & PERM.READ) === 0)
    throw new Refusal(ResponseCode.NO_PERMISSION, `the topic[${topic}] peeking message is forbidden`)
  if (queueId >= config.readQueueNums) throw illegalQueue(ResponseCode.INVALID_PARAMETER, config, queueId)
  const group = existingGroup(broker.groups.find(consumerGroup), consumerGroup)
  if (!group.consumeEnable)
    throw new Refusal(ResponseCode.NO_PERMISSION, `subscription group no permission, ${consumerGroup}`)
  if (!broker.offsets.hasRoom(consumerGroup, topic, Math.max(0, queueId)))
    throw new Refusal(
      ResponseCode.SYSTEM_BUSY,
      `this broker already stores ${OFFSETS_MAX} offsets: delete groups first`,
    )
}

/** Returns the queues that a request reads: first the queues of the topic, then the queues of the group's retry topics. */
function placesOf(
  broker: PopMessageParts,
  { topic, queueId, consumerGroup }: { topic: string; queueId: number; consumerGroup: string },
): readonly { readonly topic: string; readonly queueId: number }[] {
  const all = (name: string) =>
    Array.from({ length: broker.topics.get(name)?.readQueueNums ?? 0 }, (_, id) => ({ topic: name, queueId: id }))
  const own = queueId < 0 ? all(topic) : [{ topic, queueId }]
  return [...own, ...all(popRetryTopicV1(topic, consumerGroup)), ...all(popRetryTopicV2(topic, consumerGroup))]
}

// #region peek-message
/**
 * Returns messages from the group's offsets on, but does not take them: the offsets do not move. Unlike a pop, a peek does
 * not filter messages.
 */
function peek(broker: PopMessageParts, request: RemotingCommand): Answer {
  const header = requests.peekMessage.decode(request.extFields)
  check(broker, header)
  const records: Uint8Array[] = []
  let room = Math.min(header.maxMsgNums, POP_BATCH_MAX)
  let restNum = 0
  for (const { topic, queueId } of placesOf(broker, header)) {
    const offset = broker.pop.service.offsetOf(header.consumerGroup, topic, queueId)
    restNum += broker.store.maxOffset(topic, queueId) - offset
    if (room <= 0) continue
    const found = broker.store.getMessage(topic, queueId, offset, room, EVERYTHING)
    records.push(...found.records)
    room -= found.count
  }
  const isFound = records.length > 0
  return {
    code: isFound ? ResponseCode.SUCCESS : ResponseCode.PULL_NOT_FOUND,
    remark: isFound ? 'FOUND' : 'NO_MESSAGE_IN_QUEUE',
    extFields: requests.popMessageAnswer.encode({ popTime: 0, invisibleTime: 0, reviveQid: 0, restNum }),
    bodyPieces: isFound ? records : undefined,
  }
}
// #endregion peek-message

// #region pop-notification
/**
 * Answers when there are messages to pop, when the time of the request has expired, or when too many requests are held. Does
 * not pop a message.
 */
function notify(broker: PopMessageParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const header = requests.notification.decode(request.extFields)
  check(broker, header)
  const { consumerGroup: group, topic, queueId } = header
  const { service, notified } = broker.pop
  const nowMs = broker.host.clock.nowMs()
  // Returns true when a pop in order must wait, because messages of the batch before are hidden and not acknowledged.
  const isBlocked = (id: number) =>
    header.order === true && broker.orders.blockedUntil(header.attemptId, topic, group, id) !== undefined
  // Returns true when the group could pop a message now. The filter is not applied.
  const hasMsg = () =>
    placesOf(broker, header).some(
      (place) =>
        broker.store.maxOffset(place.topic, place.queueId) > service.offsetOf(group, place.topic, place.queueId) &&
        !(place.topic === topic && isBlocked(place.queueId)),
    )
  const state = (pollingFull: boolean): Answer => {
    const extFields = requests.notificationAnswer.encode({ hasMsg: hasMsg(), pollingFull })
    return { code: ResponseCode.SUCCESS, extFields }
  }
  // The request is answered now, or the broker holds the request.
  const leftMs = Math.min(endOf(header, nowMs) - nowMs, HOLD_MS_MAX)
  if (hasMsg() || leftMs <= 0 || broker.pop.isStopped) return state(false)
  const later = new LaterAnswer(request, channel)
  const again = () => later.answer(state(false))
  const held = { group, topic, queueId, codes: undefined, channel, again }
  return notified.hold(held, leftMs) ? later : state(true)
}
// #endregion pop-notification

function pollingInfo(broker: PopMessageParts, request: RemotingCommand): Answer {
  const header = requests.pollingInfo.decode(request.extFields)
  check(broker, header)
  const pollingNum = broker.pop.hold.countOf(header.topic, header.consumerGroup, header.queueId)
  return { code: ResponseCode.SUCCESS, extFields: requests.pollingInfoAnswer.encode({ pollingNum }) }
}
