/**
 * Which replica of each broker name is the master, and where the log of each replica ends.
 *
 * Without a controller, the master is the node that has the name of the broker. With one, it is the node that was elected last.
 */
import type { TraceEventOf } from '../../../reference/host/trace.ts'

export class Masters {
  /** Master nodes by broker name, as far as a controller has elected them. */
  readonly #elected = new Map<string, string>()
  /** Bytes in the log of each replica, by node. */
  readonly #ends = new Map<string, number>()

  /** The broker name of a node that is its master now; '' for a slave, and for a node that is no broker. `isBroker`: by name. */
  brokerOf(node: string, isBroker: (name: string) => boolean): string {
    const name = brokerNameOf(node)
    return isBroker(name) && this.of(name) === node ? name : ''
  }

  /** The master node of a broker. */
  of(broker: string): string {
    return this.#elected.get(broker) ?? broker
  }

  /**
   * A replica has a record more, or bytes of its master. Of what it was sent it tells the records only when they are confirmed,
   * so its bytes count.
   */
  appended({ node, physicalOffset, sizeBytes }: TraceEventOf<'record.appended'> | TraceEventOf<'ha.appended'>): void {
    this.#ends.set(node, Math.max(this.#ends.get(node) ?? 0, physicalOffset + sizeBytes))
  }

  /** A replica has lost the end of its log. */
  cut(node: string, physicalOffset: number): void {
    this.#ends.set(node, physicalOffset)
  }

  /**
   * A replica has accepted its role. When it is another master than before, returns where its log ends: what the old master has
   * beyond that is gone. Undefined when nothing changes.
   */
  taken({ node, brokerName, role }: TraceEventOf<'role.taken'>): number | undefined {
    if (role !== 'master' || this.#elected.get(brokerName) === node) return undefined
    const isFirst = !this.#elected.has(brokerName)
    this.#elected.set(brokerName, node)
    return isFirst ? Number.POSITIVE_INFINITY : (this.#ends.get(node) ?? 0)
  }
}

/** The broker name of a replica's node: `broker-a` of `broker-a-s1`. */
export function brokerNameOf(node: string): string {
  return node.replace(/-s\d+$/, '')
}
