/**
 * The parts of a broker that write to the log by themselves: delayed messages, timed messages, transactions and pops. So
 * they run on a master, and on a slave only while it acts as the master. Each part keeps its progress in memory, and stores
 * it from time to time.
 *
 * | the broker          | these parts                                                                       |
 * | ------------------- | --------------------------------------------------------------------------------- |
 * | starts as a master  | read their progress (`load`), and start                                            |
 * | becomes the master  | read their progress, and start                                                     |
 * | acts as the master, but is a slave | `startActing`: delayed and timed messages that are due, open transactions, and popped messages without an acknowledgement are given to another broker |
 * | is no longer the master, or acts no longer | stop, and are replaced by new parts (`renew`), which read the stored progress later: the log may lose the messages to which their progress belongs |
 *
 * RocketMQ: `BrokerController.changeSpecialServiceStatus`.
 */

import { SCHEDULE_TOPIC } from '../store/delay-level.ts'
import { type PopBroker, PopParts } from './pop/pop-parts.ts'
import type { DeliveryOutlet } from './schedule/delay-queue.ts'
import { ScheduleMessageService } from './schedule/schedule-message-service.ts'
import type { EscapeBridge } from './slave/escape-bridge.ts'
import type { BrokerStats } from './stats/broker-stats.ts'
import { TIMER_TOPIC } from './timer/timer-message.ts'
import { TimerMessageStore } from './timer/timer-message-store.ts'
import { EscapedHalves } from './transaction/escaped-halves.ts'
import { HALF_TOPIC, OP_TOPIC } from './transaction/half-message.ts'
import { TransactionalMessageService, type TransactionParts } from './transaction/transactional-message-service.ts'

/** The parts of the broker that the deliveries need. */
export interface DeliveryBroker extends TransactionParts, PopBroker {
  readonly stats: BrokerStats
  readonly escape: EscapeBridge
}

/** The deliveries of one broker. */
export class Deliveries {
  readonly #broker: DeliveryBroker
  readonly #outlet: DeliveryOutlet
  #escapedHalves: EscapedHalves | undefined
  schedule: ScheduleMessageService
  timers: TimerMessageStore
  transactions: TransactionalMessageService
  pop: PopParts

  constructor(broker: DeliveryBroker) {
    this.#broker = broker
    this.#outlet = {
      put: (message, done) => broker.escape.putMessage(message, done),
      onDelivered: (...stored) => broker.stats.stored(...stored),
    }
    this.schedule = this.#newSchedule()
    this.timers = this.#newTimers()
    this.transactions = new TransactionalMessageService(broker)
    this.pop = new PopParts(broker)
  }

  #newSchedule(): ScheduleMessageService {
    const { host, config, store } = this.#broker
    return new ScheduleMessageService(host, config, store, this.#outlet)
  }

  #newTimers(): TimerMessageStore {
    const { host, config, store } = this.#broker
    return new TimerMessageStore(host, config, store, this.#outlet)
  }

  /** Called when a message was dispatched. */
  messageArriving(topic: string, queueId: number, maxOffset: number, tagsCode: number): void {
    this.pop.messageArriving(topic, queueId, tagsCode)
    if (topic === SCHEDULE_TOPIC) this.schedule.messageArriving(queueId)
    else if (topic === TIMER_TOPIC) this.timers.messageArriving()
    else if (this.#escapedHalves !== undefined)
      return // an acting slave checks no transactions
    else if (topic === HALF_TOPIC || topic === OP_TOPIC) this.transactions.messageArriving(topic, maxOffset)
  }

  /** Reads timers and transactions. The store must be open, and `schedule` must have read its file. */
  load(): void {
    this.timers.load()
    this.transactions.load()
  }

  start(): void {
    this.schedule.start()
    this.timers.start()
    this.pop.start()
  }

  /**
   * Starts the deliveries of an acting slave. Messages that are due, and open transactions, go to another broker
   * (`slave/escape-bridge.ts`).
   */
  startActing(): void {
    this.timers.load()
    this.schedule.start()
    this.timers.start()
    if (this.#broker.config.enableRemoteEscape) this.pop.start()
    this.#escapedHalves = new EscapedHalves(this.#broker, this.#outlet.put)
    this.#escapedHalves.start(this.transactions.loadOpen())
  }

  /** Ends the sending of open transactions to another broker. */
  stopEscape(): void {
    this.#escapedHalves?.stop()
    this.#escapedHalves = undefined
  }

  /** Stops all parts and replaces them. Calls `done` when the files of the timer are closed. */
  renew(done: () => void): void {
    this.schedule.stop()
    this.timers.stop()
    this.pop.stop('the role of the broker changes')
    this.transactions.stop()
    this.stopEscape()
    const { timers } = this
    this.schedule = this.#newSchedule()
    this.schedule.load()
    this.timers = this.#newTimers()
    this.transactions = new TransactionalMessageService(this.#broker)
    this.pop = new PopParts(this.#broker)
    timers.close(done)
  }
}
