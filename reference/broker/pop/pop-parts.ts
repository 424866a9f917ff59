/**
 * The parts of the broker that pop and redeliver messages.
 *
 * | part       | what it is or does                                      | file                              |
 * | ---------- | ------------------------------------------------------- | --------------------------------- |
 * | service    | takes messages out of queues                             | `pop-service.ts`                   |
 * | log        | writes check points and acknowledgements                  | `revive-log.ts`, `check-point.ts`  |
 * | revive     | redelivers messages without an acknowledgement           | `revive-queue.ts`, `settlement.ts` |
 * | messages   | finds popped messages, here or on another broker         | `popped-messages.ts`               |
 * | hold       | holds pops that wait for a message                       | `pop-hold.ts`                      |
 * | notified   | holds requests of members that ask whether a message has arrived | `pop-hold.ts`             |
 *
 * Three other files of this folder also belong to POP consumption. `consumer-order-info-manager.ts` is for queues that are
 * popped in order. `queue-assignment.ts` and `message-request-mode-manager.ts` decide which members pop and which members
 * pull.
 */
import type { Channel } from '../../remoting/channel.ts'
import { AckBarrier, type AckBarrierParts } from './ack-barrier.ts'
import { PopHold } from './pop-hold.ts'
import { PopService, type PopServiceParts } from './pop-service.ts'
import { PoppedMessages, type PoppedMessagesParts } from './popped-messages.ts'
import { ReviveLog, type ReviveLogParts } from './revive-log.ts'
import { ReviveQueue } from './revive-queue.ts'
import type { SettlementParts } from './settlement.ts'

/** The parts of the broker that popping needs. */
export interface PopBroker
  extends AckBarrierParts,
    PopServiceParts,
    PoppedMessagesParts,
    ReviveLogParts,
    SettlementParts {}

/** The parts of POP consumption. All these parts start and stop together. */
export class PopParts {
  readonly log: ReviveLog
  readonly service: PopService
  readonly messages: PoppedMessages
  readonly hold: PopHold
  readonly notified: PopHold
  readonly #broker: PopBroker
  readonly #revive = new Map<number, ReviveQueue>()
  #isStopped = false

  constructor(broker: PopBroker) {
    this.#broker = broker
    const limits = { eachMax: broker.config.popPollingSize, totalMax: broker.config.maxPopPollingSize }
    this.log = new ReviveLog(broker)
    this.service = new PopService(broker, this.log)
    this.messages = new PoppedMessages(broker)
    this.hold = new PopHold(broker.host, limits)
    this.notified = new PopHold(broker.host, limits)
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /**
   * Starts to redeliver messages. Called on a master, and on a slave that acts as the master. Does nothing without the timer
   * wheel, because no message can be popped without the timer wheel.
   */
  start(): void {
    if (!this.#broker.config.timerWheelEnable) return
    const barrier = new AckBarrier(this.#broker)
    for (let queueId = 0; queueId < this.log.queueNums; queueId++) {
      const queue = new ReviveQueue(this.#broker, this, barrier, queueId)
      this.#revive.set(queueId, queue)
      queue.lookSoon()
    }
  }

  /** Called when a message was dispatched. */
  messageArriving(topic: string, queueId: number, tagsCode: number): void {
    if (topic === this.log.topic) this.#revive.get(queueId)?.lookSoon()
    else {
      this.hold.messageArriving(topic, queueId, tagsCode)
      this.notified.messageArriving(topic, queueId, tagsCode)
    }
  }

  /** Called when a connection has closed. Removes the held requests of this connection without an answer. */
  channelClosed(channel: Channel): void {
    this.hold.channelClosed(channel)
    this.notified.channelClosed(channel)
  }

  /** Answers every held request. `reason` is for the event log. */
  stop(reason: string): void {
    this.#isStopped = true
    for (const queue of this.#revive.values()) queue.stop()
    this.messages.close()
    this.hold.wakeAll(reason)
    this.notified.wakeAll(reason)
  }
}
