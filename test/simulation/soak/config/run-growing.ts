/**
 * One run of a table that grows (`reference/broker/growing-table-file.ts`): entries set and deleted, around and above the size from which a
 * change is a line, while the power goes at any moment.
 *
 * After each crash every entry is read back as it was at its last change that was said to be durable, or at a later one.
 */
import type { GrowingTableFile } from '../../../../reference/broker/growing-table-file.ts'
import { optional, record, table, text, whole } from '../../../../reference/common/shape.ts'
import type { Host } from '../../../../reference/host/host.ts'
import { beginFault } from '../../../../reference/host/sim/faults.ts'
import { NodeLife } from '../../../../reference/host/sim/node-life.ts'
import { PortHost } from '../../../../reference/host/sim/port-host.ts'
import { RandomStream } from '../../../../reference/host/sim/random.ts'
import { Simulation } from '../../../../reference/host/sim/simulation.ts'
import { demand, Violation } from '../violation.ts'

interface Entry {
  readonly version: number
  readonly filler: string
}

interface Change {
  readonly counter: number
  readonly key: string
  readonly entry: Entry | undefined
}

interface Whole {
  readonly counter: number
  readonly entries: Map<string, Entry>
}

type GrowingFile = GrowingTableFile<Whole, Change>
/** The class to test: the real one, or one with a mistake planted in it. */
export type GrowingTableFileClass = typeof GrowingTableFile

const PATH = 'store/config/table.json'
const STEPS = 60
/** A few less and a few more than 256. */
const ENTRIES = 262
const entryShape = record<Entry>({ version: whole(), filler: text() })
const shape = record<Whole>({ counter: whole(), entries: table(entryShape) })
const changeShape = record<Change>({ counter: whole(), key: text(), entry: optional(entryShape) })
const NOBODY = { ready() {}, ended() {}, handed() {}, answered() {} }

/** What a run broke, if anything, and how often the power went. */
export function runGrowing(
  seed: number,
  Class: GrowingTableFileClass,
): { violation: Violation | undefined; powerCuts: number } {
  const run = new Run(seed, Class)
  let violation: Violation | undefined
  try {
    run.all()
  } catch (error) {
    violation = error instanceof Violation ? error : new Violation('throws', `it threw ${error}`)
  }
  return { violation, powerCuts: run.powerCuts }
}

class Run {
  readonly #simulation: Simulation
  readonly #chance: RandomStream
  readonly #Class: GrowingTableFileClass
  /** What each key was set to, by number of the change; undefined is deleted. */
  readonly #history = new Map<string, (Entry | undefined)[]>()
  /** The newest change of each key that was said to be durable. */
  readonly #durable = new Map<string, number>()
  #entries = new Map<string, Entry>()
  #counter = 0
  #heal: (() => void) | undefined

  constructor(seed: number, Class: GrowingTableFileClass) {
    this.#simulation = new Simulation({ seed })
    this.#simulation.watcher = NOBODY
    this.#chance = new RandomStream(seed, 'soak: growing')
    this.#Class = Class
  }

  get powerCuts(): number {
    return this.#simulation.node('broker').powerCuts
  }

