/**
 * A store alone on a simulated machine: its disk, its clock, kills and power cuts, and no network. A start and a few puts
 * take a millisecond or two.
 */
import { encodeProperties } from '../../../reference/common/message-properties.ts'
import { encodeUtf8 } from '../../../reference/common/utf8.ts'
import type { Host } from '../../../reference/host/host.ts'
import { NodeLife } from '../../../reference/host/sim/node-life.ts'
import { PortHost } from '../../../reference/host/sim/port-host.ts'
import { Simulation } from '../../../reference/host/sim/simulation.ts'
import { createMessageStore, type MessageStore, type StoreConfig } from '../../../reference/store/message-store.ts'
import type { NewMessage, PutMessageResult } from '../../../reference/store/put-message.ts'

/** Settings of the stores recorded from the official broker; small enough for many files. */
export const SMALL: StoreConfig = {
  directory: 'store/',
  flushDiskType: 'ASYNC_FLUSH',
  commitLogFileBytes: 65_536,
  consumeQueueFileBytes: 6_000,
  index: { maxHashSlotNum: 1_000, maxIndexNum: 4_000 },
  storeIp: Uint8Array.of(127, 0, 0, 1),
  storePort: 10_911,
}

/** A message of a topic; `keys` and `tag` become properties. */
export function message(
  topic: string,
  queueId: number,
  { keys = '', uniqKey = '', body = 'body', sysFlag = 0 } = {},
): NewMessage {
  const properties = new Map<string, string>()
  if (uniqKey !== '') properties.set('UNIQ_KEY', uniqKey)
  if (keys !== '') properties.set('KEYS', keys)
  return {
    topic,
    queueId,
    flag: 0,
    sysFlag,
    bornTimestamp: 0,
    bornIp: Uint8Array.of(10, 0, 0, 9),
    bornPort: 4711,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: encodeUtf8(body),
    propertiesText: encodeProperties(properties),
    tagsCode: 0,
    waitStoreMsgOk: true,
    key: keys,
  }
}

export class StoreMachine {
  readonly simulation: Simulation
  readonly config: StoreConfig
  /** Lines that the store told its operator. */
  readonly log: string[] = []
  /** How full the disk says it is; undefined for what is really on it. */
  usedRatio: number | undefined
  /** How often the store asked how full the disk is. */
  usedRatioReads = 0
  #store: MessageStore | undefined
  #life: NodeLife | undefined

  constructor(config: Partial<StoreConfig> = {}, seed = 1) {
    this.config = { ...SMALL, ...config }
    this.simulation = new Simulation({ seed, limits: { diskBytes: 1024 * 1024 * 1024 } })
    this.simulation.watcher = { ready() {}, ended() {}, handed() {}, answered() {} }
  }

  get #node() {
    return this.simulation.nodes.get('store') ?? this.simulation.node('store')
  }
  get disk() {
    return this.#node.disk
  }
  get nowMs(): number {
    return this.simulation.startMs + this.simulation.scheduler.nowMs
  }
  get store(): MessageStore {
    if (this.#store === undefined) throw new Error('the machine is off')
    return this.#store
  }

  /** Puts files on the disk, durably. */
  fill(files: ReadonlyMap<string, Uint8Array>): this {
    for (const [path, bytes] of files) this.disk.put(`store/${path}`, bytes)
    return this
  }

  /** Starts a process and opens the store. */
  start(): this {
    const life = new NodeLife(this.simulation, this.#node, false)
    let failure: unknown
    const port = new PortHost(life, (host) => {
      const store = createMessageStore(this.#wrapped(host), this.config, () => {})
      this.#store = store
      try {
        store.open()
      } catch (error) {
        failure = error
      }
      return { stop: (done) => done() }
    })
    life.events = port
    this.#node.life = life
    this.#life = life
    life.handle(0, () => port.start([]))
    if (failure !== undefined) {
      this.kill()
      throw failure
    }
    return this.#checked()
  }

  /** The host, with an ear for log lines and a disk that can pretend to be full. */
  #wrapped(host: Host): Host {
    const disk = Object.create(host.disk) as Host['disk']
    const usedRatio = () => {
      this.usedRatioReads++
      return this.usedRatio ?? host.disk.usedRatio()
    }
    Object.defineProperty(disk, 'usedRatio', { value: usedRatio })
    const trace = { on: false, emit() {}, log: (_level: string, text: string) => void this.log.push(text) }
    return { ...host, name: host.name, clock: host.clock, network: host.network, random: host.random, disk, trace }
  }

  /** Puts messages one after the other, in one turn; gives the answers. */
  put(messages: readonly NewMessage[]): PutMessageResult[] {
    const results: PutMessageResult[] = []
    const { store } = this
    this.#life?.handle(0, () => {
      for (const one of messages) store.putMessage(one, (result) => results.push(result))
    })
    for (let i = 0; i < 200 && results.length < messages.length; i++) this.pass(10)
    return results
  }

  /** Lets virtual time pass, with everything that is due in it. */
  pass(ms: number): this {
    const { scheduler } = this.simulation
    let isOver = false
    scheduler.at(scheduler.nowMs + ms, () => {
      isOver = true
    })
    while (!isOver) this.simulation.runNext()
    return this.#checked()
  }

  /** Events still to come: timers and syncs. */
  get isIdle(): boolean {
    return !Number.isFinite(this.simulation.scheduler.nextAtMs())
  }

  stop(): this {
    const { store } = this
    let closed: string | undefined
    this.#life?.handle(0, () => store.close((error) => (closed = error)))
    for (let i = 0; i < 200 && closed === undefined; i++) this.pass(10)
    if (closed !== '') throw new Error(`the store did not close well: ${closed}`)
    return this.#end('returned')
  }

  kill(): this {
    return this.#end('killed')
  }

  powerCut(): this {
    return this.#end('powercut')
  }

  #end(how: 'returned' | 'killed' | 'powercut'): this {
    this.simulation.end(this.#node, how, '', true)
    this.#store = undefined
    this.#life = undefined
    return this
  }

  /** A program that threw is a failed test. */
  #checked(): this {
    const [failure] = this.simulation.failures
    if (failure !== undefined) throw failure.error
    return this
  }

  /** Files below a folder of the store, with their content. */
  files(under: string): Map<string, Uint8Array> {
    const found = this.disk.files().filter(({ path }) => path.startsWith(`store/${under}`))
    return new Map(found.map(({ path, sizeBytes }) => [path.slice(6), this.disk.file(path)!.read(0, sizeBytes)]))
  }

  /** Takes files away, as an operator might. */
  remove(under: string): this {
    for (const path of this.files(under).keys()) this.disk.remove(`store/${path}`)
    return this
  }
}
