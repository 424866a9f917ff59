import type { Host } from '../host/host.ts'
import type { BrokerConfig } from './broker-config.ts'

/**
 * The address in this broker's registrations: what the NameServer tells everybody else.
 *
 * @param boundAddress `host:port` the broker really listens on
 */
export function advertisedAddress(_host: Host, config: Pick<BrokerConfig, 'brokerIP1'>, boundAddress: string): string {
  const port = boundAddress.slice(boundAddress.lastIndexOf(':') + 1)
  const reachableHost = config.brokerIP1 !== '' ? config.brokerIP1 : '127.0.0.1'
  return `${reachableHost}:${port}`
}
