/** A whole cluster under faults: every invariant is looked at from the application's side. */
import type { Campaign } from '../campaign.ts'
import { shrinkSlowly } from '../shrink.ts'
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
    async minimise(seed, { invariant }) {
      const script = drawClusterScript(seed)
      const fails = async (ops: typeof script.ops) =>
        (await runCluster({ ...script, ops })).violation?.invariant === invariant
      const ops = await shrinkSlowly(script.ops, fails, SHRINK_TRIES_MAX)
      const { violation } = await runCluster({ ...script, ops })
      const lines = ops.map((op, i) => `${String(i + 1).padStart(3)}  ${inWords(op)}`)
      return [
        `${script.flushDiskType}, ${script.queues} queues on each broker`,
        ...lines,
        `     ${violation?.message ?? ''}`,
      ]
    },
  }
}
