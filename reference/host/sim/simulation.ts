/**
 * The core of a simulated cluster. The core holds the machines, the processes and the virtual time, and records events.
 *
 * The simulation runs one event after the other, each to its end. The driver (`driver.ts`), and not the simulation, runs
 * scripts and decides when the next event runs. The cluster (as `SimulationWatcher`) is notified of signals and texts from
 * the nodes.
 *
 * ```
 *  driver ── runNext() ──> scheduler ──> network, disk, timers ──> NodeLife ──> program
 *                                                                     │
 *  cluster <────────────── ready, ended, handed, answered ────────────┘
 * ```
 *
 * Invariant: A run depends only on the options, the programs, and the calls of the script with their virtual times. A run
 * does not depend on a real clock, on the order of real I/O, or on an unordered iteration.
 */
import type { NodeExit } from '../cluster.ts'
import { SimDisk } from './disk.ts'
import {
  FAILURES_MAX,
  HOP_MS,
  SIMULATION_LIMITS,
  SimulationLimit,
  type SimulationLimits,
  START_MS,
  SYNC_MS,
} from './limits.ts'
import { Links } from './links.ts'
import { SimNetwork } from './network.ts'
import { type LifeWorld, NodeLife } from './node-life.ts'
import type { CallId, NodePort } from './node-port.ts'
import { KeyedRandom } from './random.ts'
import { Scheduler } from './scheduler.ts'
import { SimNode } from './sim-node.ts'
import { TraceLog } from './trace.ts'

/** The options of a simulation. All options except the seed have defaults. */
export interface SimulationOptions {
  readonly seed: number
  /** True to keep the event log. When `record` is not true and the log has no subscriber, events are not created. */
  readonly record?: boolean
  /** The wall clock of the nodes at the start, in milliseconds since 1970. */
  readonly startMs?: number
  /** The latency of one hop between nodes. */
  readonly hopMs?: { readonly min: number; readonly max: number }
  /** The latency of one sync. */
  readonly syncMs?: { readonly min: number; readonly max: number }
  /**
   * On average, one of this many sends arrives in two pieces. When the value is 0, which is the default, no send arrives in
   * pieces.
   */
  readonly cutOneIn?: number
  readonly limits?: Partial<SimulationLimits>
}

/** An error that a program threw. */
export interface NodeFailure {
  readonly node: string
  readonly atMs: number
  readonly error: unknown
}

/** The callbacks for signals and texts from the nodes. */
export interface SimulationWatcher {
  ready(node: string): void
  ended(node: string, exit: NodeExit, life: NodeLife): void
  handed(life: NodeLife, call: CallId, name: string, text: string): void
  answered(life: NodeLife, call: CallId, result: string, error: string): void
}

const NATIVE_ERRORS = [
  'Error',
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'EvalError',
  'URIError',
  'InternalError',
]

/** One simulation with its nodes. */
export class Simulation implements LifeWorld {
  readonly seed: number
  readonly startMs: number
  readonly limits: SimulationLimits
  readonly random: KeyedRandom
  readonly scheduler: Scheduler
  readonly trace: TraceLog
  readonly links: Links
  readonly network: SimNetwork
  readonly nodes = new Map<string, SimNode>()
  readonly syncMinMs: number
  readonly syncMaxMs: number
  readonly cutOneIn: number
  readonly failures: NodeFailure[] = []
  watcher!: SimulationWatcher
  /** The number of events that have run so far. */
  eventCount = 0
  /** The promise of a program that is being loaded. No event may run before this promise settles. */
  loading: Promise<void> | undefined
  /** True when the code of a program has run and may have created promises. */
  promisesPending = false
  #nextCall = 1
  #eventsNow = 0

  constructor(options: SimulationOptions) {
    const hop = options.hopMs ?? HOP_MS
    const sync = options.syncMs ?? SYNC_MS
    this.seed = options.seed
    this.startMs = options.startMs ?? START_MS
    this.limits = { ...SIMULATION_LIMITS, ...options.limits }
    this.random = new KeyedRandom(options.seed)
    this.scheduler = new Scheduler(this.limits.scheduled)
    this.trace = new TraceLog(this.scheduler, options.record ?? false, this.limits)
    this.links = new Links(this.random, hop.min, hop.max)
    this.syncMinMs = sync.min
    this.syncMaxMs = sync.max
    this.cutOneIn = options.cutOneIn ?? 0
    this.network = new SimNetwork(this)
  }

