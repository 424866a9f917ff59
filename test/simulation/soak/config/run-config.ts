/**
 * One run of a table kept as a JSON file: written again and again while the power goes at any moment.
 *
 * After each crash a whole table is read back, no older than the last one that was said to be durable, and no other than
 * one that was written.
 */
import type { ConfigFile } from '../../../../reference/broker/config-file.ts'
import { record, whole } from '../../../../reference/common/shape.ts'
import type { Host } from '../../../../reference/host/host.ts'
import { beginFault } from '../../../../reference/host/sim/faults.ts'
import { NodeLife } from '../../../../reference/host/sim/node-life.ts'
import { PortHost } from '../../../../reference/host/sim/port-host.ts'
import { RandomStream } from '../../../../reference/host/sim/random.ts'
import { Simulation } from '../../../../reference/host/sim/simulation.ts'
import { demand, Violation } from '../violation.ts'

/** The class to test: the real one, or one with a mistake planted in it. */
export type ConfigFileClass = typeof ConfigFile

const PATH = 'store/config/table.json'
const STEPS = 40
const shape = record({ version: whole(), filler: whole() })
const NOBODY = { ready() {}, ended() {}, handed() {}, answered() {} }

/** What a run broke, if anything, and how often the power went. */
export function runConfig(
  seed: number,
  Class: ConfigFileClass,
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
  readonly #Class: ConfigFileClass
  /** Version written last; also the number of the table's rewrites. */
  #version = 0
  /** The newest version that was said to be durable. */
  #durable = 0
  #heal: (() => void) | undefined

  constructor(seed: number, Class: ConfigFileClass) {
    this.#simulation = new Simulation({ seed })
    this.#simulation.watcher = NOBODY
    this.#chance = new RandomStream(seed, 'soak: config')
    this.#Class = Class
  }

  get powerCuts(): number {
    return this.#simulation.node('broker').powerCuts
  }

  all(): void {
    let file = this.#start()
    for (let step = 0; step < STEPS; step++) {
      const draw = this.#chance.int(11)
      if (draw < 4) this.#persist(file)
      else if (draw < 8) for (let i = this.#chance.int(6); i > 0 && this.#simulation.runNext(); i--);
      else if (draw === 10) this.#refuseOrHeal()
      else {
        this.#simulation.end(this.#simulation.node('broker'), draw === 8 ? 'killed' : 'powercut', '', true)
        file = this.#start()
      }
      const [failure] = this.#simulation.failures
      demand(failure === undefined, 'throws', () => `it threw ${failure!.error}`)
    }
  }

  #persist(file: ConfigFile<{ version: number; filler: number }>): void {
    const version = ++this.#version
    file.persist((isStored) => {
      if (isStored) this.#durable = Math.max(this.#durable, version)
    })
  }

  /** A disk that is full, or cannot sync, until it is well again. */
  #refuseOrHeal(): void {
    const heal = this.#heal
    this.#heal = undefined
    if (heal !== undefined) return heal()
    const fails = (['ENOSPC', 'syncError'] as const)[this.#chance.int(2)]!
    this.#heal = beginFault(this.#simulation, { kind: 'disk', node: 'broker', fails })
  }

  #start() {
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
    // two pages, so that a torn file is a broken file
    const content = () => ({ version: this.#version, ...Object.fromEntries(FILLER) })
    const file = new this.#Class(host, PATH, shape, content)
    const found = file.load()?.version ?? 0
    demand(
      found >= this.#durable,
      'durability',
      () => `version ${found} was read back, ${this.#durable} had been said to be durable`,
    )
    demand(found <= this.#version, 'invention', () => `version ${found} was never written`)
    return file
  }
}

const FILLER: readonly (readonly [string, string])[] = [
  ['filler', 1],
  ...Array.from({ length: 60 }, (_, i) => [`key${i}`, 'x'.repeat(90)]),
] as never
