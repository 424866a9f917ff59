/**
 * The `page` runtime: a lab's cluster simulated in a sandboxed worker of this very page.
 *
 * ```
 *  workbench ── PageRuntime ──(MessagePort, every word checked)── worker: simulator, judge, learner code
 *                   └── watchdog: learner code silent for 3 s ──> the frame is removed, and the page says which node it was
 * ```
 *
 * Learner files are compiled here and go to the worker as text. The files it needs are fetched once, by `start`; after
 * that it works without a network, also after the watchdog has ended a worker.
 */
import type { FaultKind } from '../../../reference/host/cluster.ts'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import type { Schedule } from '../../judge/schedule.ts'
import type { LabFacts } from '../../lab.ts'
import type { Compiled, CompileError } from '../../program/compile.ts'
import { WATCHDOG_BUSY_MS, WATCHDOG_STOP_MS } from '../../program/limits.ts'
import { failureOf, runawaySentence } from '../failure-texts.ts'
import type {
  BootStep,
  CheckedRun,
  LabAction,
  LabEvent,
  LabNodeState,
  LabRuntime,
  RuntimeFailure,
  TimeControl,
} from '../runtime.ts'
import { type FromWorker, readFromWorker, type ToWorker } from './page-messages.ts'
import { type PageAssets, Sandbox } from './sandbox.ts'

/** A text of a learner's file whose code is known. */
export interface CompiledText {
  readonly text: string
  readonly code: string
}

/** How long the page waits for a word, each in milliseconds: of the frame, of the worker, and of the learner's code. */
export interface PageLimits {
  readonly frameMs: number
  readonly workerMs: number
  readonly busyMs: number
  readonly stopMs: number
}

export interface PageRuntimeOptions {
  readonly lab: Pick<LabFacts, 'id' | 'files'>
  readonly assets: () => Promise<PageAssets>
  /** A sandbox for this lab that was begun before, if there is one. It belongs to the runtime from then on. */
  readonly prepared?: () => Sandbox | undefined
  /** What the build has compiled, by path: the starter, so that the first run needs no compiler. */
  readonly compiled?: ReadonlyMap<string, CompiledText>
  readonly limits?: Partial<PageLimits>
  /** The frame's own policy; another one than ours is for a test of the self-test. */
  readonly policy?: string
}

const LIMITS: PageLimits = { frameMs: 60_000, workerMs: 60_000, busyMs: WATCHDOG_BUSY_MS, stopMs: WATCHDOG_STOP_MS }
/** The watchdog counts its own rounds, so a page that slept has missed one and not a thousand. */
const WATCH_EVERY_MS = 250
const SPEED_LEAST = 0.001
const SPEED_MOST = 100
const FAULTS: readonly FaultKind[] = ['partition', 'link', 'pause', 'clock', 'disk']

interface Open {
  resolve(word: FromWorker): void
  reject(failure: Error): void
}

export class PageRuntime implements LabRuntime {
  readonly kind = 'page'
  readonly can = { realProcesses: false, losesUnsynced: true, faults: new Set(FAULTS) }
  readonly #lab: PageRuntimeOptions['lab']
  readonly #load: () => Promise<PageAssets>
  readonly #prepared: () => Sandbox | undefined
  readonly #compiled: ReadonlyMap<string, CompiledText>
  readonly #limits: PageLimits
  readonly #policy: string | undefined
  readonly #listeners = new Set<(event: LabEvent) => void>()
  readonly #open = new Map<number, Open>()
  #assets: PageAssets | undefined
  #sandbox: Sandbox | undefined
  #port: MessagePort | undefined
  #watch: ReturnType<typeof setInterval> | undefined
  #silentRounds = 0
  #nextId = 1
  #demoId = 0
  /** The learner's code that runs in the worker now; undefined while the worker does work of ours. */
  #entering: { readonly node: string; readonly handler: string; readonly atMs: number } | undefined
  #loaded: (ToWorker & { do: 'load' }) | undefined
  #errors: readonly CompileError[] = []
  #loading: Promise<unknown> = Promise.resolve()
  #nodes = new Map<string, LabNodeState>()
  #nowMs = 0
  #pace = { isPaused: false, speed: 1 }
  #onTested: ((broken: readonly string[]) => void) | undefined

  constructor(options: PageRuntimeOptions) {
    this.#lab = options.lab
    this.#load = options.assets
    this.#prepared = options.prepared ?? (() => undefined)
    this.#compiled = options.compiled ?? new Map()
    this.#limits = { ...LIMITS, ...options.limits }
    this.#policy = options.policy
  }

