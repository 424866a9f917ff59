/**
 * The address that a broker registers at NameServers, and under which clients and other brokers connect to it.
 *
 * The address is not checked. A broker that names an unreachable address registers successfully, is listed in every route, and
 * gets no message: producers fail against it, and consumers never see it. Where a machine has several networks, or sits
 * behind a gateway, the operator must say which address counts: `brokerIP1`.
 *
 * RocketMQ: `BrokerConfig.brokerIP1` (default: the first address of the machine that is not loopback),
 * `BrokerController.getBrokerAddr`.
 */

import type { Host } from '../host/host.ts'
import { ownHostName } from '../host/program-args.ts'
import type { BrokerConfig } from './broker-config.ts'

// #region advertised-address
/**
 * The address in this broker's registrations.
 * @param boundAddress `host:port` on which the broker really listens; its port counts, because it may have been chosen by
 * the system
 */
export function advertisedAddress(host: Host, config: Pick<BrokerConfig, 'brokerIP1'>, boundAddress: string): string {
  const port = boundAddress.slice(boundAddress.lastIndexOf(':') + 1)
  const reachableHost = config.brokerIP1 !== '' ? config.brokerIP1 : ownHostName(host)
  return `${reachableHost}:${port}`
}
// #endregion advertised-address
