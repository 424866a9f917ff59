/**
 * Choosing a queue oneself: messages that must keep their order among each other go to one queue.
 *
 * ```ts
 * producer.send(message, { select: selectByHash('order-4711') })
 * ```
 *
 * The order holds as long as the number of queues stays: with another number the same key may lead elsewhere.
 * RocketMQ: `MessageQueueSelector`, `SelectMessageQueueByHash`.
 */
import { javaHashCode } from '../../common/hash.ts'
import type { MessageQueue } from '../../common/message.ts'

/** Gives one of `queues`, of which there is at least one, sorted by broker and number. */
export type QueueSelector = (queues: readonly MessageQueue[]) => MessageQueue

// #region select-by-hash
/** The same queue for the same key, by Java's hash: a Java producer chooses the same. */
export function selectByHash(key: string): QueueSelector {
  return (queues) => queues[Math.abs(javaHashCode(key) % queues.length)]!
}
// #endregion select-by-hash
