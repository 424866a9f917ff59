/**
 * The strategies by which the members of a consumer group divide the queues of a topic.
 *
 * | name                        | queues of a member                                                | file                            |
 * | --------------------------- | ----------------------------------------------------------------- | ------------------------------- |
 * | AVG                         | queues that are neighbours in the sorted list, almost the same number for each member; the default | `allocate-averagely.ts` |
 * | AVG_BY_CIRCLE               | every m-th queue of the sorted list, when the group has m members | `allocate-by-circle.ts`          |
 * | CONFIG                      | the list in the configuration of the member                       | `allocate-by-config.ts`          |
 * | MACHINE_ROOM                | a part of the queues of brokers in certain machine rooms           | `allocate-by-machine-room.ts`    |
 * | MACHINE_ROOM_NEARBY-*inner* | a part of the queues in the member's own machine room, and in rooms without a member | `allocate-machine-room-nearby.ts` |
 * | CONSISTENT_HASH             | the queues near the member's places on a ring of hashes; few queues change their member when a member joins or leaves | `allocate-consistent-hash.ts` |
 *
 * A strategy is a pure function. Every member of the group computes its own queues from the same sorted lists of queues and
 * members, so no coordinator is needed. Therefore all members of a group must use the same strategy with the same settings.
 * With different strategies or settings, it can happen that a queue has no member, or two members.
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
   * Returns the queues of the member `clientId`. `queues` must be sorted by `compareQueues`. `clientIds` must be sorted as
   * text. When `clientId` is not in `clientIds`, returns no queue, except with CONFIG.
   */
  readonly allocate: (
    clientId: string,
    queues: readonly MessageQueue[],
    clientIds: readonly string[],
  ) => readonly MessageQueue[]
}

/** Each member receives queues that are neighbours in the list. All members have almost the same number of queues. */
export const AVG: AllocateStrategy = { name: 'AVG', allocate: allocateAveragely }
/** The members take one queue each, in turn, until all queues are taken. */
export const AVG_BY_CIRCLE: AllocateStrategy = { name: 'AVG_BY_CIRCLE', allocate: allocateByCircle }
/** Members and queues have places on a ring of hashes. A queue belongs to the next member on the ring. */
export const CONSISTENT_HASH: AllocateStrategy = { name: 'CONSISTENT_HASH', allocate: allocateByConsistentHash }

/** The strategies that need no settings, by name. */
export const PLAIN_STRATEGIES: ReadonlyMap<string, AllocateStrategy> = new Map(
  [AVG, AVG_BY_CIRCLE, CONSISTENT_HASH].map((strategy) => [strategy.name, strategy]),
)
