/**
 * `brokerPermission`: how an operator drains a broker. Without the 2 for writing, NameServers do not offer its topics to
 * producers; messages that are sent all the same are accepted, except to ordered topics. Without the 4 for reading, consumers
 * get nothing from this broker.
 *
 * RocketMQ: `BrokerConfig.brokerPermission`, `BrokerController.registerBrokerAll`, `AbstractSendMessageProcessor.msgCheck`.
 */
import { PERM } from '../common/sys-flag.ts'
import type { RegisterBrokerBody } from '../remoting/bodies/topic-config.ts'
import { Refusal } from '../remoting/refusal.ts'
import type { ExtFields } from '../remoting/remoting-command.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import type { BrokerConfig } from './broker-config.ts'

/** The parts that know the broker's permission, and the address that a refusal names. */
export interface PermissionParts {
  readonly config: BrokerConfig
  readonly address: string
}

// #region masked-topics
/** The topics as NameServers learn them: with no right that the broker does not have. */
export function withBrokerPermission(body: RegisterBrokerBody, brokerPermission: number): RegisterBrokerBody {
  if ((brokerPermission & (PERM.READ | PERM.WRITE)) === (PERM.READ | PERM.WRITE)) return body
  const topicConfigTable = new Map(
    [...body.topicConfigTable].map(([name, topic]) => [name, { ...topic, perm: topic.perm & brokerPermission }]),
  )
  return { ...body, topicConfigTable }
}
// #endregion masked-topics

/** True while the broker accepts sends to all of its topics. */
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
