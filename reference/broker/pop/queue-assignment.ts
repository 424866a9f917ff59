/**
 * Assigns queues to the members of a consumer group. In the table, `n` is `popShareQueueNum` of the group's
 * mode.
 *
 * | mode                          | queues of a member                                                        |
 * | ----------------------------- | ------------------------------------------------------------------------- |
 * | PULL                          | the queues that the strategy allocates to this member                     |
 * | POP, n ≤ 0 or n ≥ members - 1 | all queues of every broker (queue id -1)                                  |
 * | POP, any other n, at most as many members as queues | the queues allocated to this member and to the next n members in the order of their ids (the first id follows the last) |
 * | POP, any other n, but more members than queues | one queue |
 *
 * In POP mode, several members may have the same queue, so the members need not agree on their queues. After a queue has
 * handed a message to a member, no other member gets it until its invisible time ends.
 *
 * RocketMQ: `QueryAssignmentProcessor.doLoadBalance`, `allocate4Pop`.
 */
import { allocateAveragely } from '../../common/allocate/allocate-averagely.ts'
import { allocateByCircle } from '../../common/allocate/allocate-by-circle.ts'
import { compareQueues, type MessageQueue, queueKey } from '../../common/message.ts'
import { ANY_QUEUE } from '../../common/pop-names.ts'
import type { RequestMode } from '../../remoting/requests/query-assignment.ts'

type Allocate = typeof allocateAveragely

/** The strategies by which a broker can assign queues. */
export const BROKER_STRATEGIES: ReadonlyMap<string, Allocate> = new Map([
  ['AVG', allocateAveragely],
  ['AVG_BY_CIRCLE', allocateByCircle],
])

// #region assignment
/** Returns the queues of `clientId`. `allIds` must contain `clientId`. `allQueues` and `allIds` may be in any order. */
export function assignedQueues(
  allocate: Allocate,
  clientId: string,
  allQueues: readonly MessageQueue[],
  allIds: readonly string[],
  { mode, popShareQueueNum }: Pick<RequestMode, 'mode' | 'popShareQueueNum'>,
): readonly MessageQueue[] {
  const queues = [...allQueues].sort(compareQueues)
  const ids = [...new Set(allIds)].sort()
  if (queues.length === 0) return []
  if (mode === 'PULL') return allocate(clientId, queues, ids)
  if (popShareQueueNum <= 0 || popShareQueueNum >= ids.length - 1)
    return distinct(queues.map((queue) => ({ ...queue, queueId: ANY_QUEUE })))
  const index = ids.indexOf(clientId)
  if (ids.length > queues.length) return [queues[index % queues.length]!]
  const sharers = Array.from({ length: popShareQueueNum + 1 }, (_, i) => ids[(index + i) % ids.length]!)
  return distinct(sharers.flatMap((id) => allocate(id, queues, ids)))
}
// #endregion assignment

function distinct(queues: readonly MessageQueue[]): readonly MessageQueue[] {
  return [...new Map(queues.map((queue) => [queueKey(queue), queue])).values()]
}
