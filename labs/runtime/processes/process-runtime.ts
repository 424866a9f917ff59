/**
 * A lab in real processes: what `node` and `webcontainer` share. Only where the processes run differs (`LabPlatform`).
 *
 * ```
 * load(files) ──> tree = reference with the learner's modules in place
 * demo(seed)  ──> one cluster from the tree, kept: what the learner sees and breaks
 * check(id)   ──> a fresh cluster from the tree, disposed of when the check has ended
 * ```
 *
 * A running demo keeps the code it was started with. Time is the wall's, so there is no `time` to control.
 */
import type { FaultKind, NodeExit, NodeSpec } from '../../../reference/host/cluster.ts'
import type { ProcessBackend } from '../../../reference/host/processes/process-backend.ts'
import { ProcessCluster } from '../../../reference/host/processes/process-cluster.ts'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { runCheckReal } from '../../judge/run-check-real.ts'
import { clusterSeed, drawFor } from '../../judge/seeds.ts'
import type { Lab } from '../../lab.ts'
import type { CompileError } from '../../program/compile.ts'
import { type AppTree, overlayTree, treePath } from '../../program/es-modules.ts'
import { CHECK_EVENTS_SHOWN_MAX, LAB_NODES_MAX } from '../../program/limits.ts'
import { PROGRAM_PATHS } from '../../program/programs.ts'
import { doAction } from '../do-action.ts'
import { failureOf } from '../failure-texts.ts'
import { NamedBackend } from '../lab-names.ts'
import type { BootStep, CheckedRun, LabAction, LabEvent, LabNodeState, LabRuntime, RuntimeKind } from '../runtime.ts'

/** Waiting for a node's ready signal in a lab. */
export const NODE_READY_MS = 20_000
/** How often listeners hear what is new. */
const TELL_EVERY_MS = 100
/** Records of a node that did not start, for its failure. */
const LAST_RECORDS = 10

/** Where processes run: opens empty lab roots that hold an application under `app/`. */
export interface LabPlatform {
  open(tree: AppTree): Promise<ProcessBackend>
  /** Ends and removes whatever is left. */
  dispose(): Promise<void>
}

const PROGRAMS = Object.fromEntries(
  Object.entries(PROGRAM_PATHS).map(([name, path]) => [name, { path: `app/${treePath(path)}` }]),
)

/** A cluster of a lab: as many nodes as a lab may have, each given a lab's time to get ready. */
class LabCluster extends ProcessCluster {
  readonly #names = new Set<string>()

