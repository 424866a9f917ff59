/**
 * `brokerPermission` lets an operator drain a broker. Without the 2 for writing, NameServers do not offer the broker's
 * topics to producers. The broker still accepts ordinary sends, but refuses sends to ordered topics and messages that
 * consumers send back. Without the 4 for reading, consumers get nothing from this broker.
 *
 * RocketMQ: `BrokerConfig.brokerPermission`, `BrokerController.registerBrokerAll`, `AbstractSendMessageProcessor.msgCheck`.
 */
import { PERM } from '../common/sys-flag.ts'
import type { RegisterBrokerBody } from '../remoting/bodies/topic-config.ts'
import { Refusal } from '../remoting/refusal.ts'
import type { ExtFields } from '../remoting/remoting-command.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import type { BrokerConfig } from './broker-config.ts'

/** The parts that the checks need: the broker's permission, and the address for the text of a refusal. */
export interface PermissionParts {
  readonly config: BrokerConfig
  readonly address: string
}

// #region masked-topics
/** Returns the registration without the rights that the broker does not have: in every topic, these rights are removed. */
export function withBrokerPermission(body: RegisterBrokerBody, brokerPermission: number): RegisterBrokerBody {
  if ((brokerPermission & (PERM.READ | PERM.WRITE)) === (PERM.READ | PERM.WRITE)) return body
  const topicConfigTable = new Map(
    [...body.topicConfigTable].map(([name, topic]) => [name, { ...topic, perm: topic.perm & brokerPermission }]),
  )
  return { ...body, topicConfigTable }
}
// #endregion masked-topics

/** Returns true while the broker accepts sends to all of its topics. */
export function isWriteable({ config }: Pick<PermissionParts, 'config'>): boolean {
  return (config.brokerPermission & PERM.WRITE) !== 0
}

/** Throws `Refusal` for a send while this broker is not writable. */
export function checkSending(broker: PermissionParts): void {
  if (!isWriteable(broker)) throw forbidden(broker, 'sending')
}

/** Throws `Refusal`, with `extFields`, for a pull or pop while this broker is not readable. `what` is pulling or peeking. */
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
