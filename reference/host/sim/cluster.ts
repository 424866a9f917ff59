/**
 * Implements `Cluster` with the simulation. `application.ts` implements the calls of the application.
 *
 * A call of a script takes effect at the present virtual time, between two events. The promise of the call settles while
 * virtual time passes. The driver (`driver.ts`) advances virtual time. Without a call of the driver, a wait of a script
 * never ends.
 *
 * ```ts
 * const cluster = new SimCluster({ seed: 7, programs: { namesrv, broker, producer, consumer }, record: true })
 * await cluster.driver.run(async (c) => {
 *   await c.start({ name: 'broker-a', program: 'broker', args: [] })
 *   await c.kill('broker-a')
 * })
 * cluster.hash()
 * ```
 *
 * RocketMQ has no simulation. RocketMQ's integration tests start real brokers in one JVM (`BaseConf`).
 */

import { encodeUtf8 } from '../../common/utf8.ts'
import {
  ALL_FAULTS,
  type Cluster,
  type Delivery,
  type DeliveryDecision,
  type Fault,
  type NodeExit,
  type NodeSpec,
  type ProduceResult,
  ScenarioFailure,
  type ScriptMessage,
} from '../cluster.ts'
import { READY_WITHIN_MS, STOP_WITHIN_MS } from '../limits.ts'
import { produceBy } from '../processes/script-texts.ts'
import type { TraceEvent } from '../trace.ts'
import { refuse, SimApplication } from './application.ts'
import { SimDriver } from './driver.ts'
import { beginFault } from './faults.ts'
import type { Hop } from './hop.ts'
import type { NodeLife } from './node-life.ts'
import { mayUsePromises, type ProgramSource, portOf } from './programs.ts'
import type { SimNode } from './sim-node.ts'
import { type NodeFailure, Simulation, type SimulationOptions } from './simulation.ts'
import { Waits } from './waits.ts'

/** The options of a simulated cluster. */
export interface SimClusterOptions extends SimulationOptions {
  /** The programs. The keys are the names for `NodeSpec.program`. */
  readonly programs: Readonly<Record<string, ProgramSource>>
  /** The function that waits until promises have settled. The default is the fastest such function of the platform. */
  readonly hop?: Hop
  /**
   * Says what happens when a program throws an error: `end-run` (the default, for tests) ends the whole run, and `end-node`
   * (for labs and figures) ends only the node.
   */
  readonly onThrow?: 'end-run' | 'end-node'
}

/** Callbacks that wait for a node to become ready or to end. */
interface NodeWaits {
  ready: (() => void)[]
  ended: ((exit: NodeExit) => void)[]
}

/** A cluster under one virtual clock. */
export class SimCluster implements Cluster {
  readonly kind = 'simulated'
  readonly seed: number
  readonly can = { realProcesses: false, losesUnsynced: true, faults: new Set(ALL_FAULTS) }
  /** Advances virtual time. */
  readonly driver: SimDriver
  readonly #simulation: Simulation
  readonly #waits = new Waits()
  readonly #programs: Readonly<Record<string, ProgramSource>>
  readonly #specs = new Map<string, NodeSpec>()
  readonly #ready = new Set<string>()
  readonly #exits = new Map<string, NodeExit>()
  readonly #nodeWaits = new Map<string, NodeWaits>()
  /** The lives of nodes that were asked to stop. */
  readonly #stopping = new WeakSet<object>()
  readonly #application: SimApplication
  #nextFault = 1
  #isDisposed = false

  constructor(options: SimClusterOptions) {
    this.seed = options.seed
    this.#programs = options.programs
    this.#simulation = new Simulation(options)
    this.#application = new SimApplication(this.#simulation, this.#waits)
    this.#simulation.watcher = {
      ready: (node) => this.#becameReady(node),
      ended: (node, exit, life) => this.#ended(node, exit, life),
      handed: (life, call, name, text) => this.#application.handed(life, call, name, text),
      answered: (life, call, result, error) => this.#application.answered(life, call, result, error),
    }
    this.driver = new SimDriver(this, this.#simulation, this.#waits, options.hop, options.onThrow ?? 'end-run')
  }

  // ---- nodes -------------------------------------------------------------------------------------------------------

  start(spec: NodeSpec): Promise<void> {
    const source = this.#programs[spec.program]
    if (source === undefined) {
      return refuse(
        `cannot start ${spec.name}: no program ${spec.program}; known are ${Object.keys(this.#programs).join(', ')}`,
      )
    }
    const node = this.#simulation.node(spec.name)
    if (node.life !== undefined) return refuse(`cannot start ${spec.name}: it is already running`)
    if (!this.#specs.has(spec.name)) {
      for (const [path, text] of Object.entries(spec.files ?? {})) node.disk.put(path, encodeUtf8(text))
    }
    this.#specs.set(spec.name, spec)
    this.#exits.delete(spec.name)
    this.#simulation.launch(node, spec.program, () => portOf(source), mayUsePromises(source), spec.args)
    return this.#untilReady(node, spec.readyWithinMs ?? READY_WITHIN_MS)
  }

