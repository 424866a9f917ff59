/** Who gets which queues: RocketMQ's own shares, and that a group of any size has an owner for every queue and only one. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allocateByConfig } from '../../../reference/common/allocate/allocate-by-config.ts'
import { allocateByMachineRoom } from '../../../reference/common/allocate/allocate-by-machine-room.ts'
import { allocateMachineRoomNearby } from '../../../reference/common/allocate/allocate-machine-room-nearby.ts'
import {
  type AllocateStrategy,
  AVG,
  AVG_BY_CIRCLE,
  CONSISTENT_HASH,
} from '../../../reference/common/allocate/allocate-strategy.ts'
import { type MessageQueue, queueKey } from '../../../reference/common/message.ts'

const queuesOf = (brokerNames: readonly string[], each: number): MessageQueue[] =>
  brokerNames.flatMap((brokerName) =>
    Array.from({ length: each }, (_, queueId) => ({ topic: 'T', brokerName, queueId })),
  )

/** Every member's share as text, such as `b0 b1`. */
const shares = (strategy: AllocateStrategy, queues: readonly MessageQueue[], clientIds: readonly string[]) =>
  clientIds.map((id) =>
    strategy
      .allocate(id, queues, clientIds)
      .map((queue) => queue.brokerName + queue.queueId)
      .join(' '),
  )

describe('shares printed by the Java classes', () => {
  const queues = queuesOf(['b', 'c'], 4)
  const members = ['c1', 'c2', 'c3']

  it('AVG', () => expect(shares(AVG, queues, members)).toEqual(['b0 b1 b2', 'b3 c0 c1', 'c2 c3']))
  it('AVG_BY_CIRCLE', () => expect(shares(AVG_BY_CIRCLE, queues, members)).toEqual(['b0 b3 c2', 'b1 c0 c3', 'b2 c1']))
  it('CONSISTENT_HASH', () =>
    expect(shares(CONSISTENT_HASH, queues, members)).toEqual(['b2 c3', 'b0 b3 c0 c2', 'b1 c1']))

  const rooms = queuesOf(['r1@b1', 'r2@b2'], 5)
  it('MACHINE_ROOM: one room, the queue left over goes to the first', () =>
    expect(shares(allocateByMachineRoom(new Set(['r1'])), rooms, ['c1', 'c2'])).toEqual([
      'r1@b10 r1@b11 r1@b14',
      'r1@b12 r1@b13',
    ]))
  it('MACHINE_ROOM_NEARBY-AVG: a room without consumers is shared by all', () => {
    const nearby = allocateMachineRoomNearby(AVG, {
      brokerRoom: (queue) => queue.brokerName.split('@')[0]!,
      consumerRoom: (clientId) => clientId.split('-')[0]!,
    })
    expect(nearby.name).toBe('MACHINE_ROOM_NEARBY-AVG')
    expect(shares(nearby, rooms, ['r1-a', 'r1-b', 'r3-c'])).toEqual([
      'r1@b10 r1@b11 r1@b12 r2@b20 r2@b21',
      'r1@b13 r1@b14 r2@b22 r2@b23',
      'r2@b24',
    ])
  })
  it('CONFIG: the list that was written down', () =>
    expect(allocateByConfig(queues.slice(0, 1)).allocate('c9', queues, members)).toEqual(queues.slice(0, 1)))
})

const sizes = {
  brokers: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 }),
  each: fc.integer({ min: 0, max: 9 }),
  members: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 12 }),
}

describe.each([AVG, AVG_BY_CIRCLE, CONSISTENT_HASH])('$name', (strategy) => {
  it('gives every queue to exactly one member', () => {
    fc.assert(
      fc.property(sizes.brokers, sizes.each, sizes.members, (brokers, each, ids) => {
        const queues = queuesOf([...brokers].sort(), each)
        const members = [...ids].sort()
        const given = members.flatMap((id) => strategy.allocate(id, queues, members).map(queueKey))
        expect(given.sort()).toEqual(queues.map(queueKey).sort())
      }),
    )
  })

  it('gives nothing to somebody who is not in the list', () =>
    expect(strategy.allocate('stranger', queuesOf(['b'], 4), ['c1'])).toEqual([]))
})

it('CONSISTENT_HASH: a member that leaves moves no queue between the others', () => {
  fc.assert(
    fc.property(sizes.members, (ids) => {
      fc.pre(ids.length > 1)
      const queues = queuesOf(['b', 'c'], 8)
      const before = [...ids].sort()
      const after = before.slice(1)
      for (const id of after) {
        const now = new Set(CONSISTENT_HASH.allocate(id, queues, after).map(queueKey))
        for (const queue of CONSISTENT_HASH.allocate(id, queues, before)) expect(now).toContain(queueKey(queue))
      }
    }),
  )
})
