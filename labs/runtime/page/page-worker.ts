/**
 * The worker of the `page` runtime: the simulator, the judge and the linker, bundled as one classic script.
 *
 * Order of life: self-test of the sandbox, then the orders of the page. Until the self-test has passed nothing of a lab is
 * here; before the first program is loaded, the world is taken away (`ambient.ts`).
 *
 * Programs arrive compiled, as the text of functions, and become code by `importScripts` of a `data:` URL: the one way
 * that the sandbox's policy leaves open, and only to us.
 */
import type { Cluster } from '../../../reference/host/cluster.ts'
import type { Program } from '../../../reference/host/program.ts'
import { SimCluster, type SimClusterOptions } from '../../../reference/host/sim/cluster.ts'
import { platformHop } from '../../../reference/host/sim/hop.ts'
import { SIMULATION_LIMITS } from '../../../reference/host/sim/limits.ts'
import type { NodeEvents, NodePort } from '../../../reference/host/sim/node-port.ts'
import { realmPort } from '../../../reference/host/sim/port-host.ts'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { labById } from '../../find.ts'
import { runCheck } from '../../judge/run-check.ts'
import { type Schedule, scheduled } from '../../judge/schedule.ts'
import { clusterSeed, drawFor } from '../../judge/seeds.ts'
import type { Lab } from '../../lab.ts'
import { CHECK_EVENTS_SHOWN_MAX, RUN_EVENTS_MAX } from '../../program/limits.ts'
import { type Factories, factoryText, type ModuleFactory, type ModuleMap, modulesOf } from '../../program/link.ts'
import { linkProgram, PROGRAM_PATHS, type ProgramName, WITHOUT_PROMISES } from '../../program/programs.ts'
import { shutOutTheWorld } from '../ambient.ts'
import { placeIn } from '../thrown.ts'
import { scriptUrl } from './data-url.ts'
import { listen, PageDemo, type Platform, withoutPayload } from './page-demo.ts'
import type { FromWorker, ToWorker } from './page-messages.ts'

declare function importScripts(...urls: string[]): void

/** A beat at least this often while a check computes. */
const BEAT_MS = 100
/** Entries of one run's event log: more do not fit a page's memory. */
const RECORDED_MAX = 500_000

/**
 * Modules of ours in one script. With 16 in each, loading takes twice as long; with all in one, a run that throws thousands of
 * errors takes four times as long in Firefox and WebKit.
 */
const SCRIPT_MODULES = 64

const scope = globalThis as unknown as Record<string, unknown> & { onmessage: unknown }
const load = importScripts.bind(globalThis)
const wallMs = performance.now.bind(performance)
const later = setTimeout.bind(globalThis)
const hop = platformHop()

const HANDLERS: Readonly<Record<keyof NodeEvents, string>> = {
  start: 'its start',
  stop: 'its stop',
  timer: 'a timer’s callback',
  listening: 'onListening',
  listenFailed: 'onFailed',
  accepted: 'onConnection',
  opened: 'onOpened',
  bytes: 'onBytes',
  drained: 'onDrained',
  closed: 'onClosed',
  synced: 'the end of a sync',
  replied: 'the answer of its application',
  called: 'a call of its application',
}

class PageWorker {
  readonly #port: MessagePort
  readonly #platform: Platform
  /** Our modules, compiled. */
  #base: ModuleMap = {}
  /** What was evaluated of our modules, and of the learner's, by path. */
  readonly #ours = new Map<string, ModuleFactory>()
  /** Programs that are all ours, linked: they keep nothing between two starts. */
  readonly #linked = new Map<ProgramName, Program>()
  /** The modules of a program, with the learner's as they are now. */
  readonly #needed = new Map<ProgramName, readonly string[]>()
  readonly #learners = new Map<string, { readonly code: string; readonly factory: ModuleFactory }>()
  #lab: Lab | undefined
  #modules: ModuleMap = {}
  #files: ReadonlyMap<string, string> = new Map()
  #demo: PageDemo | undefined
  #pace = { isPaused: false, speed: 1 }
  #checking: Promise<void> = Promise.resolve()
  /** The turn of its cluster in which the learner's code was entered; undefined when the page knows that it has returned. */
  #enteredTurn: number | undefined
  /** Whether a module of the learner's has been loaded since this was last set back, and what to say when one is. */
  #loadedLearners = false
  #onLearners: () => void = () => {}

