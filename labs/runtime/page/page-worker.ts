/**
 * The worker of the `page` runtime: the simulator, the judge and the linker, bundled as one classic script.
 *
 * Order of life: self-test of the sandbox, then the orders of the page. Until the self-test has passed nothing of a lab is
 * here; before the first program is loaded, the world is taken away (`ambient.ts`).
 *
 * Programs arrive compiled, as the text of functions, and become code by `importScripts` of a `data:` URL: the one way
 * that the sandbox's policy leaves open, and only to us.
 */
import { SimCluster, type SimClusterOptions } from '../../../reference/host/sim/cluster.ts'
import { platformHop } from '../../../reference/host/sim/hop.ts'
import { SIMULATION_LIMITS } from '../../../reference/host/sim/limits.ts'
import type { NodeEvents, NodePort } from '../../../reference/host/sim/node-port.ts'
import { realmPort } from '../../../reference/host/sim/port-host.ts'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { labById } from '../../find.ts'
import { runCheck } from '../../judge/run-check.ts'
import { clusterSeed, drawFor } from '../../judge/seeds.ts'
import type { Lab } from '../../lab.ts'
import { CHECK_EVENTS_SHOWN_MAX, RUN_EVENTS_MAX } from '../../program/limits.ts'
import { factoryText, type ModuleFactory, type ModuleMap } from '../../program/link.ts'
import { linkProgram, PROGRAM_PATHS, type ProgramName, WITHOUT_PROMISES } from '../../program/programs.ts'
import { shutOutTheWorld } from '../ambient.ts'
import { placeIn } from '../thrown.ts'
import { listen, PageDemo, type Platform, withoutPayload } from './page-demo.ts'
import type { FromWorker, ToWorker } from './page-messages.ts'

declare function importScripts(...urls: string[]): void

/** A beat at least this often while a check computes. */
const BEAT_MS = 100
/** Entries of one run's event log: more do not fit a page's memory. */
const RECORDED_MAX = 500_000

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
  readonly #evaluated = new Map<string, ModuleFactory>()
  #lab: Lab | undefined
  #base: ModuleMap = {}
  #modules: ModuleMap = {}
  #files: ReadonlyMap<string, string> = new Map()
  #demo: PageDemo | undefined
  #pace = { isPaused: false, speed: 1 }
  #checking: Promise<void> = Promise.resolve()

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
    if (broken.length === 0) shutOutTheWorld((script) => load(dataUrl(script)))
    this.#say({ is: 'tested', broken })
    if (broken.length > 0) return
    this.#port.onmessage = ({ data }: MessageEvent<ToWorker>) => this.#obey(data)
    const beat = () => {
      this.#say({ is: 'beat' })
      later(beat, BEAT_MS)
    }
    beat()
  }

  #say(word: FromWorker): void {
    this.#port.postMessage(word)
  }

  #obey(order: ToWorker): void {
    switch (order.do) {
      case 'begin':
        this.#lab = labById(order.lab)
        this.#base = order.modules
        return
      case 'load':
        this.#files = new Map(order.files)
        this.#modules = order.modules
        return
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
        this.#checking = this.#checking.then(() => this.#check(order.id, order.check, order.seed))
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
    const cluster = new SimCluster({ ...this.#options(), seed: clusterSeed(seed) })
    this.#demo = new PageDemo(id, cluster, this.#platform, this.#pace)
    await this.#demo.run(lab.demo, { variant: lab.variant(drawFor(seed)), files: this.#files })
    return ''
  }

  async #check(id: number, checkId: string, seed: string): Promise<void> {
    const lab = this.#labHere()
    const check = lab.checks.find((one) => one.id === checkId)
    if (check === undefined) return this.#say({ is: 'answered', id, text: '', error: `there is no check ${checkId}` })
    this.#demo?.hold(true)
    let events: readonly TraceEvent[] = []
    const boot = async (_files: ReadonlyMap<string, string>, number: number) => {
      const cluster = new SimCluster({ ...this.#options(), seed: number, record: true })
      this.#beatAlong(cluster)
      return { cluster }
    }
    const onEnd = (cluster: SimCluster) => {
      events = cluster.events.slice(0, CHECK_EVENTS_SHOWN_MAX).map(withoutPayload)
    }
    const result = await runCheck({ lab, check, files: this.#files, seed, boot, onEnd })
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

  #options(): Omit<SimClusterOptions, 'seed'> {
    const factories = this.#evaluate({ ...this.#base, ...this.#modules })
    const names = Object.keys(PROGRAM_PATHS) as ProgramName[]
    const programs = Object.fromEntries(
      names.map((name) => [
        name,
        { port: this.#announced(factories, name), usesPromises: !WITHOUT_PROMISES.has(name) },
      ]),
    )
    const limits = { ...SIMULATION_LIMITS, events: RUN_EVENTS_MAX, recorded: RECORDED_MAX }
    return { programs, onThrow: 'end-node', limits, hop }
  }

  /** A node of a program, linked anew at each start, that says what it is about to do before it does it. */
  #announced(factories: ReadonlyMap<string, ModuleFactory>, program: ProgramName): NodePort {
    return async (calls) => {
      const enter = (handler: string) =>
        this.#say({ is: 'entering', node: calls.name, handler, atMs: calls.monotonicMs() })
      const watched = <T>(work: () => T): T => {
        try {
          return work()
        } catch (error) {
          this.#threw(calls.name, calls.monotonicMs(), error)
          throw error
        }
      }
      enter('loading its program')
      const events = await watched(() => realmPort(linkProgram(factories, program))(calls))
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

  /** Code of text, each distinct text once. Factories keep no state: a program's state begins when it is linked. */
  #evaluate(map: ModuleMap): ReadonlyMap<string, ModuleFactory> {
    const fresh = Object.entries(map).filter(([path, code]) => !this.#evaluated.has(`${path}\n${code}`))
    const found: ModuleFactory[] = []
    scope['__take'] = (...factories: ModuleFactory[]) => void found.push(...factories)
    for (const [path, code] of fresh) {
      try {
        load(dataUrl(`__take(${factoryText(code)})\n//# sourceURL=${path}`))
      } catch (error) {
        found.push(() => {
          throw error
        })
      }
    }
    Reflect.deleteProperty(scope, '__take')
    fresh.forEach(([path, code], i) => void this.#evaluated.set(`${path}\n${code}`, found[i]!))
    return new Map(Object.entries(map).map(([path, code]) => [path, this.#evaluated.get(`${path}\n${code}`)!]))
  }
}

function dataUrl(script: string): string {
  return `data:text/javascript;charset=utf-8,${encodeURIComponent(script)}`
}

/** What the sandbox should deny and does not: names, none when all is well. */
async function brokenWalls(): Promise<string[]> {
  const broken: string[] = []
  if (scope['origin'] !== 'null') broken.push('origin')
  const fetched = await fetch('data:text/plain,x').then(
    () => true,
    () => false,
  )
  if (fetched) broken.push('fetch')
  const opened = await new Promise<boolean>((resolve) => {
    try {
      const request = indexedDB.open('glassmq-self-test')
      request.onsuccess = () => resolve(true)
      request.onerror = () => resolve(false)
    } catch {
      resolve(false)
    }
  })
  if (opened) broken.push('indexedDB')
  return broken
}

scope.onmessage = (event: MessageEvent) => {
  scope.onmessage = null
  const [port] = event.ports
  if (port !== undefined) void new PageWorker(port).begin()
}