  /**
   * Runs the next event. Returns false when no event is left. Throws `SimulationLimit` when a limit is reached. The caller
   * must await `loading` before the next call.
   */
  runNext(): boolean {
    const before = this.scheduler.nowMs
    const run = this.scheduler.take()
    if (run === undefined) return false
    this.#eventsNow = this.scheduler.nowMs === before ? this.#eventsNow + 1 : 1
    if (++this.eventCount > this.limits.events) throw this.#limit('events', `${this.limits.events} events were run`)
    if (this.#eventsNow > this.limits.eventsAtOnce) throw this.#limit('eventsAtOnce', 'time stands still')
    this.trace.begin(0)
    run()
    return true
  }

  // ---- machines and processes --------------------------------------------------------------------------------------

  /**
   * Returns the machine with this name. Creates a missing machine. Throws `SimulationLimit` when the cluster would have too
   * many machines.
   */
  node(name: string): SimNode {
    let node = this.nodes.get(name)
    if (node === undefined) {
      if (this.nodes.size >= this.limits.nodes)
        throw this.#limit('nodes', `no room for ${name} beside ${[...this.nodes.keys()].join(', ')}`)
      node = new SimNode(name, `10.0.0.${this.nodes.size + 1}`, new SimDisk(this.limits.diskBytes), this.scheduler)
      this.nodes.set(name, node)
    }
    return node
  }

  /** Starts a process on a machine. No other process may run on this machine. */
  launch(
    node: SimNode,
    program: string,
    port: () => NodePort | Promise<NodePort>,
    usesPromises: boolean,
    args: readonly string[],
  ): void {
    const life = new NodeLife(this, node, usesPromises)
    node.life = life
    this.scheduler.at(this.scheduler.nowMs, () => {
      this.loading = this.#load(life, program, port, args)
    })
  }

  /**
   * Ends the process of a machine, if a process runs. When `how` is `powercut`, also simulates the power cut on the disk of
   * this machine.
   */
  end(node: SimNode, how: NodeExit['how'], reason: string, causedByScript: boolean): void {
    const { life } = node
    const cause = causedByScript ? 0 : this.trace.context
    const n = this.trace.observe?.('node.stopped', node.name, cause, { how, reason: traceable(reason) }) ?? 0
    this.trace.begin(n) // events of other nodes that follow from this end have `node.stopped` as their cause
    if (life !== undefined) {
      node.life = undefined
      life.end()
      this.network.endLife(life, how === 'returned' || how === 'powercut' ? how : 'killed')
      node.dropDeferred()
    }
    if (how === 'powercut') {
      const chance = this.random.stream(`power ${node.name}#${++node.powerCuts}`)
      for (const lost of node.disk.powerCut(chance)) this.trace.observe?.('disk.lost', node.name, n, lost)
    }
    if (life !== undefined) this.watcher.ended(node.name, { how, reason }, life)
  }

  async #load(
    life: NodeLife,
    program: string,
    port: () => NodePort | Promise<NodePort>,
    args: readonly string[],
  ): Promise<void> {
    try {
      const made = await port()
      life.events = await made(life)
    } catch (error) {
      this.threw(life, error)
    }
    this.loading = undefined
    if (life.hasEnded) return
    life.dispatch(() => {
      const n = this.trace.observe?.('node.started', life.name, 0, { program }) ?? 0
      life.handle(n, () => life.events.start(args))
    })
  }

  // ---- LifeWorld: what a process tells the world -------------------------------------------------------------------

  ranPromises(): void {
    this.promisesPending = true
  }

  nextCall(): CallId {
    return this.#nextCall++
  }

  handed(life: NodeLife, call: CallId, name: string, text: string): void {
    this.watcher.handed(life, call, name, text)
  }

  answered(life: NodeLife, call: CallId, result: string, error: string): void {
    this.watcher.answered(life, call, result, error)
  }

  becameReady(life: NodeLife): void {
    this.trace.observe?.('node.ready', life.name, this.trace.context, {})
    this.watcher.ready(life.name)
  }

  gaveUp(life: NodeLife, sentence: string): void {
    this.end(life.node, 'failed', sentence, false)
  }

  threw(life: NodeLife, error: unknown): void {
    if (this.failures.length < FAILURES_MAX) this.failures.push({ node: life.name, atMs: this.scheduler.nowMs, error })
    this.end(life.node, 'failed', sentenceOf(error), false)
  }

  stopped(life: NodeLife): void {
    this.end(life.node, 'returned', '', false)
  }

  #limit(limit: keyof SimulationLimits, sentence: string): SimulationLimit {
    return new SimulationLimit(limit, `${sentence}, at ${this.scheduler.nowMs} ms, seed ${this.seed}`)
  }
}

/** Returns an error as one line. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/**
 * Returns the text of a reason for the event log. An error of the JavaScript engine is logged by its name only. Engines use
 * different sentences for the same error, and the logs of all engines must be equal.
 */
function traceable(reason: string): string {
  const kind = reason.slice(0, Math.max(0, reason.indexOf(':')))
  return NATIVE_ERRORS.includes(kind) && kind !== 'Error' ? kind : reason
}
