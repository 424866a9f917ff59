/**
 * Which node the NameServers list as the master of each broker, and whom a client that has a new route takes for the master.
 *
 * The event of a client has addresses alone. The master is the one of them that a NameServer lists as such.
 */
import type { TraceEventOf } from '../../../reference/host/trace.ts'

export class Routes {
  /** Addresses of masters by `namesrv|broker`. */
  readonly #listed = new Map<string, string>()

  /** A NameServer lists a broker, or no longer does. */
  told(event: TraceEventOf<'route.registered'> | TraceEventOf<'route.removed'>): void {
    const { node, brokerName, brokerId, address } = event
    if (brokerId !== 0) return
    if (event.kind === 'route.removed') this.#listed.delete(`${node}|${brokerName}`)
    else this.#listed.set(`${node}|${brokerName}`, address)
  }

  /** The master nodes in the text of a route, such as `broker-a=broker-a:10911,broker-a-s1:10911`; '' for a broker without one. */
  mastersIn(brokers: string): Record<string, string> {
    const masters: Record<string, string> = {}
    for (const part of brokers.split(' ')) {
      const [broker = '', addresses = ''] = part.split('=')
      if (broker === '') continue
      const all = [...this.#listed].filter(([name]) => name.endsWith(`|${broker}`)).map(([, address]) => address)
      const address = all.find((one) => addresses.split(',').includes(one)) ?? ''
      masters[broker] = address.replace(/:\d+$/, '')
    }
    return masters
  }
}
