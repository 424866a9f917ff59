/**
 * Limits of a simulated cluster, each with unit and reason. A limit that is reached ends the run (or the call) with a sentence
 * that names it.
 */
import { MIB } from '../../common/units.ts'

/** The limits that a cluster may be built with; the defaults are below. */
export interface SimulationLimits {
  /** The max of events of one run. An idle cluster takes about 350 in a simulated second, so the limit allows hours. */
  readonly events: number
  /** The max of entries of the event log: beyond it the memory is the problem. */
  readonly recorded: number
  /** The max of events that wait for their time. */
  readonly scheduled: number
  /** The max of nodes of one cluster: more do not fit into a figure or a lab. */
  readonly nodes: number
  /** The max bytes of the written pages of one node's disk. */
  readonly diskBytes: number
  /** The max of events at one instant of virtual time: a program that answers itself without delay would stop the clock. */
  readonly eventsAtOnce: number
}

/** The default limits. */
export const SIMULATION_LIMITS: SimulationLimits = {
  events: 50_000_000,
  recorded: 4_000_000,
  scheduled: 1_000_000,
  nodes: 9,
  diskBytes: 256 * MIB,
  eventsAtOnce: 200_000,
}

/** A limit of the simulation was reached, which ends the run. */
export class SimulationLimit extends Error {
  /** The name of the limit, a field of `SimulationLimits`. */
  readonly limit: string
  constructor(limit: string, sentence: string) {
    super(`the simulation limit ${limit} was reached: ${sentence}`)
    this.name = 'SimulationLimit'
    this.limit = limit
  }
}

/** The max of turns of the event loop for a script that awaits something other than its cluster. */
export const FOREIGN_HOPS_MAX = 2_000_000
/** The max of events kept for a paused node. */
export const DEFERRED_EVENTS_MAX = 200_000
/** The max of failures kept for the report. */
export const FAILURES_MAX = 100
/** The default latency of one hop between two nodes. */
export const HOP_MS = { min: 1, max: 3 } as const
/** The default latency of one sync. */
export const SYNC_MS = { min: 1, max: 4 } as const
/** The wall clock at the start of a run: 2024-01-01T00:00:00Z, so that times in logs look alike. */
export const START_MS = 1_704_067_200_000
