/**
 * The setting `brokerPermission` determines what clients may do with all topics of this broker. The value of this setting is
 * a sum: 4 for reading and 2 for writing. An operator uses this setting to take a broker out of service.
 *
 * Without the right to write, NameServers do not offer the topics of this broker to producers. The broker still accepts
 * ordinary sends. But the broker refuses sends to ordered topics, messages that consumers send back, and, without
 * `allowRecallWhenBrokerNotWriteable`, recalls. Without the right to read, the broker refuses pulls and pops.
 *
 * RocketMQ: `BrokerConfig.brokerPermission`, `BrokerController.registerBrokerAll`, `AbstractSendMessageProcessor.msgCheck`.
 */
import { PERM } from '../common/sys-flag.ts'
import type { RegisterBrokerBody } from '../remoting/bodies/topic-config.ts'
import { Refusal } from '../remoting/refusal.ts'
import type { ExtFields } from '../remoting/remoting-command.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import type { BrokerConfig } from './broker-config.ts'

/**
 * The parts of the broker that the checks need. `address` is the address of the broker, and is used in the text of a
 * refusal.
 */
export interface PermissionParts {
  readonly config: BrokerConfig
  readonly address: string
}

// #region masked-topics
/** Returns a registration in which topics can be read or written only as far as `brokerPermission` allows. */
export function withBrokerPermission(body: RegisterBrokerBody, brokerPermission: number): RegisterBrokerBody {
  if ((brokerPermission & (PERM.READ | PERM.WRITE)) === (PERM.READ | PERM.WRITE)) return body
  const topicConfigTable = new Map(
    [...body.topicConfigTable].map(([name, topic]) => [name, { ...topic, perm: topic.perm & brokerPermission }]),
  )
  return { ...body, topicConfigTable }
}
// #endregion masked-topics

/** Returns true when `brokerPermission` contains the right to write. */
export function isWriteable({ config }: Pick<PermissionParts, 'config'>): boolean {
  return (config.brokerPermission & PERM.WRITE) !== 0
}

/** Throws `Refusal` when `brokerPermission` does not contain the right to write. */
export function checkSending(broker: PermissionParts): void {
  if (!isWriteable(broker)) throw forbidden(broker, 'sending')
}

/**
 * Throws `Refusal` when `brokerPermission` does not contain the right to read. `what` is 'pulling' or 'peeking', and is used
 * in the text of the refusal. `extFields` become the fields of the answer.
 */
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
