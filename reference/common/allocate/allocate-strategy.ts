/**
 * Who gets which queues: the rules a group can agree on.
 *
 * | name                        | share                                                             | file                            |
 * | --------------------------- | ----------------------------------------------------------------- | ------------------------------- |
 * | AVG                         | neighbouring queues, almost equal shares; the default             | `common/allocate/`              |
 * | AVG_BY_CIRCLE               | every m-th queue                                                  | `common/allocate/`              |
 * | CONFIG                      | a list that somebody wrote down                                   | `allocate-by-config.ts`          |
 * | MACHINE_ROOM                | the queues of certain rooms, shared by all                         | `allocate-by-machine-room.ts`    |
 * | MACHINE_ROOM_NEARBY-*inner* | the queues of one's own room, and those of rooms without a consumer | `allocate-machine-room-nearby.ts` |
 * | CONSISTENT_HASH             | a join or a leave moves few queues                                | `allocate-consistent-hash.ts`    |
 *
 * A strategy is a pure function: nobody hands out anything, every member computes its own share from the same sorted
 * lists. So all members of a group must use the same one, with the same settings; otherwise queues stay without an owner
 * or have two.
 *
 * RocketMQ: `AllocateMessageQueueStrategy`.
 */

import type { MessageQueue } from '../message.ts'
import { allocateAveragely } from './allocate-averagely.ts'
import { allocateByCircle } from './allocate-by-circle.ts'
import { allocateByConsistentHash } from './allocate-consistent-hash.ts'

export interface AllocateStrategy {
  /** RocketMQ's name; also what the broker is asked for when it does the sharing (QUERY_ASSIGNMENT). */
  readonly name: string
  /**
   * The share of `clientId`.
   * @param queues sorted as `compareQueues` does
   * @param clientIds sorted as text; without `clientId` in it the share is empty
   */
  readonly allocate: (
    clientId: string,
    queues: readonly MessageQueue[],
    clientIds: readonly string[],
  ) => readonly MessageQueue[]
}

export const AVG: AllocateStrategy = { name: 'AVG', allocate: allocateAveragely }
export const AVG_BY_CIRCLE: AllocateStrategy = { name: 'AVG_BY_CIRCLE', allocate: allocateByCircle }
export const CONSISTENT_HASH: AllocateStrategy = { name: 'CONSISTENT_HASH', allocate: allocateByConsistentHash }

/** Those that need no settings, by name. */
export const PLAIN_STRATEGIES: ReadonlyMap<string, AllocateStrategy> = new Map(
  [AVG, AVG_BY_CIRCLE, CONSISTENT_HASH].map((strategy) => [strategy.name, strategy]),
)
