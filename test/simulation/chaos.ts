/**
 * A scenario full of faults for the toy programs, drawn from the cluster's seed: what determinism is tested with.
 *
 * The script's own draws come from a stream of their own, so that a script can be changed without changing the nodes' luck.
 */
import type { Cluster, Fault } from '../../reference/host/cluster.ts'
import { RandomStream } from '../../reference/host/sim/random.ts'

const STEPS = 12
const NODES = ['server', 'client', 'consumer']

function drawFault(chance: RandomStream): Fault {
  const node = NODES[chance.int(NODES.length)]!
  const other = NODES[chance.int(NODES.length)]!
  const faults: Fault[] = [
    {
      kind: 'partition',
      between: [[node], NODES.filter((name) => name !== node)],
      held: chance.int(2) === 0 ? 'keep' : 'reset',
    },
    { kind: 'link', from: node, to: other, delayMs: chance.int(500), oneWay: chance.int(2) === 0 },
    { kind: 'link', from: node, to: other, refuse: true },
    { kind: 'pause', node },
    { kind: 'clock', node, skewMs: chance.int(100_000) - 50_000 },
    { kind: 'disk', node: 'server', fails: (['EIO', 'ENOSPC', 'slowSync', 'syncError'] as const)[chance.int(4)]! },
  ]
  return faults[chance.int(faults.length)]!
}

async function endAndRestart(cluster: Cluster, chance: RandomStream): Promise<void> {
  const node = NODES[chance.int(NODES.length)]!
  if (!cluster.isRunning(node)) return
  const ways = [() => cluster.kill(node), () => cluster.powerCut(node), () => cluster.stop(node)]
  await ways[chance.int(3)]!()
  await cluster.sleep(chance.int(2_000))
  await cluster.restart(node).catch(() => {})
}

/** Starts all nodes, breaks and mends things at random while producing, heals, and waits for quiet. */
export async function chaos(cluster: Cluster): Promise<void> {
  const chance = new RandomStream(cluster.seed, 'script')
  for (const name of NODES) await cluster.start({ name, program: name, args: [] })
  cluster.onDelivery(() => (chance.int(5) === 0 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS'))
  for (let step = 0; step < STEPS; step++) {
    cluster.step(`step ${step}`)
    const fault = chance.int(2) === 0 ? await cluster.inject(drawFault(chance)) : undefined
    const sends = Array.from({ length: 1 + chance.int(4) }, (_, i) =>
      cluster.produce('client', {
        topic: 'lines',
        key: `k${step}-${i}`,
        body: 'x'.repeat(chance.int(chance.int(5) === 0 ? 9_000 : 60)),
      }),
    )
    if (chance.int(3) === 0) await endAndRestart(cluster, chance)
    await cluster.sleep(chance.int(3_000))
    await fault?.heal()
    await Promise.all(sends)
  }
  for (const name of NODES) if (!cluster.isRunning(name)) await cluster.restart(name).catch(() => {})
  await cluster.sleep(5_000)
}
