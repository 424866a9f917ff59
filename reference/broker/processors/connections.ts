/**
 * Lists connected clients. RocketMQ: `AdminBrokerProcessor` (getConsumerConnectionList, getProducerConnectionList,
 * getAllProducerInfo).
 */
import { toObject } from '../../common/shape.ts'
import type { Host } from '../../host/host.ts'
import type { Connection, ProducerInfo } from '../../remoting/bodies/connections.ts'
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, languageName, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import * as requests from '../../remoting/requests/connections.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { ConsumerManager } from '../consumer-manager.ts'
import type { ProducerManager } from '../producer-manager.ts'

/** The parts of the broker that the handlers need. */
export interface ConnectionParts {
  readonly host: Host
  readonly consumers: ConsumerManager
  readonly producers: ProducerManager
}

/** Returns the handlers of the three requests for connected clients, by code. */
export function connectionHandlers(broker: ConnectionParts): RequestHandlers {
  return [
    [requests.getConsumerConnectionList.code, (request) => consumers(broker, request)],
    [requests.getProducerConnectionList.code, (request) => producers(broker, request)],
    [requests.getAllProducerInfo.code, () => allProducers(broker)],
  ]
}

/** The fields that both producers and consumers have. */
interface Client {
  readonly clientId: string
  readonly language: number
  readonly version: number
}

function connectionsOf(members: ReadonlyMap<Channel, Client>): readonly Connection[] {
  return [...members].map(([channel, { clientId, language, version }]) => ({
    clientId,
    clientAddr: channel.remoteAddress,
    language: languageName(language),
    version,
  }))
}

function consumers(broker: ConnectionParts, request: RemotingCommand): Answer {
  const { consumerGroup } = requests.getConsumerConnectionList.decode(request.extFields)
  const group = broker.consumers.group(consumerGroup)
  if (group === undefined)
    throw new Refusal(ResponseCode.CONSUMER_NOT_ONLINE, `the consumer group[${consumerGroup}] not online`)
  const { consumeType, messageModel, consumeFromWhere } = group
  const connectionSet = connectionsOf(group.members)
  const subscriptionTable = toObject(group.subscriptions)
  return {
    ...SUCCESS,
    body: encodeJsonBody({ connectionSet, subscriptionTable, consumeType, messageModel, consumeFromWhere }),
  }
}

function producers(broker: ConnectionParts, request: RemotingCommand): Answer {
  const { producerGroup } = requests.getProducerConnectionList.decode(request.extFields)
  const members = broker.producers.members(producerGroup)
  if (members.size === 0) throw new Refusal(ResponseCode.SYSTEM_ERROR, `the producer group[${producerGroup}] not exist`)
  return { ...SUCCESS, body: encodeJsonBody({ connectionSet: connectionsOf(members) }) }
}

function allProducers(broker: ConnectionParts): Answer {
  const ageMs = (lastUpdateMs: number) => broker.host.clock.monotonicMs() - lastUpdateMs
  const data = broker.producers.groupNames().map((group) => {
    const members = [...broker.producers.members(group)]
    const infos = members.map(
      ([channel, { clientId, language, version, lastUpdateMs }]): ProducerInfo => ({
        clientId,
        remoteIP: channel.remoteAddress,
        language: languageName(language),
        version,
        lastUpdateTimestamp: broker.host.clock.nowMs() - ageMs(lastUpdateMs),
      }),
    )
    return [group, infos] as const
  })
  return { ...SUCCESS, body: encodeJsonBody({ data: Object.fromEntries(data) }) }
}
