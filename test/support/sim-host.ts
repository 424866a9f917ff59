/** One simulated machine without a program: a test is the program, and uses the host itself. */
import type { Host } from '../../reference/host/host.ts'
import { NodeLife } from '../../reference/host/sim/node-life.ts'
import { PortHost } from '../../reference/host/sim/port-host.ts'
import { Simulation } from '../../reference/host/sim/simulation.ts'

/** The machine `node` of a simulation of its own. */
export class SimHost {
  readonly simulation: Simulation

  constructor(seed = 1) {
    this.simulation = new Simulation({ seed })
    this.simulation.watcher = { ready() {}, ended() {}, handed() {}, answered() {} }
  }

  get node() {
    return this.simulation.node('node')
  }

  /** Starts a process on the machine. */
  start(): Host {
    const life = new NodeLife(this.simulation, this.node, false)
    let host: Host | undefined
    const port = new PortHost(life, (given) => {
      host = given
      return { stop: (done) => done() }
    })
    life.events = port
    this.node.life = life
    life.handle(0, () => port.start([]))
    return host!
  }

  /** Ends the process. After a power cut, only what is durable is sure to be on the disk. */
  end(how: 'killed' | 'powercut'): void {
    this.simulation.end(this.node, how, '', true)
  }

  /** Lets virtual time pass. Throws what the process has thrown. */
  pass(ms: number): void {
    const { scheduler, failures } = this.simulation
    const untilMs = scheduler.nowMs + ms
    while (scheduler.nextAtMs() <= untilMs) this.simulation.runNext()
    scheduler.nowMs = untilMs
    if (failures[0] !== undefined) throw failures[0].error
  }
}
