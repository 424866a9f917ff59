/**
 * Computes this member's part of the queues of a topic. A broker answers the list of the members, and the strategy divides the
 * queues among them.
 */
import type { AllocateStrategy } from '../../../common/allocate/allocate-strategy.ts'
import type { MessageQueue } from '../../../common/message.ts'
import { consumerIdListShape } from '../../../remoting/bodies/heartbeat.ts'
import { readJsonBody } from '../../../remoting/bodies/json-body.ts'
import { getConsumerListByGroup } from '../../../remoting/requests/client-manage.ts'
import { ResponseCode } from '../../../remoting/response-code.ts'
import type { ClientInstance } from '../../client-instance.ts'
import * as limits from '../../limits.ts'

/** Receives this member's queues, or `unknown`: then the member keeps what it has, and asks again after a second. */
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

  /** Asks the broker `brokerName`. `queues` are sorted. Calls `shared` once. */
  ask(brokerName: string, queues: readonly MessageQueue[], shared: Shared): void {
    const { clientId, remoting } = this.#instance
    const extFields = getConsumerListByGroup.encode({ consumerGroup: this.#group, bname: brokerName })
    const { address } = this.#instance.subscribeAddress(brokerName)
    const request = { code: getConsumerListByGroup.code, extFields }
    remoting.invoke(address, request, limits.MQ_CLIENT_API_TIMEOUT_MS, ({ error, response }) => {
      const isGood = error === undefined && response.code === ResponseCode.SUCCESS
      const members = isGood ? memberIds(response.body) : []
      if (!members.includes(clientId)) return shared('unknown')
      shared(this.#strategy.allocate(clientId, queues, members))
    })
  }
}

/** The ids of the members in an answer, the last one first; none when it cannot be read. */
function memberIds(body: Uint8Array | undefined): readonly string[] {
  return [...(readJsonBody('GET_CONSUMER_LIST_BY_GROUP', body, consumerIdListShape) ?? [])].sort().reverse()
}
