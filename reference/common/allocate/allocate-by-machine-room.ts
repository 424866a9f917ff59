/**
 * Divides queues between members. The members consume only the queues of certain machine rooms.
 *
 * The name of a broker contains its machine room: `room@name`. Queues of brokers in other rooms are not consumed.
 *
 * ```
 * 5 queues in room r1, 2 consumers, rooms = {r1}:   A A | B B, and the last queue: A
 * ```
 *
 * RocketMQ: `AllocateMessageQueueByMachineRoom`, strategy `MACHINE_ROOM`. RocketMQ calls the set of rooms `consumeridcs`.
 */
import type { MessageQueue } from '../message.ts'
import type { AllocateStrategy } from './allocate-strategy.ts'

/** Returns the strategy of members that consume the queues of `rooms`. */
export function allocateByMachineRoom(rooms: ReadonlySet<string>): AllocateStrategy {
  return {
    name: 'MACHINE_ROOM',
    allocate(clientId, queues, clientIds) {
      const index = clientIds.indexOf(clientId)
      if (index < 0) return []
      const near = queues.filter((queue) => isIn(queue, rooms))
      const size = Math.floor(near.length / clientIds.length)
      const share = near.slice(index * size, (index + 1) * size)
      const left = near.slice(size * clientIds.length)[index]
      return left === undefined ? share : [...share, left]
    },
  }
}

function isIn(queue: MessageQueue, rooms: ReadonlySet<string>): boolean {
  const parts = queue.brokerName.split('@')
  return parts.length === 2 && rooms.has(parts[0]!)
}
