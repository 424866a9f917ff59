/**
 * Chooses the queue for the next message of a topic. The queues are used one after the other. The queue of the first
 * message is random, until the route changes.
 *
 * After a failure, the next try avoids the broker that has failed, if the topic has another broker. A fault strategy also
 * avoids slow and unreachable brokers. With a fault strategy, the producer chooses a broker that is not avoided now. When
 * all brokers are avoided, the producer chooses a reachable broker. When no broker is reachable, the producer chooses any
 * broker.
 *
 * RocketMQ: `TopicPublishInfo.selectOneMessageQueue`, `MQFaultStrategy.selectOneMessageQueue`.
 */
import type { MessageQueue } from '../../common/message.ts'
import type { FaultStrategy } from './fault-strategy.ts'

/** The queues of one topic to which a producer may write. The queues are used one after the other. */
export class TopicPublishInfo {
  readonly queues: readonly MessageQueue[]
  #index: number

  constructor(queues: readonly MessageQueue[], startIndex: number) {
    this.queues = queues
    this.#index = startIndex
  }

  /** Returns `newest`, or this object when the newest route has no queue, because its master is gone. */
  orNewer(newest: TopicPublishInfo | undefined): TopicPublishInfo {
    return newest === undefined || newest.queues.length === 0 ? this : newest
  }

  // #region select-queue
  /**
   * Returns the next queue, if possible not of `lastBrokerName`. Returns undefined when there is no queue.
   */
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
