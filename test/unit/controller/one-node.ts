/** One simulated machine for a part of a controller: its clock and its disk, with power cuts, and no network. */
import type { Host } from '../../../reference/host/host.ts'
import { NodeLife } from '../../../reference/host/sim/node-life.ts'
import { PortHost } from '../../../reference/host/sim/port-host.ts'
import type { SimNode } from '../../../reference/host/sim/sim-node.ts'
import { Simulation } from '../../../reference/host/sim/simulation.ts'
import type { TraceEvent } from '../../../reference/host/trace.ts'

export class OneNode {
  readonly simulation: Simulation
  readonly node: SimNode
  #life: NodeLife | undefined

  constructor(seed = 1, syncMs = { min: 5, max: 5 }) {
    this.simulation = new Simulation({ seed, syncMs, record: true })
    this.simulation.watcher = { ready() {}, ended() {}, handed() {}, answered() {} }
    this.node = this.simulation.node('n0')
  }

  get events(): readonly TraceEvent[] {
    return this.simulation.trace.events
  }

  get nowMs(): number {
    return this.simulation.scheduler.nowMs
  }

  /** Starts a process; `make` gets its host. Throws what `make` throws. */
  start<T>(make: (host: Host) => T): T {
    const life = new NodeLife(this.simulation, this.node, false)
    let made: { readonly part: T } | undefined
    let thrown: { readonly error: unknown } | undefined
    const port = new PortHost(life, (host) => {
      try {
        made = { part: make(host) }
      } catch (error) {
        thrown = { error }
      }
      return { stop: (done) => done() }
    })
    life.events = port
    this.node.life = life
    this.#life = life
    life.handle(0, () => port.start([]))
    if (thrown !== undefined) {
      this.end('kill')
      throw thrown.error
    }
    return made!.part
  }

  /** Runs something as an event of the process. */
  inside(run: () => void): void {
    this.#life!.handle(0, run)
  }

  end(how: 'kill' | 'powercut'): void {
    this.simulation.end(this.node, how === 'kill' ? 'killed' : how, '', true)
    this.#life = undefined
  }

  /** Lets `ms` pass, with everything that is due in it. */
  pass(ms: number): void {
    const { scheduler } = this.simulation
    let isOver = false
    scheduler.at(scheduler.nowMs + ms, () => {
      isOver = true
    })
    while (!isOver) this.simulation.runNext()
    const thrown = this.simulation.failures[0]
    if (thrown !== undefined) throw thrown.error
  }
}