  get nodes(): readonly LabNodeState[] {
    return [...this.#nodes.values()]
  }

  nowMs(): number {
    return this.#nowMs
  }

  readonly time: TimeControl = {
    pause: () => this.#setPace(true, this.#pace.speed),
    resume: () => this.#setPace(false, this.#pace.speed),
    setSpeed: (factor) => this.#setPace(this.#pace.isPaused, Math.min(SPEED_MOST, Math.max(SPEED_LEAST, factor))),
    step: async () => void (await this.#ask((id) => ({ do: 'step', id }))),
  }

  async start(options: { readonly signal: AbortSignal; readonly onStep: (step: BootStep) => void }): Promise<void> {
    this.#shut(failureOf('aborted'))
    options.signal.throwIfAborted()
    options.onStep({ id: 'files', text: 'Fetching the lab’s programs' })
    this.#assets ??= await this.#load().catch((error: unknown) => {
      throw failureOf('client-load', [String(error)])
    })
    options.onStep({ id: 'frame', text: 'Opening the sandbox' })
    const sandbox = await this.#openSandbox()
    options.onStep({ id: 'worker', text: 'Starting the simulator and testing its walls' })
    try {
      await this.#openWorker(sandbox, this.#assets)
    } catch (failure) {
      this.#shut(failure as RuntimeFailure)
      throw failure
    }
    this.#tell({ do: 'pace', ...this.#pace })
    if (this.#loaded !== undefined) this.#tell(this.#loaded)
    this.#silentRounds = 0
    this.#watch = setInterval(() => this.#look(), WATCH_EVERY_MS)
  }

  /** Loads one after the other, in the order of the calls. */
  load(files: ReadonlyMap<string, string>): Promise<{ readonly errors: readonly CompileError[] }> {
    const load = this.#loading.then(() => this.#loadFiles(files))
    this.#loading = load.catch(() => {})
    return load
  }

  async #loadFiles(files: ReadonlyMap<string, string>): Promise<{ readonly errors: readonly CompileError[] }> {
    const errors: CompileError[] = []
    const modules: Record<string, string> = {}
    for (const { path, kind, replaces } of this.#lab.files) {
      if (kind !== 'module' || replaces === undefined) continue
      const compiled = await this.#compile(path, files.get(path) ?? '')
      if (compiled.error !== undefined) errors.push(compiled.error)
      else modules[replaces] = compiled.code
    }
    this.#errors = errors
    if (errors.length === 0) {
      this.#loaded = { do: 'load', files: [...files], modules }
      this.#tell(this.#loaded)
    }
    return { errors }
  }

