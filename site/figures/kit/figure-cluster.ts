/**
 * The simulated cluster under a figure, with what a reader may do beside what a script does.
 *
 * It keeps what stands: cuts, slow links, disks, options that were changed. A node that starts while another one is cut off is
 * cut off from it, too. It also keeps the log of the run, either all of it or only the kinds that a figure tells.
 */
import type { Delivery, Fault, NodeSpec } from '../../../reference/host/cluster.ts'
import { SimCluster, type SimClusterOptions } from '../../../reference/host/sim/cluster.ts'
import { SimulationLimit } from '../../../reference/host/sim/limits.ts'
import { TraceHash } from '../../../reference/host/sim/trace-hash.ts'
import type { EventKind, TraceEvent } from '../../../reference/host/trace.ts'
import { RUN_EVENTS_MAX } from './limits.ts'

/** Kinds that every run records, whatever its figure tells: who was there, what applications did, what the reader did. */
export const KEPT_ALWAYS: ReadonlySet<EventKind> = new Set<EventKind>([
  'script.step',
  'node.started',
  'node.ready',
  'node.stopped',
  'fault.began',
  'fault.healed',
  'app.called',
  'app.answered',
  'app.handed',
  'app.replied',
])

/** A fault that stands, at which nodes, and how to end it. */
interface Standing {
  readonly kind: Fault['kind']
  readonly nodes: readonly string[]
  readonly heal: () => void
}

export class FigureCluster extends SimCluster {
  /** Names of the nodes that were ever started. */
  readonly known = new Set<string>()
  readonly #kept: TraceEvent[] | undefined
  #standing: Standing[] = []
  /** Nodes that are cut off from everybody. */
  readonly #alone = new Set<string>()
  readonly #options = new Map<string, Map<string, string>>()

  /**
   * `records`: kinds to keep beside the usual ones; all kinds when undefined; `none`: no log is kept, for a run without an end whose
   * events somebody reads as they come.
   */
  constructor(options: SimClusterOptions, records?: readonly EventKind[] | 'none') {
    super({ ...options, record: records === undefined })
    if (records === undefined || records === 'none') return
    const kinds = new Set<EventKind>([...KEPT_ALWAYS, ...records])
    const kept: TraceEvent[] = []
    this.#kept = kept
    const keep = (event: TraceEvent) => {
      if (!kinds.has(event.kind)) return
      if (kept.length >= RUN_EVENTS_MAX)
        throw new SimulationLimit('recorded', `${RUN_EVENTS_MAX} events are in the log`)
      kept.push(event)
    }
    this.subscribe(keep, { payloads: kinds.has('net.sent') || kinds.has('disk.written') })
  }

  override get events(): readonly TraceEvent[] {
    return this.#kept ?? super.events
  }

  override hash(): string {
    if (this.#kept === undefined) return super.hash()
    const hash = new TraceHash()
    for (const event of this.#kept) hash.add(event)
    return hash.text()
  }

  override start(spec: NodeSpec): Promise<void> {
    const isNew = !this.known.has(spec.name)
    this.known.add(spec.name)
    const changed = this.#options.get(spec.name)
    const own = spec.args.filter((arg) => !changed?.has(arg.slice(0, Math.max(0, arg.indexOf('=')))))
    const args = [...own, ...[...(changed ?? [])].map(([name, value]) => `${name}=${value}`)]
    const started = super.start({ ...spec, args })
    if (isNew) for (const alone of this.#alone) if (alone !== spec.name) this.#separate(alone, [spec.name])
    return started
  }

  /** Drops the list of deliveries: a run without an end would make it ever longer. */
  forgetDeliveries(): void {
    ;(this.deliveries() as Delivery[]).length = 0
  }

  /** An option that counts from the node's next start on. Throws a sentence for a node that was never started. */
  change(node: string, option: string, value: string): void {
    this.#mustKnow(node)
    const options = this.#options.get(node) ?? new Map<string, string>()
    this.#options.set(node, options.set(option, value))
  }

  /** Cuts a node off from all others, also from those that start later. Does nothing when it is cut off already. */
  cutOff(node: string): void {
    this.#mustKnow(node)
    if (this.#alone.has(node)) return
    this.#alone.add(node)
    this.#separate(
      node,
      [...this.known].filter((name) => name !== node),
    )
  }

  /** Begins a fault that stands until it is healed. Throws a sentence for a node that was never started. */
  begin(fault: Fault, nodes: readonly string[]): void {
    for (const node of nodes) this.#mustKnow(node)
    let heal: (() => Promise<void>) | undefined
    const standing: Standing = { kind: fault.kind, nodes, heal: () => void heal?.() }
    this.#standing.push(standing)
    void this.inject(fault).then((begun) => (heal = () => begun.heal()))
  }

  /** Ends every standing fault of these kinds, or those at one node. */
  end(kinds: readonly Fault['kind'][], node = ''): void {
    const isMeant = (one: Standing) => kinds.includes(one.kind) && (node === '' || one.nodes.includes(node))
    for (const one of this.#standing.filter(isMeant)) one.heal()
    this.#standing = this.#standing.filter((one) => !isMeant(one))
    if (!kinds.includes('partition')) return
    if (node === '') this.#alone.clear()
    else this.#alone.delete(node)
  }

  #separate(node: string, others: readonly string[]): void {
    if (others.length > 0) this.begin({ kind: 'partition', between: [[node], others], held: 'keep' }, [node])
  }

  #mustKnow(node: string): void {
    if (!this.known.has(node)) throw new Error(`${node} was never started`)
  }
}
