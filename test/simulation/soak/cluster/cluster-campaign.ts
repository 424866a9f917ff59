/** A whole cluster under faults: every invariant is looked at from the application's side. */
import type { Program } from '../../../../reference/host/program.ts'
import type { Campaign } from '../campaign.ts'
import { shrinkSlowly } from '../shrink.ts'
import type { Violation } from '../violation.ts'
import { drawClusterScript, inWords } from './ops.ts'
import { runCluster } from './run-cluster.ts'

/** A run takes a tenth of a second: so many are made to shorten a script. */
const SHRINK_TRIES_MAX = 150

/** The campaign over the reference's own programs. */
export function clusterCampaign(): Campaign {
  return {
    name: 'cluster',
    about: 'NameServer, two brokers, producers, a group: kills, power cuts, partitions, pauses, clocks, slow disks',
    async run(seed) {
      const run = await runCluster(drawClusterScript(seed))
      const { violation, virtualMs, messages, acknowledged, faults, powerCuts } = run
      return { violation, virtualMs, counts: { messages, acknowledged, faults, 'power cuts': powerCuts } }
    },
    minimise: (seed, violation) => shortestLines(seed, violation),
  }
}

/**
 * The shortest script found that breaks the same invariant as a seed does, as lines to print. `broker` stands for the
 * reference's broker.
 */
export async function shortestLines(
  seed: number,
  { invariant }: Pick<Violation, 'invariant'>,
  broker?: Program,
): Promise<readonly string[]> {
  const script = drawClusterScript(seed)
  const run = async (ops: typeof script.ops) => (await runCluster({ ...script, ops }, broker)).violation
  const fails = async (ops: typeof script.ops) => (await run(ops))?.invariant === invariant
  const ops = await shrinkSlowly(script.ops, fails, SHRINK_TRIES_MAX)
  const lines = ops.map((op, i) => `${String(i + 1).padStart(3)}  ${inWords(op)}`)
  const head = `${script.flushDiskType}, ${script.queues} queues on each broker`
  return [head, ...lines, `     ${(await run(ops))?.message ?? ''}`]
}
