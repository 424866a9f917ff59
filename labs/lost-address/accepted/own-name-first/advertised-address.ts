import type { Host } from '../host/host.ts'
import type { BrokerConfig } from './broker-config.ts'

/** The name others know this machine by; the literal IP when it has no name. */
export function advertisedAddress(host: Host, config: Pick<BrokerConfig, 'brokerIP1'>, boundAddress: string): string {
  const [, port] = /:(\d+)$/.exec(boundAddress) ?? ['', '10911']
  if (config.brokerIP1) return `${config.brokerIP1}:${port}`
  return host.network.resolve(host.name) === '' ? `127.0.0.1:${port}` : `${host.name}:${port}`
}
