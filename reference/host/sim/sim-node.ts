/**
 * One simulated machine. Processes run on the machine one after the other. The machine keeps its disk and its address when
 * one process ends and the next process starts.
 *
 * The process of a paused machine receives no events, such as bytes, timers and finished syncs. These events wait in
 * `SimNode`, in order, and happen when the machine continues. The operating system of the machine is not paused, so other
 * nodes can still connect to it.
 */
import type { ListenerId } from '../host.ts'
import type { SimDisk } from './disk.ts'
import { DEFERRED_EVENTS_MAX, SimulationLimit } from './limits.ts'
import type { NodeLife } from './node-life.ts'
import type { Scheduler } from './scheduler.ts'

/** A port on which a program listens. */
export interface Listener {
  readonly id: ListenerId
  readonly life: NodeLife
  readonly port: number
  /** True when the listener is bound to 127.0.0.1, so that only this machine can connect. */
  readonly loopbackOnly: boolean
  readonly address: string
}

interface Deferred {
  readonly life: NodeLife
  readonly run: () => void
  readonly dropped: (() => void) | undefined
}

/** One machine of a simulation. */
export class SimNode {
  readonly name: string
  readonly ip: string
  readonly disk: SimDisk
  readonly ports = new Map<number, Listener>()
  /** The process that runs now, or undefined when no process runs. */
  life: NodeLife | undefined
  /** The number of processes that were started so far. The number is part of the names of random streams. */
  lives = 0
  powerCuts = 0
  nextEphemeral = 0
  /** The time in ms that `clock` faults add to the wall clock. */
  skewMs = 0
  /**
   * The time in ms by which slow writes have delayed the current event. During this event, the clock of the node is ahead by
   * this time.
   */
  stalledMs = 0
  #pauses = 0
  #deferred: Deferred[] = []
  readonly #scheduler: Scheduler

  constructor(name: string, ip: string, disk: SimDisk, scheduler: Scheduler) {
    this.name = name
    this.ip = ip
    this.disk = disk
    this.#scheduler = scheduler
  }

  /**
   * Calls `run` for a life now, or, when the machine is paused, after the pause. If the life has ended by then, calls
   * `dropped` instead.
   */
  dispatch(life: NodeLife, run: () => void, dropped: (() => void) | undefined): void {
    if (life.hasEnded) dropped?.()
    else if (this.#pauses === 0 && this.#deferred.length === 0) run()
    else {
      if (this.#deferred.length >= DEFERRED_EVENTS_MAX)
        throw new SimulationLimit('deferred', `${DEFERRED_EVENTS_MAX} events wait for the paused node ${this.name}`)
      this.#deferred.push({ life, run, dropped })
    }
  }

  /** Ends an event. Later events of the process wait for the time that slow writes added to this event. */
  endStall(): void {
    if (this.stalledMs === 0) return
    const { stalledMs } = this
    this.stalledMs = 0
    this.pause()
    this.#scheduler.at(this.#scheduler.nowMs + stalledMs, () => this.resume())
  }

  pause(): void {
    this.#pauses++
  }

  resume(): void {
    this.#pauses--
    if (this.#pauses === 0 && this.#deferred.length > 0) this.#scheduleNext()
  }

  /** Drops the waiting events. Called when the process has ended. */
  dropDeferred(): void {
    const deferred = this.#deferred
    this.#deferred = []
    for (const { dropped } of deferred) dropped?.()
  }

  #scheduleNext(): void {
    this.#scheduler.at(this.#scheduler.nowMs, () => {
      if (this.#pauses > 0) return
      const next = this.#deferred.shift()
      if (this.#deferred.length > 0) this.#scheduleNext()
      if (next === undefined) return
      if (next.life.hasEnded) next.dropped?.()
      else next.run()
    })
  }
}
