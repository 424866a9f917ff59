/**
 * Implements `Cluster` with real processes. This cluster runs the same scripts as the simulation, but with real time,
 * sockets and files.
 *
 * ```
 *  script ──> ProcessCluster ── controls ──> launcher + program (one process per node)
 *                  ^                                  │
 *                  └───────────── records ────────────┘        processes and files: ProcessBackend
 * ```
 *
 * This cluster differs from the simulation mainly in three ways. First, a run cannot be repeated exactly. Second, the event
 * log has no events about wires and disks, and its events have no causes. Only with the option `trace`, the event log has
 * the events that nodes report. Third, a power cut kills the process, and then reverts all changes that were not synced,
 * with the undo record of the process.
 *
 * This file uses no functions of a platform. The backend runs child processes of Node or processes of a WebContainer.
 */

import { encodeUtf8 } from '../../common/utf8.ts'
import {
  ALL_FAULTS,
  answerObject,
  type Cluster,
  checkFaultNodes,
  type Delivery,
  type DeliveryDecision,
  type Fault,
  type NodeExit,
  type NodeSpec,
  type ProduceResult,
  ScenarioFailure,
  type ScriptMessage,
} from '../cluster.ts'
import { CALL_WITHIN_MS, READY_WITHIN_MS, STOP_WITHIN_MS } from '../limits.ts'
import { type EventFacts, type EventKind, type TraceEvent, traceEvent } from '../trace.ts'
import type { ProcessBackend } from './process-backend.ts'
import { RealNode, type RealNodeOwner } from './real-node.ts'
import { parseHandedMessage, produceBy } from './script-texts.ts'

/** A program for real processes: a module and the name of its export. */
export interface RealProgram {
  /** The path of the module, absolute or relative to the lab's root. */
  readonly path: string
  /** The name of the export. The default is `main`. */
  readonly export?: string
}

/** The options of a real cluster. */
export interface ProcessClusterOptions {
  readonly backend: ProcessBackend
  readonly programs: Readonly<Record<string, RealProgram>>
  readonly seed?: number
  /** True to record the events that nodes report. */
  readonly trace?: boolean
  /** A node that does not answer a ping within this time is ended as `runaway`. The default is 5 s. */
  readonly watchdogMs?: number
}

/** Conditions are checked at least this often, because a condition may depend on time. */
const LOOK_EVERY_MS = 50
const WATCHDOG_MS = 5_000
/** A killed process must end within this time. A node whose process has not ended within this time counts as `lost`. */
const KILL_WITHIN_MS = 3_000
const EVENTS_MAX = 1_000_000

/** A cluster whose nodes are real processes. */
export class ProcessCluster implements Cluster {
  readonly kind = 'real'
  readonly seed: number
  readonly can = { realProcesses: true, losesUnsynced: true, faults: new Set(ALL_FAULTS) }
  readonly events: TraceEvent[] = []
  readonly #backend: ProcessBackend
  readonly #programs: Readonly<Record<string, RealProgram>>
  readonly #isTracing: boolean
  readonly #watchdogMs: number
  readonly #startedMs = performance.now()
  readonly #specs = new Map<string, NodeSpec>()
  readonly #nodes = new Map<string, RealNode>()
  readonly #exits = new Map<string, NodeExit>()
  readonly #faults = new Map<number, Fault>()
  readonly #hosts = new Map<string, string>()
  readonly #deliveries: Delivery[] = []
  readonly #looking = new Set<() => void>()
  /** Resolves when all writes of `lab-hosts.json` have ended. A write begins only after the end of the previous write. */
  #hostsWritten: Promise<void> = Promise.resolve()
  #decide: DeliveryDecision = () => 'CONSUME_SUCCESS'
  readonly #deciders = new Map<string, (node: string, text: string) => string>()
  #nextFault = 1
  #nextCall = 1
  #isDisposed = false

  constructor(options: ProcessClusterOptions) {
    this.seed = options.seed ?? 1
    this.#backend = options.backend
    this.#programs = options.programs
    this.#isTracing = options.trace ?? false
    this.#watchdogMs = options.watchdogMs ?? WATCHDOG_MS
  }

  // ---- nodes -------------------------------------------------------------------------------------------------------

