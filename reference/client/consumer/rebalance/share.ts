/**
 * Computes this member's part of the queues of a topic. A broker answers the list of the members, and the strategy divides the
 * queues among them. Nobody checks the result: the parts fit together when all members have the same list, and sort it alike.
 *
 * | the broker's answer                  | what the member is told                                          |
 * | ------------------------------------ | ---------------------------------------------------------------- |
 * | a list with this member in it         | its part of the queues; the part may be empty                     |
 * | a list without this member            | `unknown`: it keeps its queues, and asks again after a second     |
 * | no list: an error, or no answer       | `unknown`, too                                                    |
 *
 * RocketMQ: `RebalanceImpl.rebalanceByTopic`, `MQClientInstance.findConsumerIdList`. Unlike here, a Java member that is missing
 * in a list gives up all its queues until it is in the list again.
 */
import type { AllocateStrategy } from '../../../common/allocate/allocate-strategy.ts'
import type { MessageQueue } from '../../../common/message.ts'
import { consumerIdListShape } from '../../../remoting/bodies/heartbeat.ts'
import { readJsonBody } from '../../../remoting/bodies/json-body.ts'
import { getConsumerListByGroup } from '../../../remoting/requests/client-manage.ts'
import { ResponseCode } from '../../../remoting/response-code.ts'
import type { ClientInstance } from '../../client-instance.ts'
import * as limits from '../../limits.ts'

/** Receives this member's queues, or `unknown` when there is no list that this member can use. */
export type Shared = (mine: readonly MessageQueue[] | 'unknown') => void

/** The part of one member of one group. */
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
  /** Asks the broker `brokerName`. `queues` are sorted. Calls `shared` once. */
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
 * Returns the ids of the members, in an order that is the same for every member. Returns [] when the answer cannot be read.
 */
function memberIds(body: Uint8Array | undefined): readonly string[] {
  return [...(readJsonBody('GET_CONSUMER_LIST_BY_GROUP', body, consumerIdListShape) ?? [])].sort()
}
