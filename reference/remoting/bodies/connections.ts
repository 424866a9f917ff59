/**
 * The clients that are connected to a broker, in the form that operators read.
 *
 * RocketMQ: `Connection`, `ConsumerConnection`, `ProducerConnection`, `ProducerInfo`, `ProducerTableInfo`.
 */
import { list, optional, record, type Shape, table, text, whole } from '../../common/shape.ts'
import { type SubscriptionData, subscriptionDataShape } from './heartbeat.ts'

/** One connection of a client. `language` is the name of the client's programming language. */
export interface Connection {
  readonly clientId: string
  readonly clientAddr: string
  readonly language: string
  readonly version: number
}

/** The members of a consumer group, and the settings that all members share. */
export interface ConsumerConnection {
  readonly connectionSet: readonly Connection[]
  readonly subscriptionTable: ReadonlyMap<string, SubscriptionData>
  readonly consumeType?: string | undefined
  readonly messageModel?: string | undefined
  readonly consumeFromWhere?: string | undefined
}

const connectionShape: Shape<Connection> = record<Connection>({
  clientId: text(),
  clientAddr: text(),
  language: text(),
  version: whole(),
})

export const consumerConnectionShape: Shape<ConsumerConnection> = record<ConsumerConnection>({
  connectionSet: list(connectionShape),
  subscriptionTable: table(subscriptionDataShape),
  consumeType: optional(text()),
  messageModel: optional(text()),
  consumeFromWhere: optional(text()),
})

/** The members of a producer group. */
export const producerConnectionShape: Shape<{ readonly connectionSet: readonly Connection[] }> = record<{
  connectionSet: Connection[]
}>({ connectionSet: list(connectionShape) })

/** One producer in the list of all producers. `remoteIP` is an address with a port, although its name says IP. */
export interface ProducerInfo {
  readonly clientId: string
  readonly remoteIP: string
  readonly language: string
  readonly version: number
  readonly lastUpdateTimestamp: number
}
