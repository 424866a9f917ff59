/**
 * Divides queues between members. The members in a machine room share the queues of the brokers in this room. When a room
 * has no member, all members share the queues of this room.
 *
 * Messages are consumed in another room only when the room of their broker has no member. Another strategy (`inner`) divides
 * the queues of each room.
 *
 * ```
 * rooms r1, r2 with 5 queues each, consumers r1-a, r1-b, r3-c, inner strategy AVG
 *   r1:              a a a b b        shared by the two members of the room
 *   r2 (no member):  a a b b c        shared by all three members
 * ```
 *
 * RocketMQ: `AllocateMachineRoomNearby` with its `MachineRoomResolver`, strategy `MACHINE_ROOM_NEARBY-` + inner name.
 */
import type { MessageQueue } from '../message.ts'
import type { AllocateStrategy } from './allocate-strategy.ts'

/**
 * Returns the machine room of a broker or of a consumer. A resolver must return a room for every broker and consumer. The
 * name '' is a valid name of a room.
 */
export interface MachineRoomResolver {
  brokerRoom(queue: MessageQueue): string
  consumerRoom(clientId: string): string
}

/** Returns the strategy that divides the queues of each room by `inner`. */
export function allocateMachineRoomNearby(inner: AllocateStrategy, resolver: MachineRoomResolver): AllocateStrategy {
  return {
    name: `MACHINE_ROOM_NEARBY-${inner.name}`,
    allocate(clientId, queues, clientIds) {
      if (!clientIds.includes(clientId)) return []
      const queuesOf = groupBy(queues, (queue) => resolver.brokerRoom(queue))
      const consumersOf = groupBy(clientIds, (id) => resolver.consumerRoom(id))
      const home = resolver.consumerRoom(clientId)
      const share = [...inner.allocate(clientId, queuesOf.get(home) ?? [], consumersOf.get(home)!)]
      for (const [room, alone] of queuesOf) {
        if (!consumersOf.has(room)) share.push(...inner.allocate(clientId, alone, clientIds))
      }
      return share
    },
  }
}

/** Groups `items` by room. The rooms are sorted by name. */
function groupBy<T>(items: readonly T[], roomOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const room = roomOf(item)
    groups.set(room, [...(groups.get(room) ?? []), item])
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
}