  override start(spec: NodeSpec): Promise<void> {
    this.#names.add(spec.name)
    if (this.#names.size > LAB_NODES_MAX)
      return Promise.reject(new Error(`cannot start ${spec.name}: a lab has at most ${LAB_NODES_MAX} nodes`))
    return super.start({ readyWithinMs: NODE_READY_MS, ...spec })
  }

  /** Every node ever started. */
  get names(): readonly string[] {
    return [...this.#names]
  }
}

interface Demo {
  readonly cluster: LabCluster
  readonly ended: AbortController
  readonly nodes: Map<string, LabNodeState>
  readonly cuts: { heal(): Promise<void> }[]
  told: number
  readonly telling: ReturnType<typeof setInterval>
}

export abstract class ProcessRuntime implements LabRuntime {
  abstract readonly kind: RuntimeKind
  readonly can = {
    realProcesses: true,
    losesUnsynced: true,
    faults: new Set<FaultKind>(['partition', 'link', 'pause', 'clock', 'disk']),
  }
  protected readonly lab: Lab
  readonly #listeners = new Set<(event: LabEvent) => void>()
  readonly #checking = new Set<LabCluster>()
  #base: AppTree | undefined
  #platform: LabPlatform | undefined
  #files: ReadonlyMap<string, string> = new Map()
  #tree: AppTree = {}
  #errors: readonly CompileError[] = []
  #demo: Demo | undefined
  /** Lab roots that are being made: the end waits for them. */
  readonly #opening = new Set<Promise<unknown>>()
  /** Told when all this ends. */
  readonly #end = new AbortController()

  constructor(lab: Lab) {
    this.lab = lab
  }

  /** Gets the platform and the reference's tree ready; rejects with a RuntimeFailure. */
  protected abstract prepare(options: {
    readonly signal: AbortSignal
    readonly onStep: (step: BootStep) => void
  }): Promise<{ readonly base: AppTree; readonly platform: LabPlatform }>

  async start(options: { readonly signal: AbortSignal; readonly onStep: (step: BootStep) => void }): Promise<void> {
    const { base, platform } = await this.prepare(options)
    if (options.signal.aborted || this.#end.signal.aborted) {
      await platform.dispose()
      throw failureOf('aborted')
    }
    this.#base = base
    this.#platform = platform
    this.#overlay()
  }

  async load(files: ReadonlyMap<string, string>): Promise<{ readonly errors: readonly CompileError[] }> {
    this.#files = new Map(files)
    this.#overlay()
    return { errors: this.#errors }
  }

  // ---- the demo ----------------------------------------------------------------------------------------------------

  async demo(seed: string): Promise<void> {
    await this.#endDemo()
    const [error] = this.#errors
    if (error !== undefined) throw new Error(`${error.path} line ${error.line}: ${error.text}`)
    const cluster = await this.#open(seed)
    const ended = new AbortController()
    const demo: Demo = {
      cluster,
      ended,
      nodes: new Map(),
      cuts: [],
      told: 0,
      telling: setInterval(() => this.#tell(demo), TELL_EVERY_MS),
    }
    this.#demo = demo
    this.#say({ kind: 'pace', state: 'running' })
    try {
      const told = this.lab.demo({ cluster, variant: this.lab.variant(drawFor(seed)), files: this.#files })
      await unlessEnded(ended.signal, told)
    } catch (failure) {
      if (this.#demo !== demo) throw failureOf('aborted')
      throw notReady(cluster, failure as Error)
    } finally {
      this.#tell(demo)
    }
  }

  get nodes(): readonly LabNodeState[] {
    if (this.#demo !== undefined) this.#tell(this.#demo)
    return [...(this.#demo?.nodes.values() ?? [])]
  }

  nowMs(): number {
    return this.#demo?.cluster.nowMs() ?? 0
  }

  async act(action: LabAction): Promise<string> {
    const demo = this.#demo
    if (demo === undefined) throw new Error('Nothing is running: start the cluster first.')
    try {
      const { cluster, nodes, cuts } = demo
      return await doAction({ cluster, names: cluster.names, cuts, admin: () => adminOf(nodes) }, action)
    } finally {
      this.#tell(demo)
    }
  }

  // ---- checks ------------------------------------------------------------------------------------------------------

  async check(checkId: string, seed: string): Promise<CheckedRun> {
    const { lab } = this
    const check = lab.checks.find(({ id }) => id === checkId)
    if (check === undefined) throw failureOf('aborted', [], `This lab has no check "${checkId}".`)
    let events: readonly TraceEvent[] = []
    let own: LabCluster | undefined
    const open = async () => {
      own = await this.#open(seed)
      this.#checking.add(own)
      return own
    }
    try {
      const onEnd = (cluster: { readonly events: readonly TraceEvent[] }) => {
        events = cluster.events.slice(0, CHECK_EVENTS_SHOWN_MAX)
      }
      const judged = runCheckReal({ lab, check, files: this.#files, seed, errors: this.#errors, open, onEnd })
      return { result: await unlessEnded(this.#end.signal, judged), events }
    } finally {
      if (own !== undefined) this.#checking.delete(own)
    }
  }

  // ------------------------------------------------------------------------------------------------------------------

  subscribe(listener: (event: LabEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async dispose(): Promise<void> {
    this.#end.abort()
    await this.#endDemo()
    await Promise.allSettled(this.#opening)
    await Promise.all([...this.#checking].map((cluster) => cluster.dispose()))
    await this.#platform?.dispose()
    this.#platform = undefined
    this.#listeners.clear()
  }

  #overlay(): void {
    const { tree, errors } = overlayTree(this.#base ?? {}, this.lab, this.#files)
    this.#tree = tree
    this.#errors = errors
  }

  async #open(seed: string): Promise<LabCluster> {
    if (this.#platform === undefined || this.#end.signal.aborted) throw failureOf('aborted')
    const opened = this.#platform.open(this.#tree)
    this.#opening.add(opened)
    const backend = new NamedBackend(await opened.finally(() => this.#opening.delete(opened)))
    if (this.#end.signal.aborted) {
      await backend.dispose()
      throw failureOf('aborted')
    }
    return new LabCluster({ backend, programs: PROGRAMS, seed: clusterSeed(seed), trace: true })
  }

  async #endDemo(): Promise<void> {
    const demo = this.#demo
    if (demo === undefined) return
    this.#demo = undefined
    demo.ended.abort()
    clearInterval(demo.telling)
    await demo.cluster.dispose()
  }

  /** Says what is new in the demo: events, and the nodes if one of them changed. */
  #tell(demo: Demo): void {
    const { events } = demo.cluster
    if (demo !== this.#demo || events.length === demo.told) return
    const fresh = events.slice(demo.told)
    demo.told = events.length
    let hasChanged = false
    for (const event of fresh) hasChanged = follow(demo.nodes, event) || hasChanged
    this.#say({ kind: 'events', events: fresh, nowMs: demo.cluster.nowMs() })
    if (hasChanged) this.#say({ kind: 'nodes', nodes: [...demo.nodes.values()] })
  }

  #say(event: LabEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}

/** Keeps the state of a node; true when it changed. */
function follow(nodes: Map<string, LabNodeState>, event: TraceEvent): boolean {
  const { node: name } = event
  const known = nodes.get(name)
  if (event.kind === 'node.started') nodes.set(name, { name, program: event.program, state: 'starting' })
  else if (event.kind === 'node.ready' && known !== undefined) nodes.set(name, { ...known, state: 'running' })
  else if (event.kind === 'node.stopped' && known !== undefined) {
    const exit = { how: event.how, reason: event.reason } as NodeExit
    nodes.set(name, { name, program: known.program, state: 'ended', exit })
  } else return false
  return true
}

/** The name of the running admin console; throws a sentence when there is none. */
function adminOf(nodes: ReadonlyMap<string, LabNodeState>): string {
  const console = [...nodes.values()].find(({ program, state }) => program === 'admin' && state === 'running')
  if (console === undefined) throw new Error('There is no admin console in this cluster.')
  return console.name
}

/** A demo whose node did not start, with the last it told; any other failure as it is. */
function notReady(cluster: LabCluster, failure: Error): Error {
  const node = /(?:^|: )(\S+) did not start: /.exec(failure.message)?.[1]
  if (node === undefined) return failure
  const records = cluster.events.filter((event) => event.node === node).slice(-LAST_RECORDS)
  return failureOf(
    'node-not-ready',
    records.map((record) => JSON.stringify(record)),
    failure.message,
  )
}

/** What a promise gives, or a failure as soon as it is over. The script behind it may take a while to notice. */
function unlessEnded<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(failureOf('aborted'))
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })
}
