/**
 * Acknowledges popped messages, or changes the time for which they are hidden.
 *
 * | request                     | not in order                                       | in order (`reviveQid` is 999)                    |
 * | --------------------------- | -------------------------------------------------- | ------------------------------------------------ |
 * | ACK_MESSAGE | an acknowledgement is stored. Later, the acknowledgement arrives in the revive queue that the receipt names | the offset of the group moves to the first message without an acknowledgement |
 * | BATCH_ACK_MESSAGE           | one acknowledgement is stored for each check point in the batch | as for ACK_MESSAGE |
 * | CHANGE_MESSAGE_INVISIBLETIME | a new check point of this message is stored, then an acknowledgement for the old check point | the new time is stored with the batch of this queue (`../pop/consumer-order-info-manager.ts`) |
 *
 * A check point is the record of a pop in the log. A revive queue holds check points and acknowledgements
 * (`../pop/revive-queue.ts`). A receipt is the text with which a client names a popped message.
 *
 * For a new invisible time, the new check point is stored before the acknowledgement for the old check point. When the
 * broker crashes between these two steps, both check points count. After such a crash, the message may be delivered twice,
 * but the message is not lost.
 *
 * When messages are not popped in order, an acknowledgement of an unknown pop is stored, but changes nothing. When the store
 * has refused the acknowledgement, RocketMQ answers SUCCESS. GlassMQ answers an error to ACK_MESSAGE and BATCH_ACK_MESSAGE,
 * because the message will be redelivered.
 *
 * RocketMQ: `AckMessageProcessor`, `ChangeInvisibleTimeProcessor`.
 */
import { markedTopic, POP_ORDER_REVIVE_QUEUE } from '../../common/pop-names.ts'
import type { Host } from '../../host/host.ts'
import { decodeRequestBody } from '../../remoting/bodies/json-body.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { decodeExtraInfo, type ExtraInfo } from '../../remoting/pop-extra-info.ts'
import { Refusal, type WhenDone } from '../../remoting/refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import {
  ackMessage,
  type BatchAck,
  batchAckBodyShape,
  batchAckMessage,
  changeInvisibleTime,
  changeInvisibleTimeAnswer,
} from '../../remoting/requests/ack-message.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { ConsumerOffsetManager } from '../consumer-offset-manager.ts'
import { INVISIBLE_TIME_MAX_MS } from '../limits.ts'
import type { PopAck, PopName } from '../pop/check-point.ts'
import type { ConsumerOrderInfoManager } from '../pop/consumer-order-info-manager.ts'
import type { PopParts } from '../pop/pop-parts.ts'
import { notStored } from '../pop/revive-log.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import { existingTopic, illegalQueue } from './checks.ts'

/** The parts of the broker that the handlers need. */
export interface AckParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly offsets: ConsumerOffsetManager
  readonly pop: PopParts
  readonly orders: ConsumerOrderInfoManager
}

/** Returns the handlers of the three requests about popped messages, by code. */
export function ackMessageHandlers(broker: AckParts): RequestHandlers {
  return [
    [ackMessage.code, (request, channel) => ack(broker, request, channel)],
    [batchAckMessage.code, (request, channel) => batchAck(broker, request, channel)],
    [changeInvisibleTime.code, (request, channel) => changeTime(broker, request, channel)],
  ]
}

interface Receipt {
  readonly consumerGroup: string
  readonly topic: string
  readonly queueId: number
  readonly offset: number
}

// #region ack-message
function ack(broker: AckParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const header = ackMessage.decode(request.extFields)
  const info = decodeExtraInfo(header.extraInfo)
  checkReceipt(broker, header, info.reviveQid, true)
  const { queueId, offset } = header
  if (info.reviveQid === POP_ORDER_REVIVE_QUEUE) {
    ackInOrder(broker, { ...nameOf(header, info), queueId }, offset)
    return SUCCESS
  }
  const acknowledged = { ...nameOf(header, info), ackOffsets: [offset], isBatch: false }
  const later = new LaterAnswer(request, channel)
  putAck(broker, acknowledged, info.reviveQid, info.invisibleTime, (refusal) => later.end(refusal))
  return later
}
// #endregion ack-message

