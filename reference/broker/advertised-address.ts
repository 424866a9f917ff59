/**
 * The address that a broker registers at NameServers. Clients and other brokers connect to this address.
 *
 * The broker does not check the address. When clients cannot reach the address, the broker still registers successfully and
 * is part of every route. But the broker receives no messages, because no client can connect to this address. When the
 * machine has several networks or is behind a gateway, the operator must set the right address in `brokerIP1`.
 *
 * RocketMQ: `BrokerConfig.brokerIP1`, `BrokerController.getBrokerAddr`. Unlike GlassMQ, RocketMQ has an IP address of the
 * machine as the default (`NetworkUtil.getLocalInetAddress`). To find this address, RocketMQ reads the network interfaces
 * that are up and are not bridges, virtual or point-to-point. RocketMQ takes the first public IPv4 address. When all IPv4
 * addresses are private, RocketMQ takes the last one. RocketMQ takes an IPv6 address only when the machine has no IPv4
 * address. Loopback addresses are skipped.
 */

import type { Host } from '../host/host.ts'
import { ownHostName } from '../host/program-args.ts'
import type { BrokerConfig } from './broker-config.ts'

// #region advertised-address
/**
 * Returns the address that this broker registers. `boundAddress` is the `host:port` on which the broker listens. The port of
 * `boundAddress` is used, because the operating system may have chosen this port.
 */
export function advertisedAddress(host: Host, config: Pick<BrokerConfig, 'brokerIP1'>, boundAddress: string): string {
  const port = boundAddress.slice(boundAddress.lastIndexOf(':') + 1)
  const reachableHost = config.brokerIP1 !== '' ? config.brokerIP1 : ownHostName(host)
  return `${reachableHost}:${port}`
}
// #endregion advertised-address
