/**
 * Makes a consumer a member of its group, and removes it from the group.
 *
 * ```
 * join:   fetch the routes ─► one broker of each topic checks its SQL92 filter ─► a heartbeat makes the consumer a member
 * leave:  notify each broker of the consumer's topics
 * ```
 *
 * The instance sends heartbeats by itself, too. When a check takes long, the consumer may be a member before the check
 * ends.
 *
 * When the notice of a leave is lost, the broker removes the member when its connection is closed, or after two minutes
 * without a heartbeat.
 *
 * RocketMQ: `DefaultMQPushConsumerImpl.start`, `MQClientInstance.checkClientInBroker`, `unregisterClientWithLock`.
 */
import type { SubscriptionData } from '../../remoting/bodies/heartbeat.ts'
import { unregisterClient } from '../../remoting/requests/client-manage.ts'
import type { ClientInstance } from '../client-instance.ts'
import { checkSubscriptions } from './pull/check-subscriptions.ts'

// #region join-group
/**
 * Makes this client a member of `group` at every broker that accepts its heartbeat. Calls `joined` with '' when each broker
 * has answered the heartbeat, or the heartbeat to it has failed. Calls `joined` with one sentence when a broker refuses an
 * SQL92 filter, or does not answer the check of the filter. A topic without a route is not an error, because the client
 * fetches the route later. When `topics` is empty, `joined` is never called.
 */
export function joinGroup(
  instance: ClientInstance,
  group: string,
  topics: readonly string[],
  subscriptions: ReadonlyMap<string, SubscriptionData>,
  joined: (fault: string) => void,
): void {
  let left = topics.length
  const checked = (fault: string) => {
    if (fault !== '') return joined(fault)
    instance.heartbeat(() => joined(''))
  }
  for (const topic of topics) {
    instance.askRoute(topic, () => {
      if (--left === 0) checkSubscriptions(instance, group, [...subscriptions.values()], checked)
    })
  }
}
// #endregion join-group

/**
 * Notifies every broker in the known routes of `topics` that this client is no longer a member of `group`. The brokers do
 * not answer.
 */
export function leaveGroup(instance: ClientInstance, group: string, topics: Iterable<string>): void {
  const extFields = unregisterClient.encode({ clientID: instance.clientId, consumerGroup: group })
  const brokers = [...topics].flatMap((topic) => instance.route(topic)?.brokerDatas ?? [])
  for (const address of new Set(brokers.flatMap(({ brokerAddrs }) => [...brokerAddrs.values()])))
    instance.remoting.invokeOneway(address, { code: unregisterClient.code, extFields })
}
