/**
 * Pops messages from queues for one member of a group. For some time (the invisible time), these messages are hidden from
 * the other members.
 *
 * ```
 * queue  ─► messages from the group's offset on ─► check point in the log ─► offset moves on ─► answer
 *                                                                                │
 *       not acknowledged when the invisible time has passed: `revive-queue.ts` ◄─┘
 * ```
 *
 * Without order, the offset of the group shows which messages were handed out. It does not show which messages were
 * consumed: the check points and the acknowledgements in the log show this. In order, the offset shows which messages were
 * consumed. A queue does not belong
 * to a member: any number of members may pop from one queue, one after the other.
 *
 * Invariants: no message is handed out before its check point is stored. While a check point is being stored, the group pops
 * no other message from the same queue. There is one exception: a queue that is popped in order has no check points
 * (`consumer-order-info-manager.ts`).
 *
 * RocketMQ: `PopMessageProcessor` (`popMsgFromQueue`, `getPopOffset`, `QueueLockManager`).
 */
import { keyOf } from '../../common/message.ts'
import { POP_ORDER_REVIVE_QUEUE, popRetryTopicV1, popRetryTopicV2, retryMarkOf } from '../../common/pop-names.ts'
import type { Host } from '../../host/host.ts'
import { encodeExtraInfo, type OrderCounts, type PoppedQueue } from '../../remoting/pop-extra-info.ts'
import { INIT_MODE } from '../../remoting/requests/pop-message.ts'
import { type GetMessageResult, GetMessageStatus } from '../../store/get-message.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { ConsumerOffsetManager } from '../consumer-offset-manager.ts'
import { EVERYTHING, type PullFilter, readThrough } from '../filter/pull-filter.ts'
import { POP_IN_MEMORY_BYTES } from '../limits.ts'
import type { BrokerStats } from '../stats/broker-stats.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import type { PopCheckPoint } from './check-point.ts'
import type { ConsumerOrderInfoManager } from './consumer-order-info-manager.ts'
import { messagesIn, renamedRecord } from './popped-records.ts'
import type { ReviveLog } from './revive-log.ts'

/** The parts of the broker that the service needs. */
export interface PopServiceParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly offsets: ConsumerOffsetManager
  readonly orders: ConsumerOrderInfoManager
  readonly stats: BrokerStats
}

/** The parameters of one pop. */
export interface PopRequest {
  readonly group: string
  readonly topic: string
  readonly queueId: number
  readonly maxMsgNums: number
  readonly invisibleTime: number
  readonly initMode: number
  readonly order: boolean
  readonly attemptId: string | undefined
  readonly filter: PullFilter
}

/** The result of one pop: the messages and their places. When a queue is blocked, also the time of the next try. */
export interface PopResult {
  readonly popTime: number
  readonly reviveQid: number
  /**
   * The number of messages that the pop has left, also in queues that it did not read because it had enough messages. Queues
   * that an open batch blocks do not count.
   */
  restNum: number
  readonly queues: PoppedQueue[]
  readonly records: Uint8Array[]
  readonly counts: OrderCounts[]
  /**
   * A batch contains the messages that one pop in order takes from one queue. A batch is open until all its messages are
   * acknowledged. A queue is blocked while the messages of its open batch are hidden. `freeAtMs` is the time in
   * ms, by the wall clock, at which the first blocked queue can be popped again. `freeAtMs` is infinite when no queue was
   * blocked.
   */
  freeAtMs: number
  /** True when in one queue, none of the messages that were read passed the filter, and there are more messages to read. */
  isUnfinished: boolean
}

/** Messages of one queue. Without order, they are handed out as soon as their check point is stored; in order, at once. */
interface Take {
  readonly topic: string
  readonly queueId: number
  readonly ck: PopCheckPoint
  readonly nextOffset: number
  readonly found: GetMessageResult
}

