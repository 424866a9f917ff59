/**
 * An application can choose the queue of a message with a selector. Messages that must keep their order must go to the same
 * queue.
 *
 * ```ts
 * producer.send(message, { select: selectByHash('order-4711') })
 * ```
 *
 * The order is kept only while the number of queues does not change. With another number of queues, the same key may choose
 * another queue.
 *
 * RocketMQ: `MessageQueueSelector`, `SelectMessageQueueByHash`.
 */
import { javaHashCode } from '../../common/hash.ts'
import { compareQueues, type MessageQueue, queueKey } from '../../common/message.ts'

/** Returns one of `queues`. The list `queues` has at least one queue, and is sorted by broker and queue id. */
export type QueueSelector = (queues: readonly MessageQueue[]) => MessageQueue

// #region select-by-hash
/** Returns a selector that chooses the same queue for the same key. As in Java, the hash code of the key decides. */
export function selectByHash(key: string): QueueSelector {
  return (queues) => queues[Math.abs(javaHashCode(key) % queues.length)]!
}
// #endregion select-by-hash

/**
 * Returns the queue that a selector has chosen. When the topic does not have the chosen queue, or when the selector throws,
 * returns one sentence with the reason.
 */
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