  restart(node: string): Promise<void> {
    const spec = this.#specs.get(node)
    return spec === undefined ? refuse(`cannot restart ${node}: it was never started`) : this.start(spec)
  }

  stop(name: string): Promise<NodeExit> {
    const node = this.#simulation.nodes.get(name)
    const life = node?.life
    if (node === undefined || life === undefined) return this.#lastExit(name)
    const { scheduler } = this.#simulation
    // a program is asked to stop only once, even when the script calls `stop` again
    if (!this.#stopping.has(life))
      scheduler.at(scheduler.nowMs, () => life.dispatch(() => life.handle(0, () => life.events.stop())))
    this.#stopping.add(life)
    return this.#waits.promise((resolve) => {
      const reason = `it had not stopped after ${STOP_WITHIN_MS} ms`
      const limit = scheduler.at(scheduler.nowMs + STOP_WITHIN_MS, () =>
        this.#simulation.end(node, 'killed', reason, true),
      )
      this.#waitsOf(name).ended.push((exit) => {
        scheduler.cancel(limit)
        resolve(exit)
      })
    })
  }

  kill(name: string): Promise<NodeExit> {
    const node = this.#simulation.nodes.get(name)
    if (node?.life === undefined) return this.#lastExit(name)
    this.#simulation.end(node, 'killed', '', true)
    return Promise.resolve(this.#exits.get(name)!)
  }

  powerCut(name: string, reason = ''): Promise<NodeExit> {
    const node = this.#simulation.nodes.get(name)
    if (node === undefined) return this.#lastExit(name)
    this.#simulation.end(node, 'powercut', reason, true)
    const exit: NodeExit = { how: 'powercut', reason }
    this.#exits.set(name, exit)
    return Promise.resolve(exit)
  }

  isRunning(node: string): boolean {
    return this.#ready.has(node)
  }

  // ---- faults ------------------------------------------------------------------------------------------------------

  inject(fault: Fault): Promise<{ heal(): Promise<void> }> {
    const { trace } = this.#simulation
    let end: () => void
    try {
      end = beginFault(this.#simulation, fault)
    } catch (error) {
      return Promise.reject(error)
    }
    const id = this.#nextFault++
    trace.observe?.('fault.began', '', 0, { id, fault: fault.kind, text: JSON.stringify(fault) })
    let isHealed = false
    const heal = () => {
      if (!isHealed) {
        isHealed = true
        trace.observe?.('fault.healed', '', 0, { id, fault: fault.kind })
        end()
      }
      return Promise.resolve()
    }
    return Promise.resolve({ heal })
  }

  // ---- the application ---------------------------------------------------------------------------------------------

  call(node: string, name: string, text: string): Promise<string> {
    return this.#application.call(node, name, text)
  }

  produce(node: string, message: ScriptMessage): Promise<ProduceResult> {
    return produceBy(this, node, message)
  }

  admin(node: string, command: readonly string[]): Promise<string> {
    return this.call(node, 'admin', JSON.stringify(command))
  }

  deliveries(): readonly Delivery[] {
    return this.#application.deliveries
  }

  onDelivery(decide: DeliveryDecision): void {
    this.#application.decide = decide
  }

  onHanded(name: string, decide: (node: string, text: string) => string): void {
    this.#application.deciders.set(name, decide)
  }

  // ---- time --------------------------------------------------------------------------------------------------------

  nowMs(): number {
    return this.#simulation.scheduler.nowMs
  }

  sleep(ms: number): Promise<void> {
    const { scheduler } = this.#simulation
    return this.#waits.promise(
      (resolve) => void scheduler.at(scheduler.nowMs + Math.ceil(ms), () => resolve(undefined)),
    )
  }

  waitUntil(what: string, holds: () => boolean, withinMs: number): Promise<void> {
    const { scheduler } = this.#simulation
    return this.#waits.promise((resolve, reject) => {
      const limit = scheduler.at(scheduler.nowMs + withinMs, () => {
        giveUp()
        reject(
          new ScenarioFailure(
            `waited ${withinMs} ms in vain until ${what}${this.#failedNodes()}`,
            this.events.at(-1)?.n ?? 0,
          ),
        )
      })
      const met = () => {
        scheduler.cancel(limit)
        resolve(undefined)
      }
      const giveUp = this.#waits.until(holds, met, reject)
      this.#waits.look()
    })
  }

  // ---- disks, log --------------------------------------------------------------------------------------------------

  readFile(node: string, path: string): Promise<Uint8Array | undefined> {
    const file = this.#simulation.nodes.get(node)?.disk.file(path)
    return Promise.resolve(file?.read(0, file.sizeBytes))
  }

  writeFile(node: string, path: string, bytes: Uint8Array): Promise<void> {
    try {
      this.#simulation.node(node).disk.put(path, bytes)
      return Promise.resolve()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  listFiles(node: string): Promise<readonly { path: string; sizeBytes: number }[]> {
    return Promise.resolve(this.#simulation.nodes.get(node)?.disk.files() ?? [])
  }

  /**
   * Removes a folder with all its files from the disk of a stopped node. Simulates an operator. Returns the number of
   * removed files. Throws an Error with one sentence when the node runs or was never started, or when the folder has no
   * file. The interface `Cluster` does not have this method, because scripts of labs do not need it.
   */
  removeFolder(name: string, folder: string): number {
    const node = this.#simulation.nodes.get(name)
    if (node === undefined) throw new Error(`cannot remove ${folder} of ${name}: it was never started`)
    if (node.life !== undefined) throw new Error(`cannot remove ${folder} of ${name}: stop ${name} first`)
    const paths = node.disk.removeFolder(folder)
    if (paths.length === 0) throw new Error(`cannot remove ${folder} of ${name}: there is no file in it`)
    for (const path of paths) this.#simulation.trace.observe?.('disk.removed', name, 0, { path })
    return paths.length
  }

  get events(): readonly TraceEvent[] {
    return this.#simulation.trace.events
  }

  /** Returns the hash of the recorded log. Equal logs have equal hashes. */
  hash(): string {
    return this.#simulation.trace.hash()
  }

  /**
   * Calls `listener` with every later event, even when events are not recorded. Returns a function that ends the
   * subscription. With `payloads: false`, the field `payload` of an event may be '', so that a run needs less time.
   */
  subscribe(listener: (event: TraceEvent) => void, { payloads = true } = {}): () => void {
    return this.#simulation.trace.subscribe(listener, payloads)
  }

  /** The errors that programs threw, each with its node and its time. The list has at most `FAILURES_MAX` entries. */
  get failures(): readonly NodeFailure[] {
    return this.#simulation.failures
  }

  /** The number of scheduler events that have run so far. */
  get eventCount(): number {
    return this.#simulation.eventCount
  }

  step(text: string): void {
    this.#simulation.trace.observe?.('script.step', '', 0, { text })
  }

  dispose(): Promise<void> {
    if (!this.#isDisposed) {
      this.#isDisposed = true
      for (const node of this.#simulation.nodes.values()) {
        if (node.life !== undefined) this.#simulation.end(node, 'killed', 'the cluster was disposed', true)
      }
      this.#waits.failAll(new Error('the cluster was disposed'))
      this.#waits.tell()
    }
    return Promise.resolve()
  }

  // ------------------------------------------------------------------------------------------------------------------

  #untilReady(node: SimNode, withinMs: number): Promise<void> {
    const { scheduler } = this.#simulation
    const { name } = node
    return this.#waits.promise((resolve, reject) => {
      const limit = scheduler.at(scheduler.nowMs + withinMs, () =>
        this.#simulation.end(node, 'killed', `it was not ready within ${withinMs} ms`, true),
      )
      // the wait ends when the node is ready or when the node has ended
      const waits = this.#waitsOf(name)
      waits.ready.push(() => {
        scheduler.cancel(limit)
        resolve(undefined)
      })
      waits.ended.push((exit) => {
        scheduler.cancel(limit)
        reject(
          new ScenarioFailure(
            `${name} did not start: ${exit.reason === '' ? exit.how : exit.reason}`,
            this.events.at(-1)?.n ?? 0,
          ),
        )
      })
    })
  }

  #waitsOf(node: string): NodeWaits {
    let waits = this.#nodeWaits.get(node)
    if (waits === undefined) {
      waits = { ready: [], ended: [] }
      this.#nodeWaits.set(node, waits)
    }
    return waits
  }

  #becameReady(node: string): void {
    this.#ready.add(node)
    for (const ready of this.#waitsOf(node).ready.splice(0)) ready()
  }

  #ended(node: string, exit: NodeExit, life: NodeLife): void {
    this.#ready.delete(node)
    this.#exits.set(node, exit)
    const waits = this.#waitsOf(node)
    waits.ready.length = 0
    for (const ended of waits.ended.splice(0)) ended(exit)
    this.#application.ended(life, exit)
  }

  #lastExit(node: string): Promise<NodeExit> {
    const exit = this.#exits.get(node)
    return exit === undefined ? refuse(`cannot end ${node}: it was never started`) : Promise.resolve(exit)
  }

  #failedNodes(): string {
    return this.failures.map(({ node, atMs, error }) => ` (${node} threw at ${atMs} ms: ${String(error)})`).join('')
  }
}