/** The state of one pop while it runs. */
interface Taking {
  readonly request: PopRequest
  readonly result: PopResult
  readonly takes: Take[]
  room: number
}

/** Carries out pops. */
export class PopService {
  readonly #broker: PopServiceParts
  readonly #log: ReviveLog
  /** The queues whose check point is being stored. The keys are `topic@group@queueId`. */
  readonly #locked = new Set<string>()
  #pops = 0

  constructor(broker: PopServiceParts, log: ReviveLog) {
    this.#broker = broker
    this.#log = log
  }

  // #region pop
  /**
   * Pops for a member. `done` is called once, with the messages that are handed out. `done` is called when the store has
   * accepted or refused every check point of the pop. When a queue cannot be read and no batch was taken in
   * order, throws the error of the store and does not call `done`.
   */
  pop(request: PopRequest, done: (result: PopResult) => void): void {
    const { host, config } = this.#broker
    const reviveQid = request.order ? POP_ORDER_REVIVE_QUEUE : this.#pops++ % config.reviveQueueNum
    const taking: Taking = {
      request,
      result: {
        popTime: host.clock.nowMs(),
        reviveQid,
        restNum: 0,
        queues: [],
        records: [],
        counts: [],
        freeAtMs: Number.POSITIVE_INFINITY,
        isUnfinished: false,
      },
      takes: [],
      room: request.maxMsgNums,
    }
    // The retry topic is read before or after the topic itself. A random number decides which of the two is read first, and
    // which queue is read first.
    const draw = host.random.int('pop', 100)
    const retryTopic = request.order ? undefined : this.#retryTopic(request, draw)
    const isRetryFirst = draw < config.popFromRetryProbability
    try {
      if (retryTopic !== undefined && isRetryFirst) this.#takeFromTopic(taking, retryTopic, draw)
      if (request.queueId < 0) this.#takeFromTopic(taking, request.topic, draw)
      else this.#take(taking, request.topic, request.queueId)
      if (retryTopic !== undefined && !isRetryFirst && taking.room > 0) this.#takeFromTopic(taking, retryTopic, draw)
    } catch (error) {
      // When a queue cannot be read, the pop ends. Batches that it has taken in order are open already, so they are handed
      // out. Other messages stay in their queues for the next pop.
      for (const { topic, queueId } of taking.takes) this.#locked.delete(`${topic}@${request.group}@${queueId}`)
      if (taking.result.queues.length === 0) throw error
      host.trace.log('warn', `a pop of ${request.topic} ends early: ${error instanceof Error ? error.message : error}`)
    }
    if (taking.takes.length === 0) return done(taking.result)
    // The messages are handed out when their check points are stored.
    const cks = taking.takes.map(({ ck }) => ck)
    this.#log.putCheckPoints(cks, reviveQid, (stored) => {
      for (const [i, take] of taking.takes.entries()) this.#leave(taking, take, stored[i] === true)
      done(taking.result)
    })
  }
  // #endregion pop

  /**
   * Returns the retry topic that this pop reads. One pop reads only one kind of retry topic. When both
   * kinds are in use, the random number `draw` decides.
   */
  #retryTopic({ topic, group }: PopRequest, draw: number): string {
    const { enableRetryTopicV2, retrieveMessageFromPopRetryTopicV1 } = this.#broker.config
    const isV1 = !enableRetryTopicV2 || (retrieveMessageFromPopRetryTopicV1 && draw % 2 === 0)
    return isV1 ? popRetryTopicV1(topic, group) : popRetryTopicV2(topic, group)
  }

  /** Takes messages from all queues of a topic. `draw` chooses the first queue. */
  #takeFromTopic(taking: Taking, topic: string, draw: number): void {
    const queueNums = this.#broker.topics.get(topic)?.readQueueNums ?? 0
    for (let i = 0; i < queueNums; i++) this.#take(taking, topic, (draw + i) % queueNums)
  }

  // #region take-from-queue
  #take(taking: Taking, topic: string, queueId: number): void {
    const { request, result } = taking
    const { group, order } = request
    const { store, offsets, orders } = this.#broker
    const key = `${topic}@${group}@${queueId}`
    // A queue yields no messages while its check point is being stored. A queue that is popped in order yields no messages
    // while the messages of its open batch are hidden.
    if (this.#locked.has(key)) {
      if (!order)
        result.restNum += store.maxOffset(topic, queueId) - this.offsetOf(group, topic, queueId, request.initMode)
      return
    }
    let offset = this.#startOf(request, topic, queueId)
    if (order) {
      const freeAtMs = orders.blockedUntil(request.attemptId, topic, group, queueId)
      if (freeAtMs !== undefined) {
        result.freeAtMs = Math.min(result.freeAtMs, freeAtMs)
        return
      }
    }
    if (taking.room <= 0) {
      result.restNum += store.maxOffset(topic, queueId) - offset
      return
    }
    // A message of a retry topic has already passed the filter.
    const filter = retryMarkOf(topic) === '0' ? request.filter : { byTag: EVERYTHING }
    const read = () => readThrough(store, topic, queueId, offset, taking.room, filter)
    let found = read()
    if (isMisplaced(found, offset)) {
      offset = found.nextBeginOffset
      offsets.commitOffset(group, topic, queueId, offset)
      found = read()
    }
    if (found.status === GetMessageStatus.FOUND) return this.#takeFound(taking, topic, queueId, offset, found)
    if (found.status !== GetMessageStatus.NO_MATCHED_MESSAGE) return
    offsets.commitOffset(group, topic, queueId, found.nextBeginOffset)
    result.restNum += found.maxOffset - found.nextBeginOffset
    // when the entries of a queue cannot be read, the offset stays, and the pop is not repeated at once
    if (found.maxOffset > found.nextBeginOffset && found.nextBeginOffset > offset) result.isUnfinished = true
  }
  // #endregion take-from-queue

  #takeFound(taking: Taking, topic: string, queueId: number, offset: number, found: GetMessageResult): void {
    const { request, result } = taking
    const { group, invisibleTime } = request
    taking.room -= found.count
    const ck: PopCheckPoint = {
      topic,
      group,
      queueId,
      startOffset: offset,
      popTime: result.popTime,
      brokerName: this.#broker.config.brokerName,
      invisibleTime,
      offsets: messagesIn(found.records).map((message) => message.queueOffset),
      rePutTimes: 0,
      logEndsAt: this.#broker.store.commitLogMaxOffset,
    }
    const take: Take = { topic, queueId, ck, nextOffset: found.nextBeginOffset, found }
    // For a pop without order, the messages are handed out only when the check point is stored.
    if (!request.order) {
      this.#locked.add(`${topic}@${group}@${queueId}`)
      taking.takes.push(take)
      return
    }
    // For a pop in order, the batch is remembered now. The offset moves when messages of the batch are acknowledged.
    const { orders, offsets } = this.#broker
    result.counts.push(orders.popped(request.attemptId, ck))
    offsets.commitOffset(group, topic, queueId, offset)
    this.#answer(taking, take)
  }

  // #region leave
  /**
   * Called when the store has accepted or refused a check point. When the check point is stored, its messages are handed out
   * and the offset of the group moves. When the check point is refused or the topic is deleted, the messages are not handed
   * out, and the offset does not move.
   */
  #leave(taking: Taking, take: Take, isStored: boolean): void {
    const { group } = taking.request
    const { topic, queueId, nextOffset, found } = take
    this.#locked.delete(`${topic}@${group}@${queueId}`)
    const isTopicGone = this.#broker.topics.get(topic) === undefined // a deleted topic gets no offset
    if (!isStored || isTopicGone) {
      taking.result.restNum += isTopicGone ? 0 : found.count
      return
    }
    this.#broker.offsets.commitOffset(group, topic, queueId, nextOffset)
    this.#answer(taking, take)
  }
  // #endregion leave

  #answer({ request, result }: Taking, { topic, queueId, ck, nextOffset, found }: Take): void {
    const { store, host, config, stats } = this.#broker
    const { popTime, startOffset, offsets, invisibleTime } = ck
    result.restNum += store.maxOffset(topic, queueId) - nextOffset
    const mark = retryMarkOf(topic)
    // A receipt contains the place of a message. A message of a retry topic is copied into a new record, which has the name
    // of the requested topic and contains the receipt.
    result.queues.push({ mark, queueId, startOffset, offsets })
    const messages = messagesIn(found.records)
    if (mark === '0' || config.popResponseReturnActualRetryTopic) result.records.push(...found.records)
    else
      for (const [i, message] of messages.entries()) {
        const { reviveQid } = result
        const { brokerName } = config
        const { queueOffset } = message
        const receipt = {
          ckQueueOffset: startOffset,
          popTime,
          invisibleTime,
          reviveQid,
          mark,
          brokerName,
          queueId,
          queueOffset,
        }
        result.records.push(renamedRecord(message, request.topic, encodeExtraInfo(receipt)) ?? found.records[i]!)
      }
    // Counts the messages for the statistics, and emits one event for each message.
    const bytes = found.records.reduce((sum, record) => sum + record.length, 0)
    stats.pulled(request.group, topic, found.count, bytes)
    const { group } = request
    const visibleAtMs = popTime + invisibleTime
    for (const { queueOffset, properties } of messages) {
      const msgKey = keyOf(properties)
      host.trace.emit?.('message.popped', { group, topic, queueId, queueOffset, key: msgKey, popTime, visibleAtMs })
    }
  }

  // #region pop-offset
  /**
   * Returns the offset from which the group pops. When there is a reset of the offset, first applies and removes this reset.
   */
  #startOf({ group, initMode }: PopRequest, topic: string, queueId: number): number {
    const { offsets, orders } = this.#broker
    const reset = offsets.resetOf(group, topic, queueId)
    if (reset >= 0) {
      offsets.resetHeard(group, topic, queueId)
      orders.forget(topic, group, queueId)
      offsets.commitOffset(group, topic, queueId, reset)
      return reset
    }
    const offset = this.offsetOf(group, topic, queueId, initMode)
    if (offsets.queryOffset(group, topic, queueId) < 0) offsets.commitOffset(group, topic, queueId, offset)
    return offset
  }

  /**
   * Returns the group's offset. For a new group, returns the offset of the first message. With `INIT_MODE.MAX`, a new group
   * in an ordinary topic begins at the last message of the queue, or at offset 0 while the log is short.
   */
  offsetOf(group: string, topic: string, queueId: number, initMode: number = INIT_MODE.MIN): number {
    const { offsets, store, config } = this.#broker
    const stored = offsets.queryOffset(group, topic, queueId)
    if (stored >= 0) return stored
    const minOffset = store.minOffset(topic, queueId)
    if (initMode === INIT_MODE.MIN || retryMarkOf(topic) !== '0') return minOffset
    // When the log is short, the topic is probably new. In a new topic, a group begins with the first message, so that the
    // group misses no message.
    const isYoung = minOffset <= 0 && store.commitLogMaxOffset <= POP_IN_MEMORY_BYTES
    if (config.initPopOffsetByCheckMsgInMem && isYoung) return 0
    return Math.max(store.maxOffset(topic, queueId) - 1, 0)
  }
  // #endregion pop-offset
}

/** Returns true when the offset is outside the queue, because files were deleted or the queue was created again. */
function isMisplaced({ status, maxOffset }: GetMessageResult, offset: number): boolean {
  return status === GetMessageStatus.OFFSET_TOO_SMALL || (offset > maxOffset && status !== GetMessageStatus.FOUND)
}
