/**
 * Shares queues: each member always has the queues that its configuration lists.
 *
 * The list counts as it is. No check says whether every queue has an owner, and only one. The queues of a member that dies
 * are consumed by no member until an operator changes the lists of the others.
 *
 * RocketMQ: `AllocateMessageQueueByConfig`, strategy `CONFIG`.
 */
import type { MessageQueue } from '../message.ts'
import type { AllocateStrategy } from './allocate-strategy.ts'

/** The strategy of a member that always has `queues`. */
export function allocateByConfig(queues: readonly MessageQueue[]): AllocateStrategy {
  return { name: 'CONFIG', allocate: () => queues }
}
