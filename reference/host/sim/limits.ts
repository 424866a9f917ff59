/**
 * Limits of a simulated cluster. When a limit is reached, the run or the call ends with an error sentence that names the
 * limit. A write to a full disk fails with ENOSPC.
 */
import { MIB } from '../../common/units.ts'

/** The limits of one cluster. The defaults are below. */
export interface SimulationLimits {
  /**
   * Max events of one run. An idle cluster runs about 350 events in a simulated second. So this limit allows many simulated
   * hours.
   */
  readonly events: number
  /** Max entries of the event log. A larger log would need too much memory. */
  readonly recorded: number
  /** Max characters of the payloads in the event log: sent and written bytes as base64. */
  readonly recordedCharacters: number
  /** Max events that are scheduled for a later time. */
  readonly scheduled: number
  /** Max nodes of one cluster. More nodes do not fit into a figure or a lab. */
  readonly nodes: number
  /** Max bytes of the written pages on the disk of one node. */
  readonly diskBytes: number
  /**
   * Max events at one virtual time. Without this limit, a program that sends to itself without delay could stop virtual
   * time.
   */
  readonly eventsAtOnce: number
}

/** The default limits. */
export const SIMULATION_LIMITS: SimulationLimits = {
  events: 50_000_000,
  recorded: 4_000_000,
  recordedCharacters: 1024 * MIB,
  scheduled: 1_000_000,
  nodes: 9,
  diskBytes: 256 * MIB,
  eventsAtOnce: 200_000,
}

/** The error of a run that has reached a limit of the simulation. */
export class SimulationLimit extends Error {
  /** The name of the limit. This is the name of a field of `SimulationLimits`, or `deferred`. */
  readonly limit: string
  constructor(limit: string, sentence: string) {
    super(`the simulation limit ${limit} was reached: ${sentence}`)
    this.name = 'SimulationLimit'
    this.limit = limit
  }
}

/**
 * While a script awaits something other than its cluster, the driver waits for at most this many turns of the event loop.
 */
export const FOREIGN_HOPS_MAX = 2_000_000
/** Max events that wait for a paused node. */
export const DEFERRED_EVENTS_MAX = 200_000
/** Max failures that are kept for the report. */
export const FAILURES_MAX = 100
/** The default latency of one hop between two nodes. */
export const HOP_MS = { min: 1, max: 3 } as const
/** The default latency of one sync. */
export const SYNC_MS = { min: 1, max: 4 } as const
/** The default wall clock at the start of a run: 2024-01-01T00:00:00Z. */
export const START_MS = 1_704_067_200_000
