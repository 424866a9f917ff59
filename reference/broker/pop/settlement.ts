/**
 * Settles one check point: each of its messages without an acknowledgement is copied to the retry topic of the group.
 *
 * | case                                        | what the settlement does                                          |
 * | ------------------------------------------- | ----------------------------------------------------------------- |
 * | the topic or the group was deleted          | no message is redelivered                                         |
 * | the log no longer has a message             | this message is not redelivered                                   |
 * | the message cannot be read now              | a new check point with only this message is written. The new check point is settled later |
 * | the store refuses the copy, or the retry topic cannot be created | a new check point with only this message is written. The new check point is settled later |
 * | the store refuses the new check point, too  | the new check point is written again after one second. The stored offset of the revive queue does not move before the new check point is stored |
 *
 * A copy has the content and properties of the message, and FIRST_POP_TIME. The `reconsumeTimes` of the copy is one higher
 * than the `reconsumeTimes` of the message. A message that was popped from a retry topic is copied to the same retry topic.
 *
 * A slave that acts as the master also settles check points. Such a slave cannot write to its own log, so it sends copies
 * and new check points to another broker (`../slave/escape-bridge.ts`).
 *
 * RocketMQ: `PopReviveService` (`reviveMsgFromCk`, `reviveRetry`, `rePutCK`).
 */
import { type MessageExt, PROPERTY, RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import { normalTopicOf, popRetryTopicV1, popRetryTopicV2 } from '../../common/pop-names.ts'
import type { Host } from '../../host/host.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { isInLog, type NewMessage } from '../../store/put-message.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { ConsumerOffsetManager } from '../consumer-offset-manager.ts'
import { CK_REWRITE_INTERVALS_SEC, REVIVE_AGAIN_MS } from '../limits.ts'
import { retryCopy } from '../retry-copy.ts'
import type { EscapeBridge } from '../slave/escape-bridge.ts'
import type { BrokerStats } from '../stats/broker-stats.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import { type PopCheckPoint, reviveTimeOf } from './check-point.ts'
import type { PoppedMessages } from './popped-messages.ts'
import type { ReviveLog } from './revive-log.ts'

/** The parts of POP consumption that a settlement needs. `PopParts` has these parts. */
export interface Revival {
  readonly log: Pick<ReviveLog, 'topic' | 'putCheckPoints'>
  readonly messages: Pick<PoppedMessages, 'find' | 'isElsewhere'>
  /** True after the parts of POP consumption have stopped. While the value is true, a settlement writes nothing. */
  readonly isStopped: boolean
}

/** The parts of the broker that a settlement needs. */
export interface SettlementParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly offsets: ConsumerOffsetManager
  readonly stats: BrokerStats
  readonly escape: EscapeBridge
  readonly storeIp: Uint8Array
  readonly storePort: number
}

/** Settles one check point. `onOver` is called when the settlement has ended. */
export class Settlement {
  readonly #broker: SettlementParts
  readonly #pop: Revival
  readonly #ck: PopCheckPoint
  readonly #missing: readonly number[]
  readonly #reviveQid: number
  readonly #onOver: () => void
  #left = 0

  /**
   * `missing` contains the offsets of the messages without an acknowledgement. `onOver` is called when each of these
   * messages was stored in the retry topic or in a new check point, or cannot be redelivered. When the parts of POP
   * consumption stop before this, `onOver` may never be called.
   */
  constructor(
    broker: SettlementParts,
    pop: Revival,
    ck: PopCheckPoint,
    missing: readonly number[],
    reviveQid: number,
    onOver: () => void,
  ) {
    this.#broker = broker
    this.#pop = pop
    this.#ck = ck
    this.#missing = missing
    this.#reviveQid = reviveQid
    this.#onOver = onOver
  }

  // #region revive-messages
  start(): void {
    this.#left = this.#missing.length
    if (this.#left === 0 || !this.#isWanted()) return this.#onOver()
    for (const queueOffset of this.#missing) this.#find(queueOffset)
  }

  /**
   * Returns false when the topic or the group was deleted. When the messages are on another broker, returns true: this
   * broker does not know which topics and groups the other broker has.
   */
  #isWanted(): boolean {
    const { topics, groups } = this.#broker
    const { topic, group } = this.#ck
    if (this.#pop.messages.isElsewhere(this.#ck)) return true
    return topics.get(normalTopicOf(topic, group)) !== undefined && groups.get(group) !== undefined
  }

  #find(queueOffset: number): void {
    this.#pop.messages.find(this.#ck, queueOffset, (found) => {
      if (this.#pop.isStopped) return
      if ('message' in found) return this.#copy(found.message)
      if ('notNow' in found) return this.#failed(queueOffset, `cannot be read: ${found.notNow}`)
      this.#broker.host.trace.log('warn', `a popped message does not come again: ${found.gone}`)
      this.#oneOver()
    })
  }

