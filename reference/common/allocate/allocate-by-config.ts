/**
 * Divides queues between members. Each member always has the queues that its configuration lists.
 *
 * The strategy does not compare the lists of the members. So it can happen that a queue belongs to no member or to several
 * members. When a member stops, no other member consumes its queues until an operator changes the lists of the other
 * members.
 *
 * RocketMQ: `AllocateMessageQueueByConfig`, strategy `CONFIG`.
 */
import type { MessageQueue } from '../message.ts'
import type { AllocateStrategy } from './allocate-strategy.ts'

/** Returns the strategy of a member that always has `queues`. */
export function allocateByConfig(queues: readonly MessageQueue[]): AllocateStrategy {
  return { name: 'CONFIG', allocate: () => queues }
}
