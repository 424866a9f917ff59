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
import { compareQueues, type MessageQueue, queueKey } from '../../common/message.ts'

/** Gives one of `queues`, of which there is at least one, sorted by broker and number. */
export type QueueSelector = (queues: readonly MessageQueue[]) => MessageQueue

// #region select-by-hash
/** The same queue for the same key, by Java's hash: a Java producer chooses the same. */
export function selectByHash(key: string): QueueSelector {
  return (queues) => queues[Math.abs(javaHashCode(key) % queues.length)]!
}
// #endregion select-by-hash

/** The queue a selector chose, or the sentence that says why there is none. */
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
