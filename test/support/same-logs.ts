/** Compares the commit logs of simulated brokers. */
import { expect } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'

/** Fails unless the commit logs of `nodes` have the same files with the same bytes. */
export async function expectSameLogs(cluster: Cluster, nodes: readonly string[]): Promise<void> {
  const logs = await Promise.all(
    nodes.map(async (node) => {
      const paths = (await cluster.listFiles(node))
        .map(({ path }) => path)
        .filter((path) => path.includes('/commitlog/'))
      return Promise.all(
        paths.map(async (path) => [path, Buffer.from((await cluster.readFile(node, path))!).toString('latin1')]),
      )
    }),
  )
  expect(logs[0]!.length).toBeGreaterThan(0)
  for (const log of logs.slice(1)) expect(JSON.stringify(log) === JSON.stringify(logs[0])).toBe(true)
}
