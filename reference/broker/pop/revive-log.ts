/**
 * Writes check points and acknowledgements into the revive topic, as messages with a delivery time.
 *
 * ```
 *              popTime                                          popTime + invisibleTime
 *                 │                                                      │
 * check point ────┴─────────────── waits in the timer wheel ──── 1 s ◄───┤ arrives
 * ack ──────────────────────┴───── waits in the timer wheel ─────────────┴─► arrives
 * ```
 *
 * When the timer is not late, the check point and its acknowledgements are in the same revive queue after the invisible
 * time. In this queue, the check point comes before its acknowledgements. So the messages without an acknowledgement can be
 * found when the queue is read once. An acknowledgement that is put after the invisible time arrives without a delay.
 *
 * A slave that acts as the master writes check points and acknowledgements into the revive topic of another broker
 * (`../slave/escape-bridge.ts`).
 *
 * RocketMQ: `PopMessageProcessor.buildCkMsg`, `AckMessageProcessor.appendAck`.
 */
import { javaHashCode } from '../../common/hash.ts'
import { PROPERTY } from '../../common/message.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import { reviveTopic } from '../../common/pop-names.ts'
import type { Host } from '../../host/host.ts'
import { Refusal, type WhenDone } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { isInLog, type NewMessage } from '../../store/put-message.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { ACK_INTERVAL_MS } from '../limits.ts'
import type { EscapeBridge } from '../slave/escape-bridge.ts'
import { TimerRefusal } from '../timer/timer-message.ts'
import type { TimerMessageStore } from '../timer/timer-message-store.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import {
  ACK_TAG,
  ackId,
  BATCH_ACK_TAG,
  CK_TAG,
  checkPointId,
  encodeAck,
  encodeCheckPoint,
  type PopAck,
  type PopCheckPoint,
  reviveTimeOf,
} from './check-point.ts'

/** The parts of the broker that the log needs. */
export interface ReviveLogParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly topics: TopicConfigManager
  readonly timers: TimerMessageStore
  readonly escape: EscapeBridge
  readonly storeIp: Uint8Array
  readonly storePort: number
}

/** Returns the refusal that a client receives when its acknowledgement could not be stored. */
export function notStored(reason: string): Refusal {
  return new Refusal(ResponseCode.SYSTEM_ERROR, `the acknowledgement is not stored: ${reason}`)
}

/**
 * Writes check points and acknowledgements into the revive topic of this broker, or of another broker while this one is a
 * slave.
 */
export class ReviveLog {
  readonly #broker: ReviveLogParts
  readonly topic: string

  constructor(broker: ReviveLogParts) {
    this.#broker = broker
    this.topic = reviveTopic(broker.config.brokerClusterName)
  }

  /**
   * The number of queues of the revive topic. This number is larger than `reviveQueueNum` when an operator has lowered this
   * setting.
   */
  get queueNums(): number {
    return this.#broker.topics.get(this.topic)?.writeQueueNums ?? this.#broker.config.reviveQueueNum
  }

  // #region put-check-point
  /**
   * Stores several check points together. `done` is called once, with a list that has one value for each check point. The
   * value is true when this check point is in the log.
   */
  putCheckPoints(cks: readonly PopCheckPoint[], reviveQid: number, done: (stored: readonly boolean[]) => void): void {
    const dueMs = (ck: PopCheckPoint) => reviveTimeOf(ck) - ACK_INTERVAL_MS
    let messages: readonly NewMessage[]
    try {
      messages = cks.map((ck) => this.#timed(CK_TAG, encodeCheckPoint(ck), checkPointId(ck), reviveQid, dueMs(ck)))
    } catch (error) {
      if (!(error instanceof TimerRefusal)) throw error
      this.#broker.host.trace.log('warn', `a check point cannot be stored: ${error.status}`)
      return done(cks.map(() => false))
    }
    this.#broker.escape.putMessages(messages, (results) => done(results.map(isInLog)))
  }
  // #endregion put-check-point

  // #region put-ack
  /**
   * Stores an acknowledgement. The acknowledgement arrives in its revive queue at `dueMs`, or at once when `dueMs` has
   * passed. `done(undefined)` is called when the acknowledgement is in the log. When the acknowledgement cannot be stored,
   * `done` is called with the refusal.
   */
  putAck(ack: PopAck, reviveQid: number, dueMs: number, done: WhenDone): void {
    const tag = ack.isBatch ? BATCH_ACK_TAG : ACK_TAG
    let message: NewMessage
    try {
      message = this.#timed(tag, encodeAck(ack), ackId(ack), reviveQid, dueMs)
    } catch (error) {
      if (!(error instanceof TimerRefusal)) throw error
      return done(notStored(error.status))
    }
    this.#broker.escape.putMessage(message, (result) =>
      done(isInLog(result) ? undefined : notStored(`${result.status}: ${result.reason}`)),
    )
  }
  // #endregion put-ack

  /**
   * Returns a message of the revive topic that waits until `deliverMs`. Throws `TimerRefusal` when the timer refuses the
   * message.
   */
  #timed(tag: string, body: Uint8Array, uniqKey: string, queueId: number, deliverMs: number): NewMessage {
    // The delivery time and the unique id are set as properties, in the same way as a producer sets them.
    const { host, storeIp, storePort } = this.#broker
    const properties = new Map<string, string>([
      [PROPERTY.TAGS, tag],
      [PROPERTY.TIMER_DELIVER_MS, String(deliverMs)],
      [PROPERTY.UNIQ_KEY, uniqKey],
      [PROPERTY.WAIT_STORE_MSG_OK, 'true'],
    ])
    const message: NewMessage = {
      topic: this.topic,
      queueId,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: host.clock.nowMs(),
      bornIp: storeIp,
      bornPort: storePort,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body,
      propertiesText: encodeProperties(properties),
      tagsCode: javaHashCode(tag),
      waitStoreMsgOk: true,
      key: uniqKey,
    }
    return this.#broker.timers.timed(message, properties)
  }
}
