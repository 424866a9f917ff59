/** Draws the script of a seed, runs it, and makes a campaign out of a mechanism. */
import type { Cluster } from '../../../../reference/host/cluster.ts'
import { SimCluster } from '../../../../reference/host/sim/cluster.ts'
import type { ProgramSource } from '../../../../reference/host/sim/programs.ts'
import { RandomStream } from '../../../../reference/host/sim/random.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { PROGRAMS } from '../../../support/sim.ts'
import type { Campaign } from '../campaign.ts'
import { shrinkSlowly } from '../shrink.ts'
import { demand, Violation } from '../violation.ts'
import { Connections } from './connections.ts'
import { drawClasses, drawFault, type FaultOp, FaultRunner, faultInWords, pick } from './faults.ts'
import type { Mechanism, Script, Setup, SleepOp, Work } from './mechanism.ts'

/** What a run came to. */
export interface MechanismRun {
  readonly violation: Violation | undefined
  readonly virtualMs: number
  readonly counts: Readonly<Record<string, number>>
}

/** A run takes a few hundredths of a second: so many are made to shorten a script. */
const SHRINK_TRIES_MAX = 250

type AnyOp = { readonly op: string }

// #region draw-script
/** The run of a seed. One seed in four has no faults at all: what holds only then is looked at there. */
export function drawScript<S extends Setup, Op extends AnyOp>(
  mechanism: Mechanism<S, Op>,
  seed: number,
): Script<S, Op> {
  const chance = new RandomStream(seed, `soak: ${mechanism.name}`)
  const setup = mechanism.drawSetup(chance)
  const nodes = mechanism.nodes(setup)
  const on = chance.int(4) === 0 ? [] : drawClasses(chance, setup.flushDiskType === 'SYNC_FLUSH', mechanism.faults)
  const ops: (Op | FaultOp | SleepOp)[] = []
  const count = 5 + chance.int(14)
  while (ops.length < count) {
    const draw = chance.int(100)
    if (draw < 40) ops.push(mechanism.drawOp(chance, setup))
    else if (draw < 65) ops.push({ op: 'sleep', ms: pick(chance, mechanism.sleepsMs) })
    else if (on.length > 0) {
      // something is on its way when it happens
      if (chance.int(2) === 0) ops.push(mechanism.drawOp(chance, setup), { op: 'sleep', ms: 1 + chance.int(200) })
      ops.push(drawFault(chance, nodes, pick(chance, on)))
    }
  }
  return { seed, setup, ops }
}
// #endregion draw-script

/**
 * Runs a script, with other programs in place of the reference's if some are given; never throws for what the cluster does.
 * `watch` is called with the cluster before it runs.
 */
export async function runMechanism<S extends Setup, Op extends AnyOp>(
  mechanism: Mechanism<S, Op>,
  script: Script<S, Op>,
  instead: Readonly<Record<string, ProgramSource>> = {},
  watch: (cluster: SimCluster) => void = () => {},
): Promise<MechanismRun> {
  const programs = { ...PROGRAMS, ...mechanism.programs, ...instead }
  const cluster = new SimCluster({
    seed: script.seed,
    programs,
    onThrow: 'end-node',
    limits: mechanism.limits?.(script.setup) ?? {},
  })
  watch(cluster)
  const work = mechanism.begin(script.setup)
  const faults = new FaultRunner(cluster, mechanism.nodes(script.setup))
  let violation: Violation | undefined
  try {
    await cluster.driver.run((driven) => runAll(mechanism, script, work, faults, driven, cluster))
  } catch (error) {
    violation = error instanceof Violation ? error : new Violation('throws', `${error}`)
  } finally {
    await cluster.dispose()
  }
  const counts = { ...work.counts(), faults: faults.faults, 'power cuts': faults.powerCuts }
  return { violation, virtualMs: cluster.nowMs(), counts }
}

async function runAll<S extends Setup, Op extends AnyOp>(
  mechanism: Mechanism<S, Op>,
  script: Script<S, Op>,
  work: Work<Op>,
  faults: FaultRunner,
  cluster: Cluster,
  sim: SimCluster,
): Promise<void> {
  let broken: unknown
  const remember = (error: unknown) => {
    broken ??= error
  }
  const look = () => {
    if (broken !== undefined) throw broken
  }
  const connections = new Connections(mechanism.nodes(script.setup).clients)
  const hear = (event: TraceEvent) => {
    try {
      connections.hear(event)
      work.hear(event)
    } catch (error) {
      remember(error)
    }
  }
  sim.subscribe(hear, { payloads: mechanism.readsPayloads === true })
  await work.start(cluster)
  const doing: Promise<unknown>[] = []
  const own = new Set<string>(mechanism.ops)
  for (const op of script.ops) {
    if (op.op === 'sleep') await cluster.sleep((op as SleepOp).ms)
    else if (own.has(op.op)) doing.push(work.do(cluster, op as Op).catch(remember))
    else await faults.do(op as FaultOp)
    look()
  }
  await faults.healed()
  await Promise.all(doing)
  await faults.restartAll((node, sentence) => {
    throw new Violation('restart', `${node}: ${sentence}`)
  })
  look()
  await work.settle(cluster, faults.faults)
  look()
  const thrown = sim.failures[0]
  demand(thrown === undefined, 'throws', () => `${thrown!.node} threw ${thrown!.error}`)
}

/** The shortest script found that breaks the same invariant as a seed does, as lines to print. */
export async function shortestLines<S extends Setup, Op extends AnyOp>(
  mechanism: Mechanism<S, Op>,
  seed: number,
  { invariant }: Pick<Violation, 'invariant'>,
  instead: Readonly<Record<string, ProgramSource>> = {},
): Promise<readonly string[]> {
  const words = (op: Op | FaultOp | SleepOp): string => {
    if (op.op === 'sleep') return `${(op as SleepOp).ms} ms pass`
    return mechanism.ops.includes(op.op) ? mechanism.inWords(op as Op) : faultInWords(op as FaultOp)
  }
  const script = drawScript(mechanism, seed)
  const run = async (ops: typeof script.ops) => (await runMechanism(mechanism, { ...script, ops }, instead)).violation
  const fails = async (ops: typeof script.ops) => (await run(ops))?.invariant === invariant
  const ops = await shrinkSlowly(script.ops, fails, SHRINK_TRIES_MAX)
  const lines = ops.map((op, i) => `${String(i + 1).padStart(3)}  ${words(op)}`)
  return [mechanism.setupInWords(script.setup), ...lines, `     ${(await run(ops))?.message ?? ''}`]
}

/** The campaign of a mechanism over the reference's own programs. */
export function mechanismCampaign<S extends Setup, Op extends AnyOp>(mechanism: Mechanism<S, Op>): Campaign {
  return {
    name: mechanism.name,
    about: mechanism.about,
    run: (seed) => runMechanism(mechanism, drawScript(mechanism, seed)),
    minimise: (seed, violation) => shortestLines(mechanism, seed, violation),
  }
}

/** Waits in steps until `holds`, at most `withinMs`; whether it did. */
export async function until(
  cluster: Cluster,
  holds: () => boolean | Promise<boolean>,
  withinMs: number,
  stepMs = 1_000,
): Promise<boolean> {
  for (const deadline = cluster.nowMs() + withinMs; ; ) {
    if (await holds()) return true
    if (cluster.nowMs() >= deadline) return false
    await cluster.sleep(stepMs)
  }
}
