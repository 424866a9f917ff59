/**
 * Receives the id of a broker. The broker asks which id is the next free one (1012). It writes to the disk that it will ask
 * for this id, and then asks for the id (1013). When the controllers have given this id to the broker, the broker writes
 * the file `brokerIdentity`.
 *
 * RocketMQ: `ReplicasManager.register`.
 */
import type { Host } from '../../host/host.ts'
import { Refusal, type WhenDone } from '../../remoting/refusal.ts'
import { HeaderError } from '../../remoting/request.ts'
import { applyBrokerId, getNextBrokerId, getNextBrokerIdAnswer } from '../../remoting/requests/controller.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { BrokerIdentity } from './broker-identity.ts'
import type { ControllerLink } from './controller-link.ts'

/** The parts of the broker that are needed. */
export interface IdParts {
  readonly host: Host
  readonly config: BrokerConfig
}

// #region ask-id
/**
 * Asks the leader of the controllers for an id. Calls `done` without a refusal when the id is durable. When the broker
 * crashes earlier, but after it has written the check code, it later asks for the same id again.
 */
export function receiveId(
  identity: BrokerIdentity,
  address: string,
  { host, config }: IdParts,
  link: ControllerLink,
  done: WhenDone,
): void {
  const who = { clusterName: config.brokerClusterName, brokerName: config.brokerName }
  const refuse = (reason: string) => done(new Refusal(ResponseCode.SYSTEM_ERROR, `this broker has no id: ${reason}`))
  const noAnswer = 'the controller does not answer'
  const apply = (appliedBrokerId: number, registerCheckCode: string) => {
    const extFields = applyBrokerId.encode({ ...who, appliedBrokerId, registerCheckCode })
    link.invoke({ code: applyBrokerId.code, extFields }, (response) => {
      if (response?.code === ResponseCode.CONTROLLER_BROKER_ID_INVALID) identity.forgetApplied()
      if (response?.code !== ResponseCode.SUCCESS) return refuse(response?.remark ?? noAnswer)
      identity.own(appliedBrokerId, (error) => (error === '' ? done() : refuse(error)))
    })
  }
  const { applied } = identity
  if (applied !== undefined) return apply(applied.brokerId, applied.checkCode)
  link.invoke({ code: getNextBrokerId.code, extFields: getNextBrokerId.encode(who) }, (response) => {
    if (response?.code !== ResponseCode.SUCCESS) return refuse(response?.remark ?? noAnswer)
    try {
      const { nextBrokerId: brokerId } = getNextBrokerIdAnswer.decode(response.extFields)
      const checkCode = `${address};${host.clock.nowMs()}`
      identity.apply({ brokerId, checkCode }, (error) => {
        if (error === '') apply(brokerId, checkCode)
        else refuse(error)
      })
    } catch (error) {
      if (!(error instanceof HeaderError)) throw error
      refuse(error.message)
    }
  })
}
// #endregion ask-id
