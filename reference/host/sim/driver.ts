/**
 * Advances the virtual time of a simulated cluster: as fast as possible, up to a given time, or event by event.
 *
 * ```
 * loop:  run one event ──> programs' promises settle ──> the script's finished waits settle ──> the script continues
 * ```
 *
 * While a script runs, virtual time passes only when the script waits for its cluster. Virtual time stops while the script
 * computes, and while it awaits anything else, such as a file or a module. So the duration of a computation or of such a
 * wait does not change the run.
 *
 * When a web page does not call `advance`, the run pauses. So the page chooses how much virtual time passes in each second
 * of real time. This file never reads the real time.
 */
import type { Cluster, Scenario } from '../cluster.ts'
import { type Hop, platformHop, platformTurn } from './hop.ts'
import { FOREIGN_HOPS_MAX } from './limits.ts'
import { type Simulation, sentenceOf } from './simulation.ts'
import type { Waits } from './waits.ts'

/** A script is a `Scenario` or only its function. */
export type Script = Scenario | ((cluster: Cluster) => Promise<void>)

/** The result of an `advance`. */
export interface Advanced {
  /** The number of events that were run. */
  readonly events: number
  /** True when no event up to the requested time is left. */
  readonly isIdle: boolean
  /** True when the attached script has ended, or when no script is attached. */
  readonly isFinished: boolean
}

/**
 * The error of a run in which a program threw an error. The message contains the virtual time, the event, and the seed with
 * which the run can be repeated.
 */
export class NodeThrew extends Error {
  constructor(sentence: string, cause: unknown) {
    super(sentence, { cause })
    this.name = 'NodeThrew'
  }
}

interface Attached {
  isFinished: boolean
  failure: { readonly error: unknown } | undefined
}

/** Advances the time of one simulated cluster. */
export class SimDriver {
  readonly #cluster: Cluster
  readonly #simulation: Simulation
  readonly #waits: Waits
  readonly #hop: Hop
  readonly #turn: Hop
  readonly #onThrow: 'end-run' | 'end-node'
  #script: Attached = { isFinished: true, failure: undefined }
  #isAdvancing = false
  #failuresSeen = 0

  constructor(
    cluster: Cluster,
    simulation: Simulation,
    waits: Waits,
    hop: Hop | undefined,
    onThrow: 'end-run' | 'end-node',
  ) {
    this.#cluster = cluster
    this.#simulation = simulation
    this.#waits = waits
    this.#hop = hop ?? platformHop()
    this.#turn = hop ?? platformTurn()
    this.#onThrow = onThrow
  }

  /**
   * Runs a script to its end, as fast as possible. Virtual time stops when the script has ended. Rejects with the error of
   * the script. Also rejects when a program throws (with `end-run`), or when a limit of the simulation is reached. A script
   * that awaits something other than its cluster for too long reaches such a limit.
   */
  async run(script: Script): Promise<void> {
    const attached = this.#attach(script)
    let foreignHops = 0
    while (!attached.isFinished) {
      const { events } = await this.#advance(Infinity, Infinity, true)
      if (attached.isFinished) break
      if (events > 0) foreignHops = 0
      else if (++foreignHops > FOREIGN_HOPS_MAX) {
        throw new Error('the script awaits something that is not of its cluster and never comes')
      } else await this.#turn()
    }
    if (attached.failure !== undefined) throw attached.failure.error
  }

  /**
   * Begins a script. Calls of `advance` continue the script. Resolves or rejects when the script ends. Throws when another
   * script runs.
   */
  attach(script: Script): Promise<void> {
    const attached = this.#attach(script)
    return attached.done
  }

  /**
   * Runs at most `eventsMax` events up to and including `untilMs`. If no event up to `untilMs` is left, sets virtual time to
   * `untilMs`.
   */
  advance(eventsMax: number, untilMs: number): Promise<Advanced> {
    return this.#advance(eventsMax, untilMs, false)
  }

  /**
   * Runs the next event, at its virtual time. Resolves with false when no event is left, or when virtual time may not pass
   * now.
   */
  async stepEvent(): Promise<boolean> {
    return (await this.#advance(1, Infinity, false)).events === 1
  }

  /** Advances virtual time to `atMs`, as far as the script lets it pass. */
  async runUntil(atMs: number): Promise<void> {
    await this.#advance(Infinity, atMs, false)
  }

  /** Returns the virtual time of the next event, or Infinity when no event is left. */
  nextEventMs(): number {
    return this.#simulation.scheduler.nextAtMs()
  }

  #attach(script: Script): Attached & { done: Promise<void> } {
    if (!this.#script.isFinished) throw new Error('a script is running on this cluster already')
    const run = typeof script === 'function' ? script : (cluster: Cluster) => script.run(cluster)
    const attached = { isFinished: false, failure: undefined as Attached['failure'], done: Promise.resolve() }
    this.#script = attached
    attached.done = run(this.#cluster).then(
      () => {
        attached.isFinished = true
      },
      (error: unknown) => {
        attached.isFinished = true
        attached.failure = { error }
        throw error
      },
    )
    attached.done.catch(() => {})
    return attached
  }

  async #advance(eventsMax: number, untilMs: number, untilFinished: boolean): Promise<Advanced> {
    if (this.#isAdvancing) throw new Error('time is already being advanced by somebody else')
    this.#isAdvancing = true
    const { scheduler } = this.#simulation
    let events = 0
    try {
      await this.#hop() // promises of the caller and of the script settle first
      await this.#settle()
      while (events < eventsMax && this.#mayPass(untilFinished) && scheduler.nextAtMs() <= untilMs) {
        this.#simulation.runNext()
        events++
        if (this.#simulation.loading !== undefined) await this.#simulation.loading
        if (this.#simulation.promisesPending) await this.#letProgramsSettle()
        this.#waits.look()
        if (this.#waits.hasSettled) await this.#settle()
        if (this.#simulation.failures.length > this.#failuresSeen) this.#noticeFailures()
      }
      const isIdle = scheduler.nextAtMs() > untilMs
      if (isIdle && untilMs !== Infinity && this.#mayPass(untilFinished))
        scheduler.nowMs = Math.max(scheduler.nowMs, untilMs)
      return { events, isIdle, isFinished: this.#script.isFinished }
    } finally {
      this.#isAdvancing = false
    }
  }

  /**
   * Returns true when virtual time may pass: when the script waits for its cluster, or when no script runs. When
   * `untilFinished` is true, virtual time stops when the script has ended.
   */
  #mayPass(untilFinished: boolean): boolean {
    return this.#script.isFinished ? !untilFinished : this.#waits.open > 0
  }

  async #letProgramsSettle(): Promise<void> {
    this.#simulation.promisesPending = false
    await this.#hop()
  }

  /** Settles the finished waits of the script. Repeats this until no wait has finished at the present virtual time. */
  async #settle(): Promise<void> {
    while (this.#waits.hasSettled) {
      this.#waits.tell()
      await this.#hop()
      this.#waits.look()
    }
  }

  #noticeFailures(): void {
    const first = this.#simulation.failures[this.#failuresSeen]!
    this.#failuresSeen = this.#simulation.failures.length
    if (this.#onThrow === 'end-node') return
    const where = `at ${first.atMs} ms, event ${this.#simulation.eventCount}, seed ${this.#simulation.seed}`
    throw new NodeThrew(`${first.node} threw ${sentenceOf(first.error)} (${where})`, first.error)
  }
}
