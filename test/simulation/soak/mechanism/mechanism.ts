/**
 * A campaign about one mechanism: what is random in it, who takes part, what it does, and what must hold in the end.
 *
 * A mechanism says only what is its own. Drawing faults, running a script on a simulated cluster, healing, hearing events,
 * turning throws into violations and making a failing script shorter are the same for all (`run-mechanism.ts`).
 *
 * ```
 * seed ─► drawSetup, drawOp ─► script ─► begin().start ─► do, do, do … beside faults ─► heal ─► settle ─► violation?
 * ```
 */
import type { Cluster } from '../../../../reference/host/cluster.ts'
import type { SimulationLimits } from '../../../../reference/host/sim/limits.ts'
import type { ProgramSource } from '../../../../reference/host/sim/programs.ts'
import type { RandomStream } from '../../../../reference/host/sim/random.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import type { FaultClass, FaultOp, Nodes } from './faults.ts'

/** What every setup says: whether power may be cut. */
export interface Setup {
  readonly flushDiskType: 'SYNC_FLUSH' | 'ASYNC_FLUSH'
}

export type SleepOp = { readonly op: 'sleep'; readonly ms: number }

/** The run of one seed, as plain data. */
export interface Script<S extends Setup, Op> {
  readonly seed: number
  readonly setup: S
  readonly ops: readonly (Op | FaultOp | SleepOp)[]
}

/** One run of a mechanism. */
export interface Work<Op> {
  /** Starts the cluster and waits until it is at rest. */
  start(cluster: Cluster): Promise<void>
  /** Does one operation; goes on beside the script, and is awaited before the end. May demand. */
  do(cluster: Cluster, op: Op): Promise<unknown>
  /** Every event, as it happens. May demand: a violation ends the run. */
  hear(event: TraceEvent): void
  /** Everything is healed and runs: waits for what must come, and demands it. `faults`: how many there were. */
  settle(cluster: Cluster, faults: number): Promise<void>
  /** How often what happened. */
  counts(): Readonly<Record<string, number>>
}

export interface Mechanism<S extends Setup = Setup, Op extends { readonly op: string } = { readonly op: string }> {
  readonly name: string
  /** One line for `--help`. */
  readonly about: string
  /** Names of its own operations, to tell them from faults. */
  readonly ops: readonly Op['op'][]
  drawSetup(chance: RandomStream): S
  drawOp(chance: RandomStream, setup: S): Op
  /** Lengths of pauses between operations, ms. */
  readonly sleepsMs: readonly number[]
  nodes(setup: S): Nodes
  /** Classes of faults it is to stand. Default: `FAULT_CLASSES`. */
  readonly faults?: readonly FaultClass[]
  /** Limits of the simulation that differ from the usual ones, such as a small disk. */
  limits?(setup: S): Partial<SimulationLimits>
  inWords(op: Op): string
  setupInWords(setup: S): string
  begin(setup: S): Work<Op>
  /** Its work reads the bytes of events. Without it, the bytes are not made into text. */
  readonly readsPayloads?: boolean
  /** Programs beside, or instead of, the reference's own. */
  readonly programs?: Readonly<Record<string, ProgramSource>>
}