  async #compile(path: string, text: string): Promise<Compiled> {
    const known = this.#compiled.get(path)
    if (known?.text === text) return { code: known.code, imports: [] } // nobody asks here what it imports
    const { compile } = await import('../../program/compile.ts')
    return compile(path, text)
  }

  async demo(seed: string): Promise<void> {
    this.#nodes = new Map()
    this.#nowMs = 0
    this.#emit({ kind: 'nodes', nodes: [] })
    await this.#ask((id) => {
      this.#demoId = id
      return { do: 'demo', id, seed }
    })
  }

  async act(action: LabAction): Promise<string> {
    const word = await this.#ask((id) => ({ do: 'act', id, action }))
    return word.is === 'answered' ? word.text : ''
  }

  async check(checkId: string, seed: string, schedule?: Schedule): Promise<CheckedRun> {
    const [error] = this.#errors
    if (error !== undefined) return doesNotLoad(checkId, seed, error)
    const word = await this.#ask((id) => ({ do: 'check', id, check: checkId, seed, schedule }))
    if (word.is !== 'checked') throw failureOf('worker', ['a check was answered with something else'])
    return { result: word.result, events: word.events }
  }

  subscribe(listener: (event: LabEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async dispose(): Promise<void> {
    this.#shut(failureOf('aborted'))
    this.#listeners.clear()
  }

  // ---- the frame and its worker ------------------------------------------------------------------------------------

  #openSandbox(): Promise<Sandbox> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        const failure = failureOf('worker', [`the frame said nothing for ${this.#limits.frameMs} ms`])
        this.#shut(failure)
        reject(failure)
      }
      const limit = setTimeout(giveUp, this.#limits.frameMs)
      const prepared = this.#prepared()
      if (prepared?.hasFailed === true) prepared.remove()
      const sandbox = prepared === undefined || prepared.hasFailed ? new Sandbox(this.#policy) : prepared
      this.#sandbox = sandbox
      sandbox.onFailed = () => this.#stop(failureOf('worker', ['the worker reported an error']))
      void sandbox.isReady.then(() => {
        clearTimeout(limit)
        resolve(sandbox)
      })
    })
  }

  #openWorker(sandbox: Sandbox, assets: PageAssets): Promise<void> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(
        () => reject(failureOf('worker', [`the worker said nothing for ${this.#limits.workerMs} ms`])),
        this.#limits.workerMs,
      )
      this.#onTested = (broken) => {
        clearTimeout(limit)
        if (broken.length > 0)
          reject(
            failureOf(
              'sandbox',
              broken.map((wall) => `not denied: ${wall}`),
            ),
          )
        else resolve()
      }
      this.#port = sandbox.start(assets.worker)
      sandbox.begin(this.#lab.id, assets.modules)
      this.#port.onmessage = ({ data }) => {
        const word = readFromWorker(data)
        if (word !== undefined) this.#hear(word)
      }
    })
  }

  #hear(word: FromWorker): void {
    this.#silentRounds = 0
    switch (word.is) {
      case 'beat':
        return
      case 'tested':
        return this.#onTested?.(word.broken)
      case 'entering':
        this.#entering = word
        return
      case 'left':
        this.#entering = undefined
        return
      case 'threw': {
        const file = this.#lab.files.find(({ replaces }) => replaces === word.path)
        if (file === undefined) return
        const { node, atMs, line, text } = word
        return this.#emit({ kind: 'threw', thrown: { node, atMs, path: file.path, line, text } })
      }
      case 'events':
        if (word.demo === this.#demoId) this.#heard(word.events, word.nowMs)
        return
      case 'pace':
        return this.#emit({ kind: 'pace', state: word.state })
      case 'ended':
        return this.#stop(failureOf('aborted', [], `The cluster was stopped: ${word.sentence}`))
      case 'checked':
        return this.#settle(word.id, (open) => open.resolve(word))
      case 'answered':
        return this.#settle(word.id, (open) =>
          word.error === '' ? open.resolve(word) : open.reject(new Error(word.error)),
        )
    }
  }

  #heard(events: readonly TraceEvent[], nowMs: number): void {
    this.#nowMs = nowMs
    const before = this.#nodes
    for (const event of events) this.#nodes = afterEvent(this.#nodes, event)
    this.#emit({ kind: 'events', events, nowMs })
    if (this.#nodes !== before) this.#emit({ kind: 'nodes', nodes: this.nodes })
  }

  #look(): void {
    const silentMs = ++this.#silentRounds * WATCH_EVERY_MS
    const seen = `silent for ${silentMs} ms`
    // work of ours on a slow machine takes its time, and is no fault of the learner's code
    const stopMs = this.#entering === undefined ? this.#limits.workerMs : this.#limits.stopMs
    if (silentMs < stopMs) {
      if (silentMs >= this.#limits.busyMs) this.#emit({ kind: 'pace', state: 'behind' })
    } else if (this.#entering === undefined) this.#stop(failureOf('worker', [seen]))
    else {
      const { node, handler, atMs } = this.#entering
      this.#stop(failureOf('runaway', [seen], runawaySentence(node, handler, atMs)))
    }
  }

  /** Ends the worker and says why; `start` begins anew. */
  #stop(failure: RuntimeFailure): void {
    this.#shut(failure)
    this.#emit({ kind: 'stopped', failure })
  }

  #shut(failure: RuntimeFailure): void {
    clearInterval(this.#watch)
    this.#entering = undefined
    this.#sandbox?.remove()
    this.#sandbox = undefined
    this.#port = undefined
    this.#nodes = new Map()
    for (const open of this.#open.values()) open.reject(failure)
    this.#open.clear()
  }

  // ---- talking to it -----------------------------------------------------------------------------------------------

  #ask(order: (id: number) => ToWorker): Promise<FromWorker> {
    if (this.#port === undefined) return Promise.reject(failureOf('aborted', [], 'The nodes are stopped: run again.'))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject })
      this.#tell(order(id))
    })
  }

  #tell(order: ToWorker): void {
    this.#port?.postMessage(order)
  }

  #settle(id: number, settle: (open: Open) => void): void {
    const open = this.#open.get(id)
    this.#open.delete(id)
    if (open !== undefined) settle(open)
  }

  #setPace(isPaused: boolean, speed: number): void {
    this.#pace = { isPaused, speed }
    this.#tell({ do: 'pace', isPaused, speed })
  }

  #emit(event: LabEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

/** The nodes after an event; the same map when nothing about them changed. */
function afterEvent(nodes: Map<string, LabNodeState>, event: TraceEvent): Map<string, LabNodeState> {
  const name = event.node
  if (event.kind === 'node.started')
    return new Map(nodes).set(name, { name, program: event.program, state: 'starting' })
  const known = nodes.get(name)
  if (known === undefined) return nodes
  if (event.kind === 'node.ready') return new Map(nodes).set(name, { ...known, state: 'running' })
  if (event.kind !== 'node.stopped') return nodes
  const exit = { how: event.how as NonNullable<LabNodeState['exit']>['how'], reason: event.reason }
  return new Map(nodes).set(name, { name, program: known.program, state: 'ended', exit })
}

function doesNotLoad(check: string, seed: string, { path, line, text }: CompileError): CheckedRun {
  const sentence = `${path} line ${line}: ${text}`
  const verdict = 'failed'
  return {
    result: { check, seed, verdict, reason: 'does-not-load', sentence, atMs: 0, events: 0, trace: '' },
    events: [],
  }
}