  all(): void {
    let file = this.#start()
    this.#fill(file)
    for (let step = 0; step < STEPS; step++) {
      const draw = this.#chance.int(13)
      if (draw < 5) this.#change(file)
      else if (draw < 9) for (let i = this.#chance.int(6); i > 0 && this.#simulation.runNext(); i--);
      else if (draw === 9) this.#refuseOrHeal()
      else if (draw === 10) this.#quiet()
      else {
        this.#simulation.end(this.#simulation.node('broker'), draw === 11 ? 'killed' : 'powercut', '', true)
        file = this.#start()
      }
      const [failure] = this.#simulation.failures
      demand(failure === undefined, 'throws', () => `it threw ${failure!.error}`)
    }
  }

  /** A table that is there already. */
  #fill(file: GrowingFile): void {
    for (let i = this.#chance.int(12); i < ENTRIES; i++) {
      const entry = { version: 1, filler: 'x'.repeat(this.#chance.int(200)) }
      this.#historyOf(`key${i}`).push(entry)
      this.#entries.set(`key${i}`, entry)
    }
    file.persist(() => {
      for (const key of this.#entries.keys()) this.#durable.set(key, 1)
    })
    while (this.#simulation.scheduler.nextAtMs() < 1_000) this.#simulation.runNext()
  }

  /** Some seconds pass: the whole table may be written. */
  #quiet(): void {
    const { scheduler } = this.#simulation
    const untilMs = scheduler.nowMs + 4_000
    while (scheduler.nextAtMs() < untilMs) this.#simulation.runNext()
    scheduler.nowMs = untilMs
  }

  #change(file: GrowingFile): void {
    for (let i = 1 + this.#chance.int(3); i > 0; i--) {
      const key = `key${this.#chance.int(ENTRIES + 8)}`
      if (this.#chance.int(4) === 0) this.#write(file, key, undefined)
      else this.#set(file, key)
    }
  }

  #set(file: GrowingFile, key: string): void {
    const version = this.#historyOf(key).length
    this.#write(file, key, { version, filler: 'x'.repeat(this.#chance.int(200)) })
  }

  #write(file: GrowingFile, key: string, entry: Entry | undefined): void {
    const history = this.#historyOf(key)
    const number = history.length
    history.push(entry)
    if (entry === undefined) this.#entries.delete(key)
    else this.#entries.set(key, entry)
    file.changed({ counter: ++this.#counter, key, entry }, (isStored) => {
      if (isStored) this.#durable.set(key, Math.max(this.#durable.get(key) ?? 0, number))
    })
  }

  /** Begins with "it is not there". */
  #historyOf(key: string): (Entry | undefined)[] {
    let history = this.#history.get(key)
    if (history === undefined) this.#history.set(key, (history = [undefined]))
    return history
  }

  /** A disk that is full, or cannot sync, until it is well again. */
  #refuseOrHeal(): void {
    const heal = this.#heal
    this.#heal = undefined
    if (heal !== undefined) return heal()
    const fails = (['ENOSPC', 'syncError'] as const)[this.#chance.int(2)]!
    this.#heal = beginFault(this.#simulation, { kind: 'disk', node: 'broker', fails })
  }

  #start(): GrowingFile {
    const host = this.#newLife()
    this.#entries = new Map()
    this.#counter = 0
    const file = new this.#Class(host, {
      path: PATH,
      shape,
      changeShape,
      content: () => ({ counter: this.#counter, entries: this.#entries }),
      size: () => this.#entries.size,
      counterOf: ({ counter }) => counter,
    })
    file.load(
      ({ counter, entries }) => {
        this.#counter = counter
        this.#entries = entries
      },
      ({ counter, key, entry }) => {
        this.#counter = counter
        if (entry === undefined) this.#entries.delete(key)
        else this.#entries.set(key, entry)
      },
    )
    for (const [key, history] of this.#history) this.#compare(key, history)
    for (const key of this.#entries.keys()) demand(this.#history.has(key), 'invention', () => `${key} was never set`)
    return file
  }

  #compare(key: string, history: (Entry | undefined)[]): void {
    const durable = this.#durable.get(key) ?? 0
    const found = JSON.stringify(this.#entries.get(key))
    const at = history.findIndex((entry, i) => i >= durable && JSON.stringify(entry) === found)
    demand(at >= 0, 'durability', () => `${key} is ${found}; change ${durable} of ${history.length - 1} was durable`)
  }

  #newLife(): Host {
    const node = this.#simulation.node('broker')
    const life = new NodeLife(this.#simulation, node, false)
    let host!: Host
    const port = new PortHost(life, (given) => {
      host = given
      return { stop: (done) => done() }
    })
    life.events = port
    node.life = life
    life.handle(0, () => port.start([]))
    return host
  }
}
