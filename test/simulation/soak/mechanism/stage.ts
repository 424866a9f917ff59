/** What the campaigns about consumers share: a cluster to begin with, who owns which queue, and what brokers have noted. */
import { decodeUtf8 } from '../../../../reference/common/utf8.ts'
import type { Cluster } from '../../../../reference/host/cluster.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { NAMESRV, startBroker, startProducer } from '../../../support/sim.ts'

export const TOPIC = 'Orders'
export const GROUP = 'billing'
/** Two rebalances of 20 s, a heartbeat of 30 s, the route poll of 30 s, and the channels of the dead (120 s). */
export const SETTLED_WITHIN_MS = 240_000
/**
 * Offsets go from the client to the broker every 5 s, and from there to the disk every 5 s; a client that learns late that a
 * broker is back (two route polls of 30 s) consumes once more from what that has stored.
 */
export const COMMITTED_WITHIN_MS = 120_000

export interface Servers {
  /** The name a broker's node goes by. Default: the node's. */
  readonly nameOf?: (broker: string) => string
  /** Default: `shop`. */
  readonly producers?: readonly string[]
}

/** A NameServer, brokers with the topic, and producers. */
export async function startServers(
  cluster: Cluster,
  brokers: readonly string[],
  queues: number,
  settings: readonly string[],
  { nameOf = (broker) => broker, producers = ['shop'] }: Servers = {},
): Promise<void> {
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  for (const name of brokers) await startBroker(cluster, name, [...settings, `brokerName=${nameOf(name)}`])
  await cluster.start({ name: 'admin', program: 'admin', args: [NAMESRV] })
  const counts = ['-r', `${queues}`, '-w', `${queues}`]
  await cluster.admin('admin', ['updateTopic', '-t', TOPIC, '-c', 'DefaultCluster', ...counts])
  for (const name of producers) await startProducer(cluster, name)
}

/** Starts a consumer of the topic and its group. */
export function startMember(cluster: Cluster, name: string, settings: readonly string[]): Promise<void> {
  const args = [NAMESRV, `group=${GROUP}`, `topic=${TOPIC}`, 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET', ...settings]
  return cluster.start({ name, program: 'consumer', args })
}

/** When all has been quiet for so long, every lock, pull and route is as it stays. */
export const REST_MS = 65_000
/** Then a message is with its handler within this time: a wait for the disk, a held pull that is woken, three trips. */
export const PROMPT_MS = 2_500

export const bodyOf = (key: string) => `body of ${key}`

/** Which members pull from which queue of the topic, as they say. */
export class Owners {
  readonly #owners = new Map<string, Set<string>>()

  hear(event: TraceEvent): void {
    if (event.kind === 'node.stopped') for (const owners of this.#owners.values()) owners.delete(event.node)
    else if (event.kind === 'queue.assigned' && event.topic === TOPIC) this.#of(event).add(event.node)
    else if (event.kind === 'queue.released' && event.topic === TOPIC) this.#of(event).delete(event.node)
  }

  #of({ brokerName, queueId }: { readonly brokerName: string; readonly queueId: number }): Set<string> {
    const queue = `${brokerName}/${queueId}`
    let owners = this.#owners.get(queue)
    if (owners === undefined) this.#owners.set(queue, (owners = new Set()))
    return owners
  }

  of(queue: string): readonly string[] {
    return [...(this.#owners.get(queue) ?? [])]
  }

  /** Queues that somebody has. */
  get taken(): readonly string[] {
    return [...this.#owners].filter(([, owners]) => owners.size > 0).map(([queue]) => queue)
  }

  /** Queues that do not have exactly one owner. */
  unsettled(queues: readonly string[]): readonly string[] {
    return queues
      .filter((queue) => this.of(queue).length !== 1)
      .map((queue) => `${queue} belongs to ${this.of(queue).join(' and ') || 'nobody'}`)
  }
}

/** Names of queues as here: `broker/id`. */
export const queuesOf = (brokers: readonly string[], queues: number): readonly string[] =>
  brokers.flatMap((broker) => Array.from({ length: queues }, (_, id) => `${broker}/${id}`))

/** The group's offsets of a topic on the disks of brokers, by `broker/id`: what a restart would find. */
export async function storedOffsets(
  cluster: Cluster,
  brokers: readonly string[],
  topic: string,
): Promise<ReadonlyMap<string, number>> {
  const stored = new Map<string, number>()
  for (const broker of brokers) {
    const bytes = await cluster.readFile(broker, 'store/config/consumerOffset.json')
    if (bytes === undefined) continue
    const { offsetTable } = JSON.parse(decodeUtf8(bytes)) as { offsetTable: Record<string, Record<string, number>> }
    for (const [id, offset] of Object.entries(offsetTable[`${topic}@${GROUP}`] ?? {}))
      stored.set(`${broker}/${id}`, offset)
  }
  return stored
}