  async start(spec: NodeSpec): Promise<void> {
    const { name } = spec
    const program = this.#programs[spec.program]
    if (this.#isDisposed) throw new Error('the cluster was disposed')
    if (!/^[a-z0-9][a-z0-9._-]{0,62}$/i.test(name)) throw new Error(`${name} is no name for a node`)
    if (program === undefined) {
      throw new Error(
        `cannot start ${name}: no program ${spec.program}; known are ${Object.keys(this.#programs).join(', ')}`,
      )
    }
    if (this.#nodes.has(name)) throw new Error(`cannot start ${name}: it is already running`)
    // the node is added to the maps before the first await, so a second start with the same name is refused
    const isFirst = !this.#specs.has(name)
    this.#specs.set(name, spec)
    this.#exits.delete(name)
    const node = new RealNode(this.#owner(name))
    this.#nodes.set(name, node)
    if (isFirst) {
      for (const [path, text] of Object.entries(spec.files ?? {})) await this.writeFile(name, path, encodeUtf8(text))
    }
    this.#note('node.started', name, { program: spec.program })
    node.spawn(this.#backend, this.#arguments(spec, program, node.token), this.#watchdogMs)
    // wait until the node is ready or has ended; kill it when it takes too long
    const withinMs = spec.readyWithinMs ?? READY_WITHIN_MS
    const isReady = await within(withinMs, Promise.race([node.ready.then(() => true), node.exited.then(() => false)]))
    if (isReady === undefined) {
      node.end('killed', `it was not ready within ${withinMs} ms`)
      await node.exited
    }
    if (isReady !== true) {
      const exit = this.#exits.get(name)
      throw new ScenarioFailure(`${name} did not start: ${exit?.reason || exit?.how || 'unknown'}`, this.events.length)
    }
    await this.#hostsWritten
  }

  restart(node: string): Promise<void> {
    const spec = this.#specs.get(node)
    if (spec === undefined) return Promise.reject(new Error(`cannot restart ${node}: it was never started`))
    return this.start(spec)
  }

  async stop(name: string): Promise<NodeExit> {
    const node = this.#nodes.get(name)
    if (node === undefined) return this.#lastExit(name)
    node.stop()
    if ((await within(STOP_WITHIN_MS, node.exited)) === undefined) {
      node.end('killed', `it had not stopped after ${STOP_WITHIN_MS} ms`)
      await node.exited
    }
    return this.#lastExit(name)
  }

  async kill(name: string): Promise<NodeExit> {
    return this.#kill(name, 'killed')
  }

  async powerCut(name: string, reason = ''): Promise<NodeExit> {
    const spec = this.#specs.get(name)
    if (spec === undefined) return this.#lastExit(name)
    const exit = this.#nodes.has(name)
      ? await this.#kill(name, 'powercut', reason)
      : ({ how: 'powercut', reason } as const)
    const undo = ['--undo-only', '--undo', `undo/${name}`, '--name', name, '--dir', `nodes/${name}`]
    const { code } = await this.#backend.spawn(undo, () => {}).exited
    if (code !== 0) throw new Error(`what ${name} had not synced could not be taken back`)
    this.#exits.set(name, exit)
    return exit
  }

  isRunning(node: string): boolean {
    return this.#nodes.get(node)?.isReady ?? false
  }

  // ---- faults ------------------------------------------------------------------------------------------------------

  async inject(fault: Fault): Promise<{ heal(): Promise<void> }> {
    checkFaultNodes(fault, (node) => this.#specs.has(node))
    const number = this.#nextFault++
    this.#faults.set(number, fault)
    this.#note('fault.began', '', { id: number, fault: fault.kind, text: JSON.stringify(fault) })
    await this.#tellAll({ kind: 'fault', number, fault })
    const heal = async () => {
      if (!this.#faults.delete(number)) return
      this.#note('fault.healed', '', { id: number, fault: fault.kind })
      await this.#tellAll({ kind: 'heal', number })
    }
    return { heal }
  }

  // ---- the application ---------------------------------------------------------------------------------------------

  async call(name: string, call: string, text: string): Promise<string> {
    const node = this.#nodes.get(name)
    if (node === undefined) throw new Error(`cannot call ${call} of ${name}: it is not running`)
    const id = this.#nextCall++
    this.#note('app.called', name, { call: id, name: call, text })
    const answer = await within(CALL_WITHIN_MS, node.call(call, text))
    if (answer === undefined) throw new Error(`${name} did not answer ${call} within ${CALL_WITHIN_MS} ms`)
    this.#note('app.answered', name, { call: id, name: call, text: answer.text, error: answer.error })
    if (answer.error !== '') throw new Error(answer.error)
    return answer.text
  }

  produce(node: string, message: ScriptMessage): Promise<ProduceResult> {
    return produceBy(this, node, message)
  }

  admin(node: string, command: readonly string[]): Promise<string> {
    return this.call(node, 'admin', JSON.stringify(command))
  }

  deliveries(): readonly Delivery[] {
    return this.#deliveries
  }

  onDelivery(decide: DeliveryDecision): void {
    this.#decide = decide
  }

  onHanded(name: string, decide: (node: string, text: string) => string): void {
    this.#deciders.set(name, decide)
  }

  // ---- time --------------------------------------------------------------------------------------------------------

  nowMs(): number {
    return Math.floor(performance.now() - this.#startedMs)
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms))
  }

  waitUntil(what: string, holds: () => boolean, withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#looking.delete(look)
        clearInterval(interval)
        clearTimeout(limit)
        settle()
      }
      const look = () => {
        try {
          if (holds()) end(resolve)
        } catch (error) {
          end(() => reject(error))
        }
      }
      // the condition is checked after each event, and at intervals because it may depend on time
      const interval = setInterval(look, LOOK_EVERY_MS)
      const limit = setTimeout(
        () => end(() => reject(new ScenarioFailure(`waited ${withinMs} ms in vain until ${what}`, this.events.length))),
        withinMs,
      )
      this.#looking.add(look)
      look()
    })
  }

  // ---- disks, log --------------------------------------------------------------------------------------------------

  readFile(node: string, path: string): Promise<Uint8Array | undefined> {
    return this.#backend.readFile(`nodes/${node}/${path}`)
  }

  writeFile(node: string, path: string, bytes: Uint8Array): Promise<void> {
    return this.#backend.writeFile(`nodes/${node}/${path}`, bytes)
  }

  listFiles(node: string): Promise<readonly { path: string; sizeBytes: number }[]> {
    return this.#backend.listFiles(`nodes/${node}`)
  }

  step(text: string): void {
    this.#note('script.step', '', { text })
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true
    for (const node of this.#nodes.values()) node.end('killed', 'the cluster was disposed')
    await this.#hostsWritten.catch(() => {})
    await this.#backend.dispose()
  }

  // ------------------------------------------------------------------------------------------------------------------

  #arguments(spec: NodeSpec, program: RealProgram, token: string): string[] {
    const { name } = spec
    const fixed = [
      '--program',
      program.path,
      '--export',
      program.export ?? 'main',
      '--name',
      name,
      '--dir',
      `nodes/${name}`,
    ]
    const lab = ['--token', token, '--lab-hosts', 'lab-hosts.json', '--faults', '--undo', `undo/${name}`]
    const faults = [...this.#faults].flatMap(([number, fault]) => ['--fault', JSON.stringify({ number, fault })])
    const trace = this.#isTracing ? ['--trace'] : []
    return [...fixed, ...lab, '--seed', `${this.seed}`, ...trace, ...faults, '--', ...spec.args]
  }

  async #kill(name: string, how: 'killed' | 'powercut', reason = ''): Promise<NodeExit> {
    const node = this.#nodes.get(name)
    if (node === undefined) return this.#lastExit(name)
    node.end(how, reason)
    if ((await within(KILL_WITHIN_MS, node.exited)) === undefined) node.giveUp()
    return this.#lastExit(name)
  }

  #lastExit(node: string): Promise<NodeExit> {
    const exit = this.#exits.get(node)
    return exit === undefined
      ? Promise.reject(new Error(`cannot end ${node}: it was never started`))
      : Promise.resolve(exit)
  }

  async #tellAll(
    control: { kind: 'fault'; number: number; fault: Fault } | { kind: 'heal'; number: number },
  ): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.order(control)))
  }

  #owner(name: string): RealNodeOwner {
    return {
      ready: () => {
        this.#note('node.ready', name, {})
        this.#look()
      },
      ended: (exit) => {
        this.#nodes.delete(name)
        this.#exits.set(name, exit)
        this.#note('node.stopped', name, { how: exit.how, reason: exit.reason })
        this.#look()
      },
      listening: (wanted, address) => {
        this.#hosts.set(wanted, address)
        const text = JSON.stringify(Object.fromEntries(this.#hosts), null, 2)
        this.#hostsWritten = this.#hostsWritten.then(() => this.#backend.writeFile('lab-hosts.json', encodeUtf8(text)))
        this.#hostsWritten.catch(() => {}) // `start` reports the failure to its caller
      },
      handed: (call, text) => this.#handed(name, call, text),
      told: (event) => {
        if (this.events.length >= EVENTS_MAX) return
        this.events.push({ ...event, n: this.events.length + 1, atMs: this.nowMs(), node: name })
        this.#look()
      },
    }
  }

  /** Acts as the application of a node. Records a delivered message and returns the answer that the script chooses. */
  #handed(node: string, call: string, text: string): string {
    const id = this.#nextCall++
    this.#note('app.handed', node, { call: id, name: call, text })
    const message = call === 'message' ? parseHandedMessage(text) : undefined
    let reply = this.#deciders.get(call)?.(node, text) ?? '{}'
    if (message !== undefined) {
      const delivery = { atMs: this.nowMs(), node, ...message }
      const answer = answerObject(this.#decide(delivery))
      this.#deliveries.push({ ...delivery, status: answer.status })
      reply = JSON.stringify(answer)
    } else if (call === 'message') reply = '{"status":"RECONSUME_LATER"}'
    this.#note('app.replied', node, { call: id, name: call, text: reply })
    this.#look()
    return reply
  }

  #note<K extends EventKind>(kind: K, node: string, facts: EventFacts[K]): void {
    if (this.events.length >= EVENTS_MAX) return
    const head = { n: this.events.length + 1, atMs: this.nowMs(), node, kind, cause: 0 }
    this.events.push(traceEvent(head, facts))
  }

  #look(): void {
    for (const look of [...this.#looking]) look()
  }
}

/** Resolves with the value of the promise, or with undefined when the promise takes longer than `ms`. */
function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
