/**
 * The strategies by which the members of a group can share the queues of a topic.
 *
 * | name                        | share                                                             | file                            |
 * | --------------------------- | ----------------------------------------------------------------- | ------------------------------- |
 * | AVG                         | neighbouring queues, almost equal shares; the default             | `allocate-averagely.ts`          |
 * | AVG_BY_CIRCLE               | every m-th queue                                                  | `allocate-by-circle.ts`          |
 * | CONFIG                      | the list in the member's configuration                            | `allocate-by-config.ts`          |
 * | MACHINE_ROOM                | the queues of certain rooms, shared by all                         | `allocate-by-machine-room.ts`    |
 * | MACHINE_ROOM_NEARBY-*inner* | the queues of the member's room, and those of rooms without a member | `allocate-machine-room-nearby.ts` |
 * | CONSISTENT_HASH             | a join or a leave moves few queues                                | `allocate-consistent-hash.ts`    |
 *
 * A strategy is a pure function, and there is no coordinator. Every member computes its own share from the same sorted
 * lists. Therefore all members of a group must use the same strategy with the same settings. Otherwise some queues have no
 * owner, or two owners.
 *
 * RocketMQ: `AllocateMessageQueueStrategy`.
 */

import type { MessageQueue } from '../message.ts'
import { allocateAveragely } from './allocate-averagely.ts'
import { allocateByCircle } from './allocate-by-circle.ts'
import { allocateByConsistentHash } from './allocate-consistent-hash.ts'

/** One strategy for sharing queues. */
export interface AllocateStrategy {
  /** RocketMQ's name of the strategy. QUERY_ASSIGNMENT carries this name when the broker computes the shares. */
  readonly name: string
  /**
   * Returns the share of `clientId`. `queues` must be sorted by `compareQueues`. `clientIds` must be sorted as text. Except
   * with CONFIG, the share is empty when `clientId` is not in the list.
   */
  readonly allocate: (
    clientId: string,
    queues: readonly MessageQueue[],
    clientIds: readonly string[],
  ) => readonly MessageQueue[]
}

/** Each member takes neighbouring queues, in almost equal shares. */
export const AVG: AllocateStrategy = { name: 'AVG', allocate: allocateAveragely }
/** The members take the queues one by one in turn. */
export const AVG_BY_CIRCLE: AllocateStrategy = { name: 'AVG_BY_CIRCLE', allocate: allocateByCircle }
/** Members and queues have places on a ring of hashes. */
export const CONSISTENT_HASH: AllocateStrategy = { name: 'CONSISTENT_HASH', allocate: allocateByConsistentHash }

/** The strategies that need no settings, by name. */
export const PLAIN_STRATEGIES: ReadonlyMap<string, AllocateStrategy> = new Map(
  [AVG, AVG_BY_CIRCLE, CONSISTENT_HASH].map((strategy) => [strategy.name, strategy]),
)
