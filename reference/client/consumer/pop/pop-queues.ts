/**
 * The queues from which one consumer pops messages. The popped messages are passed to the listener of the consumer.
 *
 * A pulled queue needs a first offset, and its offset is reported when the queue is released. In an orderly consumer, a
 * pulled queue also needs a lock. A popped queue needs no offset and no lock, because the broker keeps the offset, and
 * redelivers each message without an acknowledgement.
 *
 * RocketMQ: `RebalanceImpl.popProcessQueueTable`.
 */
import { type MessageQueue, queueKey } from '../../../common/message.ts'
import type { ClientInstance } from '../../client-instance.ts'
import { messageFacts } from '../pull/listener.ts'
import { wantsMessage } from '../pull/subscription.ts'
import { ConsumePop, type ConsumePopSettings } from './consume-pop.ts'
import { PopAcks } from './pop-acks.ts'
import { PopLoop, type PopLoopOwner } from './pop-loop.ts'
import type { Popped } from './pop-receipt.ts'

/** The parts of a consumer that its popped queues need. */
export interface PopQueuesSettings extends Omit<ConsumePopSettings, 'acks'>, Omit<PopLoopOwner, 'onPopped' | 'group'> {}

/** The queues from which one consumer pops. */
export class PopQueues {
  readonly #instance: ClientInstance
  readonly #settings: PopQueuesSettings
  readonly #acks: PopAcks
  readonly #service: ConsumePop
  readonly #loops = new Map<string, PopLoop>()

  constructor(instance: ClientInstance, settings: PopQueuesSettings) {
    this.#instance = instance
    this.#settings = settings
    this.#acks = new PopAcks(instance, settings.group)
    this.#service = new ConsumePop(instance.host, { ...settings, acks: this.#acks })
  }

  get ownedQueues(): readonly MessageQueue[] {
    return [...this.#loops.values()].map((loop) => loop.queue)
  }

  // #region take-pop-queues
  /**
   * Makes the consumer pop exactly the queues `mine` of `topic`. Stops the loops of all other queues of this topic, and
   * starts a loop for each queue in `mine` that has no loop.
   */
  take(topic: string, mine: readonly MessageQueue[]): void {
    const keys = new Set(mine.map(queueKey))
    for (const [key, loop] of [...this.#loops]) {
      if (loop.queue.topic !== topic || keys.has(key)) continue
      loop.stop()
      this.#loops.delete(key)
      this.#tell('queue.released', loop.queue)
    }
    for (const queue of mine) {
      if (this.#loops.has(queueKey(queue))) continue
      const loop = new PopLoop(this.#instance, this.#owner(), queue)
      this.#loops.set(queueKey(queue), loop)
      this.#tell('queue.assigned', queue)
      loop.start()
    }
  }
  // #endregion take-pop-queues

  #owner(): PopLoopOwner {
    return { ...this.#settings, onPopped: (loop, popped) => this.#popped(loop, popped) }
  }

  /**
   * Passes the popped messages that match the subscription to the listener. The broker compares only the hashes of tags, so
   * a message may have a matching hash but another tag. Such a message is acknowledged, and the listener does not receive
   * the message.
   */
  #popped(loop: PopLoop, { messages, invisibleTime }: Popped): void {
    const { group, subscription } = this.#settings
    const wanted = subscription(loop.queue.topic)
    const { trace } = this.#instance.host
    const mine = messages.filter((message) => wanted === undefined || wantsMessage(wanted, message))
    for (const message of messages) {
      if (mine.includes(message)) {
        trace.emit?.('message.cached', messageFacts(group, loop, message))
        continue
      }
      this.#acks.ack(message)
      loop.done()
    }
    this.#service.submit(loop, mine, invisibleTime)
  }

  stop(): void {
    this.#service.stop()
    for (const loop of this.#loops.values()) loop.stop()
  }

  #tell(kind: 'queue.assigned' | 'queue.released', { topic, brokerName, queueId }: MessageQueue): void {
    const { trace } = this.#instance.host
    trace.emit?.(kind, { group: this.#settings.group, topic, brokerName, queueId })
  }
}
