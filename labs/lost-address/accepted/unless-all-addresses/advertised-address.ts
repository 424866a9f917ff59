import type { Host } from '../host/host.ts'
import type { BrokerConfig } from './broker-config.ts'

/** What the operator says; else the one address it is bound to; else, when bound to all of them, the machine's own name. */
export function advertisedAddress(
  host: Host,
  config: Pick<BrokerConfig, 'brokerIP1' | 'bindAddress'>,
  boundAddress: string,
): string {
  const port = boundAddress.split(':').at(-1)!
  if (config.brokerIP1 !== '') return `${config.brokerIP1}:${port}`
  const isEvery = config.bindAddress === '0.0.0.0' || config.bindAddress === '::'
  return `${isEvery ? host.name : config.bindAddress}:${port}`
}
