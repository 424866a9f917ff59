/**
 * Limits of a simulated cluster, each with unit and reason. Reaching one ends the run (or the call) with its name in a
 * sentence, never in silence.
 */

/** Limits that a cluster may be built with; the defaults are below. */
export interface SimulationLimits {
  /** Events of one run. An idle cluster takes some 350 a simulated second, so this is hours. */
  readonly events: number
  /** Entries of the event log: beyond it memory, not time, is the problem. */
  readonly recorded: number
  /** Events waiting for their time. */
  readonly scheduled: number
  /** Nodes of one cluster: more do not fit a figure or a lab. */
  readonly nodes: number
  /** Written pages of one node's disk. */
  readonly diskBytes: number
  /** Events at one instant of virtual time: a program that answers itself without delay would stop the clock. */
  readonly eventsAtOnce: number
}

export const SIMULATION_LIMITS: SimulationLimits = {
  events: 50_000_000,
  recorded: 4_000_000,
  scheduled: 1_000_000,
  nodes: 9,
  diskBytes: 256 * 1024 * 1024,
  eventsAtOnce: 200_000,
}

/** A limit of the simulation was reached: the run is over, whoever ran into it. */
export class SimulationLimit extends Error {
  /** Name of the limit, a field of `SimulationLimits`. */
  readonly limit: string
  constructor(limit: string, sentence: string) {
    super(`the simulation limit ${limit} was reached: ${sentence}`)
    this.name = 'SimulationLimit'
    this.limit = limit
  }
}

/** Turns of the event loop granted to a script that awaits something other than its cluster. */
export const FOREIGN_HOPS_MAX = 2_000_000
/** Events kept for a paused node. */
export const DEFERRED_EVENTS_MAX = 200_000
/** Failures kept for the report. */
export const FAILURES_MAX = 100
/** Latency of one hop between two nodes, and of one sync, when a cluster does not say otherwise. */
export const HOP_MS = { least: 1, most: 3 } as const
export const SYNC_MS = { least: 1, most: 4 } as const
/** The wall clock at the start of a run: 2024-01-01T00:00:00Z, so that times in logs look alike. */
export const START_MS = 1_704_067_200_000
