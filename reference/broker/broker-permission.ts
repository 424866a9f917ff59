/**
 * `brokerPermission`: how an operator drains a broker. Without the 2 for writing, NameServers tell producers of none of its
 * topics; what is sent all the same is taken, except to ordered topics. Without the 4 for reading nobody consumes here.
 *
 * RocketMQ: `BrokerConfig.brokerPermission`, `BrokerController.registerBrokerAll`, `AbstractSendMessageProcessor.msgCheck`.
 */
import { PERM } from '../common/sys-flag.ts'
import type { RegisterBrokerBody } from '../remoting/bodies/topic-config.ts'
import { Refusal } from '../remoting/refusal.ts'
import type { ExtFields } from '../remoting/remoting-command.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import type { BrokerConfig } from './broker-config.ts'

/** What the broker's permission is read from. */
export interface PermissionParts {
  readonly config: BrokerConfig
  readonly address: string
}

// #region masked-topics
/** The topics as NameServers are told of them. */
export function withBrokerPermission(body: RegisterBrokerBody, brokerPermission: number): RegisterBrokerBody {
  if ((brokerPermission & (PERM.READ | PERM.WRITE)) === (PERM.READ | PERM.WRITE)) return body
  const topicConfigTable = new Map(
    [...body.topicConfigTable].map(([name, topic]) => [name, { ...topic, perm: topic.perm & brokerPermission }]),
  )
  return { ...body, topicConfigTable }
}
// #endregion masked-topics

export function isWriteable({ config }: Pick<PermissionParts, 'config'>): boolean {
  return (config.brokerPermission & PERM.WRITE) !== 0
}

/** Throws `Refusal` for a send while this broker is drained. */
export function checkSending(broker: PermissionParts): void {
  if (!isWriteable(broker)) throw forbidden(broker, 'sending')
}

/** Throws `Refusal`, with `extFields`, for a pull or a pop while nothing may be read. `what`: pulling, peeking. */
export function checkReading(broker: PermissionParts, what: string, extFields?: ExtFields): void {
  if ((broker.config.brokerPermission & PERM.READ) === 0) throw forbidden(broker, what, extFields)
}

function forbidden({ address }: PermissionParts, what: string, extFields?: ExtFields): Refusal {
  return new Refusal(
    ResponseCode.NO_PERMISSION,
    `the broker[${address}] ${what} message is forbidden: brokerPermission`,
    extFields,
  )
}
