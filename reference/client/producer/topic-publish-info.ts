/**
 * Where the next message of a topic goes: the queues in turn, starting anywhere.
 *
 * A retry avoids the broker that has just failed, if there is another.
 * RocketMQ: `TopicPublishInfo.selectOneMessageQueue`. Not here: latency fault tolerance.
 */
import type { MessageQueue } from '../../common/message.ts'

export class TopicPublishInfo {
  readonly queues: readonly MessageQueue[]
  #index: number

  constructor(queues: readonly MessageQueue[], startIndex: number) {
    this.queues = queues
    this.#index = startIndex
  }

  // #region select-queue
  /** The next queue; not of `lastBrokerName` unless all are. Undefined when there is none at all. */
  select(lastBrokerName: string): MessageQueue | undefined {
    for (let tried = 0; tried < this.queues.length; tried++) {
      const queue = this.queues[this.#index++ % this.queues.length]!
      if (queue.brokerName !== lastBrokerName) return queue
    }
    return this.queues[this.#index++ % Math.max(this.queues.length, 1)]
  }
  // #endregion select-queue
}
