/**
 * A mechanism on machines that come back worse than they were: files are gone that a broker makes again from its log, or the
 * clock is behind. In the end each broker ends once more, loses a file when it has the most of them, and is started and
 * stopped: then the files of its queues must say the same as its log.
 */
import type { Cluster } from '../../../../reference/host/cluster.ts'
import type { SimCluster } from '../../../../reference/host/sim/cluster.ts'
import { RandomStream } from '../../../../reference/host/sim/random.ts'
import { pick, SPOILED, spoil } from './faults.ts'
import type { Mechanism, Setup } from './mechanism.ts'
import { demandQueuesMatchLog } from './queues-match-log.ts'

/** So small that a log has files which no start walks through. */
const TINY_FILES = ['mappedFileSizeCommitLog=4096', 'mappedFileSizeConsumeQueue=200']

/** The same work, the same promises; queue files and checkpoints are lost, clocks are set back. Its seeds are its own. */
export function onBadMachines<S extends Setup, Op extends { readonly op: string }>(
  mechanism: Mechanism<S, Op>,
): Mechanism<S, Op> {
  const about = `the work of ${mechanism.name} on machines that lose files of queues, or come back with a clock that is behind`
  return {
    ...mechanism,
    name: `${mechanism.name}-machine`,
    about,
    faults: ['spoil', 'spoil', 'setBack', 'link'],
    begin(setup) {
      const work = mechanism.begin(setup)
      const start = work.start.bind(work)
      work.start = (cluster) => start(withTinyFiles(cluster))
      const settle = work.settle.bind(work)
      work.settle = async (cluster, faults) => {
        await settle(cluster, faults)
        const chance = new RandomStream(cluster.seed, 'the last loss')
        for (const broker of mechanism.nodes(setup).brokers) await loseAndCheck(cluster as SimCluster, broker, chance)
      }
      return work
    },
  }
}

async function loseAndCheck(cluster: SimCluster, broker: string, chance: RandomStream): Promise<void> {
  if (chance.int(2) === 0) await cluster.kill(broker)
  else await cluster.stop(broker)
  // one loss: without its checkpoint, a broker cannot know of a queue that is gone as well
  await spoil(cluster, { node: broker, what: pick(chance, SPOILED), at: chance.int(1_000) / 1_000 })
  await cluster.restart(broker)
  await cluster.stop(broker)
  await demandQueuesMatchLog(cluster, broker)
}

function withTinyFiles(cluster: Cluster): Cluster {
  const start: Cluster['start'] = (spec) =>
    cluster.start(spec.program === 'broker' ? { ...spec, args: [...spec.args, ...TINY_FILES] } : spec)
  return new Proxy(cluster, {
    get(_, name: keyof Cluster) {
      const value = name === 'start' ? start : cluster[name]
      return typeof value === 'function' ? value.bind(cluster) : value
    },
  })
}