  constructor(port: MessagePort) {
    this.#port = port
    this.#platform = {
      wallMs,
      pause: (ms) => new Promise((resolve) => later(resolve, ms)),
      say: (word) => this.#say(word),
    }
  }

  async begin(): Promise<void> {
    const broken = await brokenWalls()
    if (broken.length === 0) shutOutTheWorld((script) => load(scriptUrl(script)))
    this.#say({ is: 'tested', broken })
    if (broken.length > 0) return
    this.#port.onmessage = ({ data }: MessageEvent<ToWorker>) => this.#obey(data)
    const beat = () => {
      this.#leave()
      this.#say({ is: 'beat' })
      later(beat, BEAT_MS)
    }
    beat()
  }

  #say(word: FromWorker): void {
    this.#port.postMessage(word)
  }

  /** Says that the learner's code has returned, unless that is known. */
  #leave(): void {
    if (this.#enteredTurn === undefined) return
    this.#enteredTurn = undefined
    this.#say({ is: 'left' })
  }

  #obey(order: ToWorker): void {
    switch (order.do) {
      case 'begin':
        this.#lab = labById(order.lab)
        this.#base = order.modules
        return this.#evaluateAhead()
      case 'load':
        this.#files = new Map(order.files)
        return this.#replace(order.modules)
      case 'pace':
        this.#pace = { isPaused: order.isPaused, speed: order.speed }
        return this.#demo?.setPace(order.isPaused, order.speed)
      case 'demo':
        return this.#answer(order.id, () => this.#startDemo(order.id, order.seed))
      case 'act':
        return this.#answer(order.id, () => this.#running().act(order.action))
      case 'step':
        return this.#answer(order.id, () =>
          this.#running()
            .step()
            .then(() => ''),
        )
      case 'check':
        this.#checking = this.#checking.then(() => this.#check(order.id, order.check, order.seed, order.schedule))
    }
  }

  #answer(id: number, work: () => Promise<string>): void {
    const settle = async () => {
      try {
        this.#say({ is: 'answered', id, text: await work(), error: '' })
      } catch (error) {
        this.#say({ is: 'answered', id, text: '', error: error instanceof Error ? error.message : String(error) })
      }
    }
    void settle()
  }

  #running(): PageDemo {
    if (this.#demo === undefined) throw new Error('no cluster is running: start it first')
    return this.#demo
  }

  async #startDemo(id: number, seed: string): Promise<string> {
    const lab = this.#labHere()
    await this.#demo?.end()
    const cluster = this.#cluster({ seed: clusterSeed(seed) })
    this.#demo = new PageDemo(id, cluster, this.#platform, this.#pace)
    await this.#demo.run(lab.demo, { variant: lab.variant(drawFor(seed)), files: this.#files })
    return ''
  }

  async #check(id: number, checkId: string, seed: string, schedule?: Schedule): Promise<void> {
    const lab = this.#labHere()
    const check = lab.checks.find((one) => one.id === checkId)
    if (check === undefined) return this.#say({ is: 'answered', id, text: '', error: `there is no check ${checkId}` })
    this.#demo?.hold(true)
    let events: readonly TraceEvent[] = []
    const boot = async (_files: ReadonlyMap<string, string>, number: number) => {
      const cluster = this.#cluster({ seed: number, record: true })
      this.#beatAlong(cluster)
      return { cluster }
    }
    const onEnd = (cluster: SimCluster) => {
      this.#leave()
      events = cluster.events.slice(0, CHECK_EVENTS_SHOWN_MAX).map(withoutPayload)
    }
    const forScript = (cluster: Cluster) => (schedule === undefined ? cluster : scheduled(cluster, schedule))
    const result = await runCheck({ lab, check, files: this.#files, seed, boot, forScript, onEnd })
    this.#demo?.hold(false)
    this.#say({ is: 'checked', id, result, events })
  }

  /** Beats while the run advances; a node that does not return advances nothing, whatever it tells. */
  #beatAlong(cluster: SimCluster): void {
    let lastMs = wallMs()
    listen(cluster, (_event, isFirstOfTurn) => {
      const nowMs = wallMs()
      if (!isFirstOfTurn || nowMs - lastMs < BEAT_MS) return
      lastMs = nowMs
      this.#say({ is: 'beat' })
    })
  }

  #labHere(): Lab {
    if (this.#lab === undefined) throw new Error('no lab was named')
    return this.#lab
  }

  /** A cluster of the lab's programs, whose events tell the page when the learner's code has returned. */
  #cluster(options: Pick<SimClusterOptions, 'seed' | 'record'>): SimCluster {
    let cluster: SimCluster | undefined
    const turn = () => cluster?.eventCount ?? 0
    cluster = new SimCluster({ ...this.#options(turn), ...options })
    // an event of a later turn: also what promises of the entered code had to do is done
    const leave = () => {
      if (this.#enteredTurn !== turn()) this.#leave()
    }
    cluster.subscribe(leave, { payloads: false })
    return cluster
  }

  #options(turn: () => number): Omit<SimClusterOptions, 'seed'> {
    this.#leave()
    const factories = this.#factories()
    const names = Object.keys(PROGRAM_PATHS) as ProgramName[]
    const programs = Object.fromEntries(
      names.map((name) => [
        name,
        { port: this.#announced(factories, name, turn), usesPromises: !WITHOUT_PROMISES.has(name) },
      ]),
    )
    const limits = { ...SIMULATION_LIMITS, events: RUN_EVENTS_MAX, recorded: RECORDED_MAX }
    return { programs, onThrow: 'end-node', limits, hop }
  }

  /** Takes the learner's modules in place of those before. What stands for the same files of ours leaves our programs as they are. */
  #replace(modules: ModuleMap): void {
    const before = this.#modules
    this.#modules = modules
    const changed = Object.keys({ ...before, ...modules }).filter((path) => before[path] !== modules[path])
    if (changed.length > 0) this.#needed.clear()
    if (changed.some((path) => before[path] === undefined || modules[path] === undefined)) this.#linked.clear()
  }

  /**
   * A node of a program. A program that has a module of the learner's is linked anew at each start, and says what it is about
   * to do before it does it: what does not return is named. A program that is all ours is never blamed, and is linked once:
   * it is kept in `#linked`.
   */
  #announced(factories: Factories, program: ProgramName, turn: () => number): NodePort {
    return async (calls) => {
      const enter = (handler: string) => {
        this.#enteredTurn = turn()
        this.#say({ is: 'entering', node: calls.name, handler, atMs: calls.monotonicMs() })
      }
      const watched = <T>(work: () => T): T => {
        try {
          return work()
        } catch (error) {
          this.#threw(calls.name, calls.monotonicMs(), error)
          throw error
        }
      }
      if (!this.#linked.has(program)) this.#evaluateOurs(program)
      this.#loadedLearners = false
      this.#onLearners = () => enter('loading its program')
      const linked = this.#linked.get(program) ?? watched(() => linkProgram(factories, program))
      const isLearners = this.#loadedLearners
      if (!isLearners) this.#linked.set(program, linked)
      const events = await watched(() => realmPort(linked)(calls))
      if (!isLearners) return events
      const announced: Record<string, unknown> = {}
      for (const [name, handler] of Object.entries(HANDLERS) as [keyof NodeEvents, string][]) {
        const handle = events[name].bind(events) as (...args: unknown[]) => void
        announced[name] = (...args: unknown[]) => {
          enter(handler)
          watched(() => handle(...args))
        }
      }
      return announced as unknown as NodeEvents
    }
  }

  /** Tells where the learner's code threw, when it did; the node ends by what is thrown on. */
  #threw(node: string, atMs: number, error: unknown): void {
    const place = placeIn(error, Object.keys(this.#modules))
    if (place !== undefined) this.#say({ is: 'threw', node, atMs, ...place })
  }

  /**
   * Evaluates the programs of a lab's cluster before one is wanted, in the order in which they start. Each script in a turn
   * of its own: a cluster that is wanted meanwhile waits for one script only.
   */
  #evaluateAhead(): void {
    const left: ProgramName[] = ['namesrv', 'broker', 'producer', 'consumer']
    const next = () => {
      const [program] = left
      if (program === undefined) return
      if (!this.#evaluateSome(program)) left.shift()
      later(next, 0)
    }
    next()
  }

  /** Evaluates those of our modules that a program needs and that are not evaluated yet. */
  #evaluateOurs(program: ProgramName): void {
    while (this.#evaluateSome(program));
  }

  /** One script of `#evaluateOurs`; false when there is nothing left to evaluate. */
  #evaluateSome(program: ProgramName): boolean {
    const codeOf = (path: string) => this.#modules[path] ?? this.#base[path]
    const needed = this.#needed.get(program) ?? modulesOf(codeOf, PROGRAM_PATHS[program])
    this.#needed.set(program, needed)
    const isNew = (path: string) => !this.#ours.has(path) && this.#base[path] !== undefined
    const paths = needed.filter(isNew).slice(0, SCRIPT_MODULES)
    const texts = paths.map((path) => factoryText(this.#base[path]!))
    const taken = paths.length === 0 ? [] : this.#take(texts.join(',\n'), `programs ${this.#ours.size}`)
    paths.forEach((path, at) => void this.#ours.set(path, taken[at]!))
    return paths.length > 0
  }

  /**
   * Factories of the lab's modules, each text evaluated once. The learner's come alone in a script, so one that does not
   * evaluate stops no other and is named in a stack. A factory keeps no state: a program's state begins when it is linked.
   */
  #factories(): Factories {
    const learners = new Map<string, ModuleFactory>()
    for (const [path, code] of Object.entries(this.#modules)) {
      const known = this.#learners.get(path)
      const factory = known?.code === code ? known.factory : this.#learnersFactory(path, code)
      this.#learners.set(path, { code, factory })
      learners.set(path, factory)
    }
    return { get: (path) => learners.get(path) ?? this.#ours.get(path) }
  }

  /** A factory of the learner's: it is noticed when a program loads it, and what is wrong with its text is thrown then. */
  #learnersFactory(path: string, code: string): ModuleFactory {
    let factory: ModuleFactory
    try {
      factory = this.#take(factoryText(code), path)[0]!
    } catch (error) {
      factory = () => {
        throw error
      }
    }
    return (...world) => {
      this.#loadedLearners = true
      this.#onLearners()
      factory(...world)
    }
  }

  /** The values of expressions, separated by commas, evaluated as one script of that name. Throws what the script throws. */
  #take(expressions: string, name: string): ModuleFactory[] {
    const found: ModuleFactory[] = []
    scope['__take'] = (...factories: ModuleFactory[]) => void found.push(...factories)
    try {
      load(scriptUrl(`__take(${expressions})\n//# sourceURL=${name}`))
    } finally {
      Reflect.deleteProperty(scope, '__take')
    }
    return found
  }
}

/** What the sandbox should deny and does not: names, none when all is well. */
async function brokenWalls(): Promise<string[]> {
  const broken: string[] = []
  if (scope['origin'] !== 'null') broken.push('origin')
  const fetching = fetch('data:text/plain,x').then(
    () => true,
    () => false,
  )
  const opening = new Promise<boolean>((resolve) => {
    try {
      const request = indexedDB.open('glassmq-self-test')
      request.onsuccess = () => resolve(true)
      request.onerror = () => resolve(false)
    } catch {
      resolve(false)
    }
  })
  if (await fetching) broken.push('fetch')
  if (await opening) broken.push('indexedDB')
  return broken
}

scope.onmessage = (event: MessageEvent) => {
  scope.onmessage = null
  const [port] = event.ports
  if (port !== undefined) void new PageWorker(port).begin()
}
