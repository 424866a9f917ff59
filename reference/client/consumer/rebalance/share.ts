/**
 * Computes which queues of a topic belong to this member of a consumer group. A broker returns the list of the group's
 * members, and the strategy divides the queues among these members. No broker checks the result. Each queue belongs to
 * exactly one member only when all members have the same list and sort the list in the same way.
 *
 * | the broker's answer                  | what the member receives                                          |
 * | ------------------------------------ | ---------------------------------------------------------------- |
 * | a list that contains this member | the queues of this member; there may be none |
 * | a list that does not contain this member | `unknown`: the member keeps its queues, and asks again after a second |
 * | no list, because of an error or a timeout | `unknown`, as in the row before |
 *
 * RocketMQ: `RebalanceImpl.rebalanceByTopic`, `MQClientInstance.findConsumerIdList`. Unlike GlassMQ, a client of RocketMQ
 * (Java) gives up all its queues when the list does not contain this client.
 */
import type { AllocateStrategy } from '../../../common/allocate/allocate-strategy.ts'
import type { MessageQueue } from '../../../common/message.ts'
import { consumerIdListShape } from '../../../remoting/bodies/heartbeat.ts'
import { readJsonBody } from '../../../remoting/bodies/json-body.ts'
import { getConsumerListByGroup } from '../../../remoting/requests/client-manage.ts'
import { ResponseCode } from '../../../remoting/response-code.ts'
import type { ClientInstance } from '../../client-instance.ts'
import * as limits from '../../limits.ts'

/** Called with the queues of this member, or with `unknown` when the broker returns no list that contains this member. */
export type Shared = (mine: readonly MessageQueue[] | 'unknown') => void

/** Computes the queues of one member of one group. */
export class Share {
  readonly #instance: ClientInstance
  readonly #group: string
  readonly #strategy: AllocateStrategy

  constructor(instance: ClientInstance, group: string, strategy: AllocateStrategy) {
    this.#instance = instance
    this.#group = group
    this.#strategy = strategy
  }

  // #region share
  /** Asks the broker `brokerName` for the members. `queues` must be sorted. `shared` is called once, with the result. */
  ask(brokerName: string, queues: readonly MessageQueue[], shared: Shared): void {
    const { clientId, remoting } = this.#instance
    // #fold the request
    const extFields = getConsumerListByGroup.encode({ consumerGroup: this.#group, bname: brokerName })
    const { address } = this.#instance.subscribeAddress(brokerName)
    const request = { code: getConsumerListByGroup.code, extFields }
    // #endfold
    remoting.invoke(address, request, limits.MQ_CLIENT_API_TIMEOUT_MS, ({ error, response }) => {
      const isGood = error === undefined && response.code === ResponseCode.SUCCESS
      const members = isGood ? memberIds(response.body) : []
      if (!members.includes(clientId)) return shared('unknown')
      shared(this.#strategy.allocate(clientId, queues, members))
    })
  }
  // #endregion share
}

/**
 * Returns the ids of the members, sorted, so that every member has the same order. Returns [] when the answer cannot be
 * read.
 */
function memberIds(body: Uint8Array | undefined): readonly string[] {
  return [...(readJsonBody('GET_CONSUMER_LIST_BY_GROUP', body, consumerIdListShape) ?? [])].sort()
}
