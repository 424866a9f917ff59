import type { Host } from '../host/host.ts'
import { ownHostName } from '../host/program-args.ts'
import type { BrokerConfig } from './broker-config.ts'

/**
 * The address in this broker's registrations: what the NameServer tells everybody else.
 *
 * The address a broker listens on may be "all of them", which is no address to connect to. Its own name is.
 *
 * @param boundAddress `host:port` the broker really listens on
 */
export function advertisedAddress(host: Host, config: Pick<BrokerConfig, 'brokerIP1'>, boundAddress: string): string {
  const port = boundAddress.slice(boundAddress.lastIndexOf(':') + 1)
  const reachableHost = config.brokerIP1 !== '' ? config.brokerIP1 : ownHostName(host)
  return `${reachableHost}:${port}`
}
