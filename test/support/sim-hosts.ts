/** Hosts of a simulated cluster in the test's own hands: its nodes do nothing by themselves. */
import type { Host } from '../../reference/host/host.ts'
import type { Program } from '../../reference/host/program.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'

/** Starts the nodes `names`, and runs a script with their hosts, in the order of the names. */
export async function withHosts(
  names: readonly string[],
  script: (cluster: SimCluster, hosts: readonly Host[]) => Promise<void>,
): Promise<void> {
  const hosts: Host[] = []
  const holder: Program = (host, _args, signals) => {
    hosts.push(host)
    signals.ready()
    return { stop: (done) => done() }
  }
  const cluster = new SimCluster({ seed: 1, programs: { holder } })
  try {
    await cluster.driver.run(async () => {
      for (const name of names) await cluster.start({ name, program: 'holder', args: [] })
      await script(cluster, hosts)
    })
  } finally {
    await cluster.dispose()
  }
}
