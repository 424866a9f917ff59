/**
 * Notifies brokers of an election with NOTIFY_BROKER_ROLE_CHANGED, oneway. Only replicas that are alive are notified. A
 * notice that is lost does no harm: each broker also asks for the master, by default every five seconds.
 *
 * RocketMQ: `ControllerManager.notifyBrokerRoleChanged`.
 */
import { encodeJsonBody } from '../remoting/bodies/json-body.ts'
import type { RemotingClient } from '../remoting/remoting-client.ts'
import { notifyBrokerRoleChanged } from '../remoting/requests/controller.ts'
import { addressOf, type BrokerSet } from './broker-set.ts'

/** Sends the present master and in-sync set to each replica for which `isAlive` returns true. */
export function notifyReplicas(client: RemotingClient, set: BrokerSet, isAlive: (brokerId: number) => boolean): void {
  const { masterBrokerId, masterEpoch, syncStateSet, syncStateSetEpoch } = set
  const masterAddress = addressOf(set, masterBrokerId)
  const { code } = notifyBrokerRoleChanged
  const extFields = notifyBrokerRoleChanged.encode({ masterBrokerId, masterAddress, masterEpoch, syncStateSetEpoch })
  const body = encodeJsonBody({ syncStateSet, syncStateSetEpoch })
  for (const { brokerId, address } of set.replicas.values())
    if (isAlive(brokerId)) client.invokeOneway(address, { code, extFields, body })
}
