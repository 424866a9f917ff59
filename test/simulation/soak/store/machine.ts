/**
 * One simulated machine with a store on it and nothing else: the kernel of the simulation (clock, disk, latencies, power
 * cuts) without network, without promises, so that a run of fifty operations takes a millisecond.
 *
 * Everything goes through the same `NodeLife` and `PortHost` as a broker of a simulated cluster: a store cannot tell the
 * difference.
 */
import type { Host } from '../../../../reference/host/host.ts'
import type { DiskFault } from '../../../../reference/host/sim/disk.ts'
import { NodeLife } from '../../../../reference/host/sim/node-life.ts'
import { PortHost } from '../../../../reference/host/sim/port-host.ts'
import type { SimNode } from '../../../../reference/host/sim/sim-node.ts'
import { Simulation } from '../../../../reference/host/sim/simulation.ts'
import type { Trace } from '../../../../reference/host/trace.ts'
import type { MessageArriving, MessageStore, StoreConfig } from '../../../../reference/store/message-store.ts'
import type { StoreSettings } from './ops.ts'

/** The store to test: the real one, or one with a mistake planted in it. */
export type MakeStore = (host: Host, config: StoreConfig, arriving: MessageArriving) => MessageStore

/** Where the store lies on the machine's disk. */
export const DIRECTORY = 'store/'
/** The address that records carry as their store host. */
export const STORE_IP = Uint8Array.of(10, 0, 0, 1)
export const STORE_PORT = 10_911

/** Where a checkpoint notes that it knows the log from its first record on. */
const CHECKPOINT_BEGUN_AT = 2_080
/** Few slots, so that keys share them. */
const INDEX_SLOTS = 7
/** What is due within this time is under way. */
const UNDER_WAY_MS = 600

const NOBODY = { ready() {}, ended() {}, handed() {}, answered() {} }

/** Told what the store says while it runs. */
export interface StoreWatcher {
  arrived(topic: string, queueId: number, maxOffset: number): void
  /** The store says that its log is durable up to here. */
  flushed(physicalOffset: number): void
}

export class StoreMachine {
  readonly simulation: Simulation
  readonly node: SimNode
  readonly settings: StoreSettings
  store: MessageStore | undefined
  readonly #makeStore: MakeStore
  readonly #watcher: StoreWatcher
  #life: NodeLife | undefined
  #fault: DiskFault | undefined

  constructor(seed: number, settings: StoreSettings, makeStore: MakeStore, watcher: StoreWatcher) {
    this.settings = settings
    this.#makeStore = makeStore
    this.#watcher = watcher
    this.simulation = new Simulation({ seed, syncMs: settings.syncMs })
    this.simulation.watcher = NOBODY
    this.node = this.simulation.node('store')
  }

  get nowMs(): number {
    return this.simulation.scheduler.nowMs
  }

  get fault(): DiskFault['fails'] | undefined {
    return this.#fault?.fails
  }

  /** What the store threw out of a timer, a sync or a put, if it did. */
  get thrown(): unknown {
    return this.simulation.failures[0]?.error
  }

  /** Starts a process and opens the store; returns what `open` threw. */
  start(): unknown {
    const life = new NodeLife(this.simulation, this.node, false)
    let failure: unknown
    const port = new PortHost(life, (host) => {
      const store = this.#makeStore(this.#watched(host), this.#config(), (topic, queueId, maxOffset) =>
        this.#watcher.arrived(topic, queueId, maxOffset),
      )
      this.store = store
      try {
        store.open()
      } catch (error) {
        failure = error
      }
      return { stop: (done) => done() }
    })
    life.events = port
    this.node.life = life
    this.#life = life
    life.handle(0, () => port.start([]))
    if (failure !== undefined) this.end('kill')
    return failure
  }

  /** Runs something inside the process, as an event of it. */
  inside(run: (store: MessageStore) => void): void {
    const { store } = this
    if (store !== undefined) this.#life?.handle(0, () => run(store))
  }

  /** The process ends, or the machine with it. */
  end(how: 'kill' | 'powercut'): void {
    this.simulation.end(this.node, how === 'kill' ? 'killed' : how, '', true)
    this.store = undefined
    this.#life = undefined
  }

  /** Lets `ms` of virtual time pass, with everything that is due in it. */
  pass(ms: number): void {
    const { scheduler } = this.simulation
    let isOver = false
    scheduler.at(scheduler.nowMs + ms, () => {
      isOver = true
    })
    while (!isOver) this.simulation.runNext()
  }

  /** Runs at most `count` events; fewer when nothing is under way. Timers of a far future are not what is meant. */
  events(count: number): void {
    const { scheduler } = this.simulation
    const until = scheduler.nowMs + UNDER_WAY_MS
    for (let i = 0; i < count && scheduler.nextAtMs() <= until && this.simulation.runNext(); i++);
  }

  /** Runs events until `holds`, at most `withinMs`. */
  until(holds: () => boolean, withinMs: number): boolean {
    const { scheduler } = this.simulation
    const deadline = scheduler.nowMs + withinMs
    while (!holds() && scheduler.nextAtMs() <= deadline && this.simulation.runNext());
    return holds()
  }

  /** The checkpoint on the disk is missing, says a time to come, or zeros without knowing the log from its beginning. */
  get checkpointSaysNothing(): boolean {
    const bytes = this.node.disk.file(`${DIRECTORY}checkpoint`)?.read(0, CHECKPOINT_BEGUN_AT + 8) ?? new Uint8Array()
    if (bytes.length < CHECKPOINT_BEGUN_AT + 8) return true
    const time = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0)
    const nowMs = BigInt(this.simulation.startMs + this.nowMs + this.node.skewMs)
    return time < 0n || time > nowMs || (time === 0n && bytes.at(-1) === 0)
  }

  beginFault(fails: DiskFault['fails'], delayMs: number): void {
    this.heal()
    this.#fault = { fails, delayMs }
    this.node.disk.faults.add(this.#fault)
  }

  heal(): void {
    if (this.#fault !== undefined) this.node.disk.faults.delete(this.#fault)
    this.#fault = undefined
  }

  #config(): StoreConfig {
    return {
      directory: DIRECTORY,
      flushDiskType: this.settings.flushDiskType,
      commitLogFileBytes: this.settings.commitLogFileBytes,
      consumeQueueFileBytes: this.settings.consumeQueueFileBytes,
      messageIndexEnable: this.settings.indexEntries > 0,
      index: { maxHashSlotNum: INDEX_SLOTS, maxIndexNum: Math.max(this.settings.indexEntries, 1) },
      storeIp: STORE_IP,
      storePort: STORE_PORT,
    }
  }

  /** The host, with an ear for one event: what the store claims to be durable. */
  #watched(host: Host): Host {
    const { traced } = this.settings
    if (!traced) return host
    const watcher = this.#watcher
    const trace: Trace = {
      emit(kind, facts) {
        if (kind === 'log.flushed') watcher.flushed((facts as { physicalOffset: number }).physicalOffset)
      },
      log() {},
    }
    const { name, clock, network, disk, random, application } = host
    return { name, clock, network, disk, random, application, trace }
  }
}
