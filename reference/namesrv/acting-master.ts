/**
 * Acting masters: how a NameServer shows a broker name whose master is gone, and which brokers must know about the loss.
 *
 * With `enableSlaveActingMaster`, a slave continues a part of the work of a dead master: it answers locks of queues, and
 * delivers delayed messages. The slave with the smallest id does this work. This slave is the acting master, but it accepts
 * no new messages from producers.
 *
 * | who                    | what it does when no broker with the id 0 is registered |
 * | ---------------------- | -------------------------------------------------------------------------------------------- |
 * | `RouteInfoManager`     | removes the permission to write from the topics of the broker name                          |
 * | `withActingMasters`    | shows the smallest id as 0, so clients that look for a master find the acting one (`supportActingMaster`) |
 * | `minBrokerIdChange`    | decides which brokers of the name are notified (`notifyMinBrokerIdChanged`)                  |
 *
 * RocketMQ: `RouteInfoManager.pickupTopicRouteData`, `notifyMinBrokerIdChanged`, `chooseBrokerAddrsToNotify` (5.x only). A
 * NameServer of 4.9 has no acting masters.
 */
import { PERM } from '../common/sys-flag.ts'
import { SYNC_BROKER_MEMBER_GROUP_PREFIX } from '../common/topic-validator.ts'
import type { BrokerData, TopicRouteData } from '../remoting/bodies/route.ts'

/** The id of every master. */
export const MASTER_ID = 0

/** The change of the smallest id of one broker name. */
export interface MinBrokerIdChange {
  readonly minBrokerId: number
  readonly minBrokerAddr: string
  /** The address of the broker that is gone. Undefined when the change is a new broker. */
  readonly offlineBrokerAddr: string | undefined
  /** The address from which slaves copy the log of the new broker. Undefined when the change is a lost broker. */
  readonly haBrokerAddr: string | undefined
  /** The addresses of the brokers that must know about the change. */
  readonly notified: readonly string[]
}

/** Returns the smallest id in `addrs`. Returns undefined when `addrs` is empty. */
export function minIdOf(addrs: ReadonlyMap<number, string>): number | undefined {
  let min: number | undefined
  for (const id of addrs.keys()) if (min === undefined || id < min) min = id
  return min
}

// #region acting-master
/**
 * Returns the route as clients see it when `supportActingMaster` is set. In a broker name without a master, the smallest id
 * becomes 0. The id is changed only when the brokers of this name allow acting masters. Also, the topic must be read-only,
 * so that no producer sends to a slave. The route of a broker's member group keeps the real ids.
 */
export function withActingMasters(topic: string, route: TopicRouteData): TopicRouteData {
  if (topic.startsWith(SYNC_BROKER_MEMBER_GROUP_PREFIX)) return route
  const isReadOnly = (brokerName: string) =>
    route.queueDatas.some((data) => data.brokerName === brokerName && (data.perm & PERM.WRITE) === 0)
  return {
    ...route,
    brokerDatas: route.brokerDatas.map((data) => {
      const needsOne = data.enableActingMaster && !data.brokerAddrs.has(`${MASTER_ID}`)
      return needsOne && isReadOnly(data.brokerName) ? withMinIdAsMaster(data) : data
    }),
  }
}

function withMinIdAsMaster(data: BrokerData): BrokerData {
  const byId = [...data.brokerAddrs].sort(([a], [b]) => Number(a) - Number(b))
  const brokerAddrs = byId.map(([id, addr], i) => [i === 0 ? `${MASTER_ID}` : id, addr] as const)
  return { ...data, brokerAddrs: new Map(brokerAddrs) }
}
// #endregion acting-master

/**
 * Returns a change of the smallest id of a broker name. `addrs` are the addresses after the change. After the loss of a
 * broker, all remaining brokers are notified. A new broker is itself the smallest id, so only the other brokers are
 * notified. A new broker without other brokers is notified itself. Returns undefined when `addrs` is empty.
 */
export function minBrokerIdChange(
  addrs: ReadonlyMap<number, string>,
  { offlineBrokerAddr, haBrokerAddr }: { offlineBrokerAddr?: string; haBrokerAddr?: string },
): MinBrokerIdChange | undefined {
  const minBrokerId = minIdOf(addrs)
  if (minBrokerId === undefined) return undefined
  const isForAll = offlineBrokerAddr !== undefined || addrs.size === 1
  return {
    minBrokerId,
    minBrokerAddr: addrs.get(minBrokerId)!,
    offlineBrokerAddr,
    haBrokerAddr,
    notified: [...addrs].filter(([id]) => isForAll || id !== minBrokerId).map(([, addr]) => addr),
  }
}
