/**
 * A member that takes the list as a broker sends it: the order in which that broker got to know the members. Chapter 11 runs it in
 * place of `reference/client/consumer/rebalance/share.ts`.
 */
import type { ClientInstance } from '../../../../reference/client/client-instance.ts'
import { MQ_CLIENT_API_TIMEOUT_MS } from '../../../../reference/client/limits.ts'
import type { AllocateStrategy } from '../../../../reference/common/allocate/allocate-strategy.ts'
import type { MessageQueue } from '../../../../reference/common/message.ts'
import { consumerIdListShape } from '../../../../reference/remoting/bodies/heartbeat.ts'
import { readJsonBody } from '../../../../reference/remoting/bodies/json-body.ts'
import { getConsumerListByGroup } from '../../../../reference/remoting/requests/client-manage.ts'

export type Shared = (mine: readonly MessageQueue[] | 'unknown') => void

export class Share {
  readonly #instance: ClientInstance
  readonly #group: string
  readonly #strategy: AllocateStrategy

  constructor(instance: ClientInstance, group: string, strategy: AllocateStrategy) {
    this.#instance = instance
    this.#group = group
    this.#strategy = strategy
  }

  ask(brokerName: string, queues: readonly MessageQueue[], shared: Shared): void {
    const { clientId, remoting } = this.#instance
    const extFields = getConsumerListByGroup.encode({ consumerGroup: this.#group, bname: brokerName })
    const { address } = this.#instance.subscribeAddress(brokerName)
    remoting.invoke(address, { code: getConsumerListByGroup.code, extFields }, MQ_CLIENT_API_TIMEOUT_MS, (answer) => {
      const members = readJsonBody('GET_CONSUMER_LIST_BY_GROUP', answer.response?.body, consumerIdListShape) ?? []
      if (!members.includes(clientId)) return shared('unknown')
      shared(this.#strategy.allocate(clientId, queues, members))
    })
  }
}