function nameOf({ consumerGroup, topic, queueId }: Receipt, info: ExtraInfo): PopName {
  const { ckQueueOffset, popTime, brokerName } = info
  return { topic, group: consumerGroup, queueId, startOffset: ckQueueOffset, popTime, brokerName }
}

/**
 * Checks that the topic, the queue, the revive queue and the offset of a receipt exist. Throws `Refusal` when one of the
 * four does not exist. `isEndIncluded` is true when `offset` may also be the offset after the last message. As in RocketMQ,
 * an acknowledgement may have this offset.
 */
function checkReceipt(
  broker: AckParts,
  { topic, queueId, offset }: Receipt,
  reviveQid: number,
  isEndIncluded: boolean,
): void {
  const config = existingTopic(broker.topics, topic)
  if (queueId < 0 || queueId >= config.readQueueNums) throw illegalQueue(ResponseCode.MESSAGE_ILLEGAL, config, queueId)
  if (!isReviveQueue(broker, reviveQid))
    throw new Refusal(ResponseCode.MESSAGE_ILLEGAL, `the receipt names revive queue ${reviveQid}, which there is not`)
  const minOffset = broker.store.minOffset(topic, queueId)
  const maxOffset = broker.store.maxOffset(topic, queueId)
  if (offset < minOffset || offset > maxOffset || (offset === maxOffset && !isEndIncluded))
    throw new Refusal(
      ResponseCode.NO_MESSAGE,
      `offset is illegal, key:${topic}@${queueId}, commit:${offset}, store:${minOffset}~${maxOffset}`,
    )
}

function isReviveQueue(broker: AckParts, reviveQid: number): boolean {
  return reviveQid === POP_ORDER_REVIVE_QUEUE || (reviveQid >= 0 && reviveQid < broker.pop.log.queueNums)
}

// #region put-pop-ack
function putAck(
  broker: AckParts,
  acknowledged: PopAck,
  reviveQid: number,
  invisibleTime: number,
  done: WhenDone,
): void {
  const { topic, group, queueId, popTime, ackOffsets } = acknowledged
  broker.pop.log.putAck(acknowledged, reviveQid, popTime + invisibleTime, (refusal) => {
    const { trace } = broker.host
    if (refusal === undefined)
      for (const queueOffset of ackOffsets)
        trace.emit?.('message.acked', { group, topic, queueId, queueOffset, popTime })
    done(refusal)
  })
}
// #endregion put-pop-ack

// #region batch-ack
function batchAck(broker: AckParts, request: RemotingCommand, channel: Channel): LaterAnswer {
  const { brokerName, acks } = decodeRequestBody('BATCH_ACK_MESSAGE', request.body, batchAckBodyShape)
  if (acks.length === 0) throw new Refusal(ResponseCode.NO_MESSAGE, 'the batch of acknowledgements is empty')
  const later = new LaterAnswer(request, channel)
  const done = later.afterAll(acks.length)
  for (const one of acks) ackMany(broker, one, brokerName === '' ? broker.config.brokerName : brokerName, done)
  return later
}

/** Acknowledges those messages of a batch that belong to one check point. Skips offsets outside the queue. */
function ackMany(broker: AckParts, one: BatchAck, brokerName: string, done: WhenDone): void {
  const { consumerGroup: group, queueId, startOffset, popTime, reviveQueueId, retry } = one
  if (retry !== '0' && retry !== '1' && retry !== '2')
    return done(notStored(`"${retry}" is no kind of topic; it must be 0, 1 or 2`))
  const topic = markedTopic(retry, one.topic, group)
  const minOffset = broker.store.minOffset(topic, queueId)
  const maxOffset = broker.store.maxOffset(topic, queueId)
  const offsets = one.offsets.map((distance) => startOffset + distance)
  const ackOffsets = offsets.filter((offset) => offset >= minOffset && offset <= maxOffset)
  if (ackOffsets.length === 0 || broker.topics.get(topic) === undefined || !isReviveQueue(broker, reviveQueueId))
    return done()
  const name = { topic, group, queueId, startOffset, popTime, brokerName }
  if (reviveQueueId !== POP_ORDER_REVIVE_QUEUE)
    return putAck(broker, { ...name, ackOffsets, isBatch: true }, reviveQueueId, one.invisibleTime, done)
  for (const offset of ackOffsets) ackInOrder(broker, name, offset)
  done()
}
// #endregion batch-ack

