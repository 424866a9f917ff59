/** Compares the commit logs of replicas, read from their disks. */
import type { Cluster } from '../../../../reference/host/cluster.ts'

/** Returns how the commit logs of `nodes` differ, or '' when they are equal byte for byte. */
export async function differenceOfLogs(cluster: Cluster, nodes: readonly string[]): Promise<string> {
  const logs = await Promise.all(nodes.map((name) => filesOf(cluster, name)))
  const first = logs[0]!
  for (const [i, log] of logs.entries()) {
    if ([...log.keys()].join() !== [...first.keys()].join()) return `${nodes[i]} has the files ${[...log.keys()]}`
    for (const [path, bytes] of log)
      if (Buffer.compare(bytes, first.get(path)!) !== 0) return `${path} of ${nodes[i]} differs from ${nodes[0]}`
  }
  return ''
}

async function filesOf(cluster: Cluster, node: string): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>()
  const paths = (await cluster.listFiles(node))
    .map(({ path }) => path)
    .filter((path) => path.startsWith('store/commitlog/'))
  for (const path of paths.sort()) files.set(path, Buffer.from((await cluster.readFile(node, path)) ?? []))
  return files
}
