/**
 * Chooses the queue for the next message of a topic: the queues in turn, from a random start.
 *
 * A retry avoids the broker that has just failed, if there is another. With a fault strategy, slow and unreachable brokers
 * are avoided too: available brokers come first, then brokers that can be reached, then all others.
 *
 * RocketMQ: `TopicPublishInfo.selectOneMessageQueue`, `MQFaultStrategy.selectOneMessageQueue`.
 */
import type { MessageQueue } from '../../common/message.ts'
import type { FaultStrategy } from './fault-strategy.ts'

/** The queues of one topic that a producer may write, taken in turn. */
export class TopicPublishInfo {
  readonly queues: readonly MessageQueue[]
  #index: number

  constructor(queues: readonly MessageQueue[], startIndex: number) {
    this.queues = queues
    this.#index = startIndex
  }

  // #region select-queue
  /** The next queue; a queue of `lastBrokerName` only when there is no other. Undefined when there are no queues. */
  select(lastBrokerName: string, faults?: FaultStrategy): MessageQueue | undefined {
    const isOther = (brokerName: string) => brokerName !== lastBrokerName
    if (faults === undefined) return this.#next(isOther) ?? this.#next()
    return (
      this.#next((brokerName) => isOther(brokerName) && faults.isAvailable(brokerName)) ??
      this.#next((brokerName) => isOther(brokerName) && faults.isReachable(brokerName)) ??
      this.#next()
    )
  }

  #next(mayUse: (brokerName: string) => boolean = () => true): MessageQueue | undefined {
    for (let tried = 0; tried < this.queues.length; tried++) {
      const queue = this.queues[this.#index++ % this.queues.length]!
      if (mayUse(queue.brokerName)) return queue
    }
    return undefined
  }
  // #endregion select-queue
}
