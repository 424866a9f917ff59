/**
 * Selectors, by which an application chooses the queue: messages that must keep their order go to one queue.
 *
 * ```ts
 * producer.send(message, { select: selectByHash('order-4711') })
 * ```
 *
 * The order holds as long as the number of queues stays the same: with another number a key may lead to another queue.
 * RocketMQ: `MessageQueueSelector`, `SelectMessageQueueByHash`.
 */
import { javaHashCode } from '../../common/hash.ts'
import { compareQueues, type MessageQueue, queueKey } from '../../common/message.ts'

/** Returns one of `queues`. There is at least one; they are sorted by broker and number. */
export type QueueSelector = (queues: readonly MessageQueue[]) => MessageQueue

// #region select-by-hash
/** Chooses the same queue for the same key, by Java's hash, as a Java producer does. */
export function selectByHash(key: string): QueueSelector {
  return (queues) => queues[Math.abs(javaHashCode(key) % queues.length)]!
}
// #endregion select-by-hash

/** Returns the queue that a selector chose, or one sentence that says why there is none. */
export function chosenQueue(writable: readonly MessageQueue[], select: QueueSelector): MessageQueue | string {
  const queues = [...writable].sort(compareQueues)
  try {
    const chosen = select(queues)
    const known = queues.find((queue) => queueKey(queue) === queueKey(chosen))
    return known ?? `the selector chose ${queueKey(chosen)}, which is no queue to write to`
  } catch (error) {
    return `the selector failed: ${error instanceof Error ? error.message : String(error)}`
  }
}
