/**
 * The strategies by which the members of a group divide the queues of a topic.
 *
 * | name                        | queues of a member                                                | file                            |
 * | --------------------------- | ----------------------------------------------------------------- | ------------------------------- |
 * | AVG                         | neighbours in the list, almost the same number for each member; the default | `allocate-averagely.ts` |
 * | AVG_BY_CIRCLE               | every m-th queue, with m members                                  | `allocate-by-circle.ts`          |
 * | CONFIG                      | the list in the configuration of the member                       | `allocate-by-config.ts`          |
 * | MACHINE_ROOM                | a part of the queues of certain rooms                              | `allocate-by-machine-room.ts`    |
 * | MACHINE_ROOM_NEARBY-*inner* | a part of the queues of its room, and of the rooms without a member | `allocate-machine-room-nearby.ts` |
 * | CONSISTENT_HASH             | the queues near its places on a ring; few queues move when a member joins or leaves | `allocate-consistent-hash.ts` |
 *
 * A strategy is a pure function, and no coordinator is needed. Every member computes its part from the same sorted lists.
 * Therefore all members of a group must use the same strategy with the same settings. Otherwise some queues have no owner,
 * or two owners.
 *
 * RocketMQ: `AllocateMessageQueueStrategy`.
 */

import type { MessageQueue } from '../message.ts'
import { allocateAveragely } from './allocate-averagely.ts'
import { allocateByCircle } from './allocate-by-circle.ts'
import { allocateByConsistentHash } from './allocate-consistent-hash.ts'

/** One strategy for dividing queues. */
export interface AllocateStrategy {
  /** RocketMQ's name of the strategy. When a broker assigns the queues, the request QUERY_ASSIGNMENT contains this name. */
  readonly name: string
  /**
   * Returns the queues of `clientId`. `queues` must be sorted by `compareQueues`. `clientIds` must be sorted as text. When
   * `clientId` is not in `clientIds`, returns no queue, except with CONFIG.
   */
  readonly allocate: (
    clientId: string,
    queues: readonly MessageQueue[],
    clientIds: readonly string[],
  ) => readonly MessageQueue[]
}

/** Each member receives queues that are neighbours in the list. All members have almost the same number of queues. */
export const AVG: AllocateStrategy = { name: 'AVG', allocate: allocateAveragely }
/** The members take the queues one by one in turn. */
export const AVG_BY_CIRCLE: AllocateStrategy = { name: 'AVG_BY_CIRCLE', allocate: allocateByCircle }
/** Members and queues have places on a ring of hashes. */
export const CONSISTENT_HASH: AllocateStrategy = { name: 'CONSISTENT_HASH', allocate: allocateByConsistentHash }

/** The strategies that need no settings, by name. */
export const PLAIN_STRATEGIES: ReadonlyMap<string, AllocateStrategy> = new Map(
  [AVG, AVG_BY_CIRCLE, CONSISTENT_HASH].map((strategy) => [strategy.name, strategy]),
)