  #copy(message: MessageExt): void {
    const { topics, config } = this.#broker
    const { topic, group } = this.#ck
    const { queueOffset } = message
    const isSlave = config.brokerRole === 'SLAVE'
    if (!isSlave && topics.get(normalTopicOf(topic, group)) === undefined)
      return this.#failed(queueOffset, `waits: this broker has no topic ${topic}, so no member would pop the copy here`)
    const copy = this.#retryMessage(message)
    if (isSlave) return this.#put(copy, queueOffset) // another broker has or creates the retry topic
    // The retry topic must be durable before the copies are stored. After a power cut that removes a new retry topic, no
    // consumer could find the copies.
    topics.whenStored(copy.topic, () => {
      if (this.#pop.isStopped) return
      if (topics.get(copy.topic) !== undefined) return this.#put(copy, queueOffset)
      this.#failed(queueOffset, `waits: ${copy.topic} cannot be made, there are too many topics`)
    })
  }

  #put(copy: NewMessage, queueOffset: number): void {
    this.#broker.escape.putMessage(copy, (result) => {
      if (!isInLog(result)) return this.#failed(queueOffset, `cannot be put into ${copy.topic}: ${result.reason}`)
      this.#broker.stats.stored(copy.topic, 1, result.sizeBytes)
      this.#revived(copy, queueOffset)
    })
  }

  #failed(queueOffset: number, why: string): void {
    this.#broker.host.trace.log('warn', `a popped message ${why}`)
    this.#writeAgain(queueOffset)
  }

  #revived({ topic: retryTopic, key, reconsumeTimes }: NewMessage, queueOffset: number): void {
    const { group, topic, queueId } = this.#ck
    const facts = { group, topic, queueId, queueOffset, retryTopic, key, reconsumeTimes }
    this.#broker.host.trace.emit?.('message.revived', facts)
    this.#oneOver()
  }
  // #endregion revive-messages

  #oneOver(): void {
    if (--this.#left === 0) this.#onOver()
  }

  // #region write-again
  /**
   * Writes a new check point for one message. When the invisible time of the old check point is already over, the new check
   * point has a longer invisible time. The added time grows with the number of new check points for the same message.
   */
  #writeAgain(queueOffset: number): void {
    if (this.#pop.isStopped) return
    const ck = this.#ck
    const { clock } = this.#broker.host
    const { length } = CK_REWRITE_INTERVALS_SEC
    const waitSec = CK_REWRITE_INTERVALS_SEC[Math.min(ck.rePutTimes, length - 1)]!
    const isOverdue = reviveTimeOf(ck) <= clock.nowMs()
    const again: PopCheckPoint = {
      ...ck,
      startOffset: queueOffset,
      offsets: [queueOffset],
      invisibleTime: ck.invisibleTime + (isOverdue ? waitSec * 1_000 : 0),
      rePutTimes: ck.rePutTimes + 1,
    }
    this.#pop.log.putCheckPoints([again], this.#reviveQid, ([isStored]) => {
      if (isStored === true) return this.#oneOver()
      clock.after(REVIVE_AGAIN_MS, () => this.#writeAgain(queueOffset))
    })
  }
  // #endregion write-again

  // #region retry-copy
  #retryMessage(message: MessageExt): NewMessage {
    const { group, popTime } = this.#ck
    const { storeIp, storePort } = this.#broker
    const properties = new Map(message.properties)
    if (message.reconsumeTimes === 0 || !properties.has(PROPERTY.FIRST_POP_TIME))
      properties.set(PROPERTY.FIRST_POP_TIME, String(popTime))
    const copy = retryCopy(message, properties, { topic: this.#retryTopic(group), queueId: 0 })
    return { ...copy, bornIp: storeIp, bornPort: storePort } // as in RocketMQ, the broker is the sender of the copy
  }

  /**
   * Returns the retry topic for the copy. A message that was popped from a retry topic is copied to the same retry topic.
   * A broker that is not a slave creates this topic when it is missing. When the group has no offset in this topic, such a
   * broker also stores the offset 0, so that the group begins with the first copy.
   */
  #retryTopic(group: string): string {
    const { topics, config, offsets } = this.#broker
    const { topic } = this.#ck
    const named = config.enableRetryTopicV2 ? popRetryTopicV2(topic, group) : popRetryTopicV1(topic, group)
    const retryTopic = topic.startsWith(RETRY_TOPIC_PREFIX) ? topic : named
    if (config.brokerRole === 'SLAVE') return retryTopic
    topics.createPlain(retryTopic, 1)
    if (offsets.queryOffset(group, retryTopic, 0) < 0) offsets.commitOffset(group, retryTopic, 0, 0)
    return retryTopic
  }
  // #endregion retry-copy
}