// #region ack-in-order
function ackInOrder(broker: AckParts, { topic, group, queueId, popTime }: PopName, offset: number): void {
  const { offsets, orders, pop, host } = broker
  if (offset < offsets.queryOffset(group, topic, queueId)) return // the message was acknowledged before
  const nextOffset = orders.ack(topic, group, queueId, offset, popTime)
  if (nextOffset < 0) return
  offsets.commitOffset(group, topic, queueId, nextOffset)
  host.trace.emit?.('message.acked', { group, topic, queueId, queueOffset: offset, popTime })
  if (orders.blockedUntil(undefined, topic, group, queueId) !== undefined) return
  pop.hold.wakeOne(topic, group, queueId, 'its queue is free')
  pop.notified.wakeOne(topic, group, queueId, 'its queue is free')
}
// #endregion ack-in-order

// #region change-invisible-time
function changeTime(broker: AckParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const header = changeInvisibleTime.decode(request.extFields)
  const info = decodeExtraInfo(header.extraInfo)
  checkReceipt(broker, header, info.reviveQid, false)
  const { queueId, offset, invisibleTime } = header
  if (invisibleTime < 0 || invisibleTime > INVISIBLE_TIME_MAX_MS)
    throw new Refusal(
      ResponseCode.INVALID_PARAMETER,
      `invisibleTime is ${invisibleTime}; it must be 0 to ${INVISIBLE_TIME_MAX_MS} ms`,
    )
  const name = nameOf(header, info)
  const popTime = broker.host.clock.nowMs()
  const { reviveQid } = info
  if (reviveQid === POP_ORDER_REVIVE_QUEUE) return changeInOrder(broker, name, offset, invisibleTime, popTime)
  // A new check point hides this message again.
  const logEndsAt = broker.store.commitLogMaxOffset
  const again = { ...name, startOffset: offset, popTime, invisibleTime, offsets: [offset], rePutTimes: 0, logEndsAt }
  const later = new LaterAnswer(request, channel)
  broker.pop.log.putCheckPoints([again], reviveQid, ([isStored]) => {
    if (isStored !== true)
      return later.refuse(new Refusal(ResponseCode.SYSTEM_ERROR, 'the new check point is not stored'))
    const { trace } = broker.host
    const { topic, group } = name
    trace.emit?.('message.hidden', {
      group,
      topic,
      queueId,
      queueOffset: offset,
      popTime,
      visibleAtMs: popTime + invisibleTime,
    })
    // Without an acknowledgement, the message would also be redelivered because of the old check point.
    const origin = { ...name, ackOffsets: [offset], isBatch: false }
    // The answer is SUCCESS even when the store has refused the acknowledgement for the old check point. In this case, the
    // message may be delivered twice.
    broker.pop.log.putAck(origin, reviveQid, info.popTime + info.invisibleTime, () => {
      const extFields = changeInvisibleTimeAnswer.encode({ popTime, invisibleTime, reviveQid })
      later.answer({ ...SUCCESS, extFields })
    })
  })
  return later
}

function changeInOrder(broker: AckParts, name: PopName, offset: number, invisibleTime: number, nowMs: number): Answer {
  const { topic, group, queueId, popTime } = name
  const reviveQid = POP_ORDER_REVIVE_QUEUE
  const isOld = offset < broker.offsets.queryOffset(group, topic, queueId)
  if (!isOld) broker.orders.setVisibleAt(name, offset, nowMs + invisibleTime)
  const extFields = changeInvisibleTimeAnswer.encode({
    popTime,
    invisibleTime: nowMs + invisibleTime - popTime,
    reviveQid,
  })
  return { ...SUCCESS, extFields }
}
// #endregion change-invisible-time
