/**
 * Who gets which queues: as somebody has written down.
 *
 * The list counts as it is. Nobody checks that every queue has an owner and only one; a member that dies leaves its queues
 * alone until somebody changes the lists of the others.
 *
 * RocketMQ: `AllocateMessageQueueByConfig`, strategy `CONFIG`.
 */
import type { MessageQueue } from '../message.ts'
import type { AllocateStrategy } from './allocate-strategy.ts'

/** The strategy of a member that always has `queues`. */
export function allocateByConfig(queues: readonly MessageQueue[]): AllocateStrategy {
  return { name: 'CONFIG', allocate: () => queues }
}
