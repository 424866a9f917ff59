import type { Host } from '../host/host.ts'
import type { BrokerConfig } from './broker-config.ts'

/** What the operator says; else the number behind this machine's own name, as RocketMQ's `NetworkUtil.getLocalAddress` registers one. */
export function advertisedAddress(host: Host, config: Pick<BrokerConfig, 'brokerIP1'>, boundAddress: string): string {
  const port = boundAddress.slice(boundAddress.lastIndexOf(':') + 1)
  return `${config.brokerIP1 || host.network.resolve(host.name)}:${port}`
}
