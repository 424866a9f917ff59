/**
 * One run of an experiment: the reference cluster under virtual time, and what is done to it at its time (`conductor.ts`).
 *
 * Time goes on only by `advance`, in steps of any length; the run does not hang on them. What is done at a millisecond is done after
 * everything else of that millisecond. Nothing is recorded here: somebody listens to the events as they come.
 */
import { SIMULATION_LIMITS } from '../../../reference/host/sim/limits.ts'
import { TraceHash } from '../../../reference/host/sim/trace-hash.ts'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { ROLE_PROGRAMS } from '../../../reference/programs.ts'
import { main as admin } from '../../../reference/tools/admin.ts'
import { FigureCluster } from '../../figures/kit/figure-cluster.ts'
import type { Act, Experiment, Member } from '../experiment/experiment.ts'
import { NODES_MAX } from '../experiment/limits.ts'
import { Conductor } from './conductor.ts'

/** Steps of the simulation between two looks at the clock of this machine. */
const STEPS_AT_ONCE = 400

export class PlayRun {
  readonly cluster: FigureCluster
  readonly #experiment: Experiment
  readonly #conductor: Conductor
  readonly #hash = new TraceHash()
  #next = 0
  #hasBegun = false

  /** `heard` is called with every event, in order. */
  constructor(experiment: Experiment, heard: (event: TraceEvent) => void = () => {}) {
    this.#experiment = experiment
    this.cluster = new FigureCluster(
      {
        seed: experiment.seed,
        programs: { ...ROLE_PROGRAMS, admin },
        onThrow: 'end-node',
        limits: { ...SIMULATION_LIMITS, nodes: NODES_MAX },
      },
      'none',
    )
    this.cluster.subscribe((event) => {
      this.#hash.add(event)
      heard(event)
    })
    this.#conductor = new Conductor(this.cluster, experiment)
  }

  get nowMs(): number {
    return this.cluster.nowMs()
  }

  /** The member with this name, as it is now. */
  member(name: string): Member | undefined {
    return this.#conductor.members.get(name)
  }

  /** The hash of all events so far: equal for equal runs. */
  hash(): string {
    return this.#hash.text()
  }

  /**
   * Lets time pass until `untilMs`, with the acts of the experiment on the way. `mayGoOn` is asked now and then; when it says no, the
   * run stops earlier. Returns the time reached.
   */
  async advance(untilMs: number, mayGoOn: () => boolean = () => true): Promise<number> {
    const { acts } = this.#experiment
    if (!this.#hasBegun) this.#conductor.begin()
    this.#hasBegun = true
    for (; this.#next < acts.length && acts[this.#next]!.atMs <= untilMs; this.#next++) {
      const act = acts[this.#next]!
      if (!(await this.#pass(act.atMs, mayGoOn))) return this.nowMs
      this.act(act)
    }
    await this.#pass(untilMs, mayGoOn)
    return this.nowMs
  }

  /** Does something now. */
  act(act: Act): void {
    this.#conductor.act(act)
  }

  /** The bytes of a stored record, from the disk of its broker; undefined when they are gone. */
  async recordBytes(broker: string, physicalOffset: number, sizeBytes: number): Promise<Uint8Array | undefined> {
    const files = (await this.cluster.listFiles(broker)).filter(({ path }) => /commitlog\/\d{20}$/.test(path))
    const file = files.findLast(({ path }) => Number(path.slice(-20)) <= physicalOffset)
    if (file === undefined) return undefined
    const at = physicalOffset - Number(file.path.slice(-20))
    return (await this.cluster.readFile(broker, file.path))?.slice(at, at + sizeBytes)
  }

  async dispose(): Promise<void> {
    await this.cluster.dispose()
  }

  async #pass(untilMs: number, mayGoOn: () => boolean): Promise<boolean> {
    for (;;) {
      const { events } = await this.cluster.driver.advance(STEPS_AT_ONCE, untilMs)
      this.cluster.forgetDeliveries()
      if (events < STEPS_AT_ONCE) return true
      if (!mayGoOn()) return false
    }
  }
}
