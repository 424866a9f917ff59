/**
 * One suite, every cluster: a script runs unchanged on the simulation and on real processes.
 */
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { NodeProcessBackend } from '../../reference/host/node/process-backend.ts'
import { ProcessCluster } from '../../reference/host/processes/process-cluster.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import { CLUSTER_CASES } from './cluster-cases.ts'
import * as toy from './toy-program.ts'

const TOY = fileURLToPath(new URL('./toy-program.ts', import.meta.url))
const LIMIT_MS = 120_000

async function realCluster(watchdogMs = 60_000): Promise<{ cluster: ProcessCluster; root: string }> {
  const backend = await NodeProcessBackend.create()
  const at = (name: string) => ({ path: TOY, export: name })
  const programs = { server: at('server'), client: at('client'), consumer: at('consumer'), busy: at('busy') }
  return { cluster: new ProcessCluster({ backend, programs, trace: true, watchdogMs }), root: backend.root }
}

const simulated = (seed: number, cutOneIn: number) =>
  new SimCluster({
    seed,
    cutOneIn,
    record: true,
    programs: { server: toy.server, client: toy.client, consumer: toy.consumer },
  })

describe('simulated cluster', () => {
  for (const { title, run } of CLUSTER_CASES) {
    test(title, async () => {
      for (const seed of [1, 2, 3]) {
        const cluster = simulated(seed, seed % 2 === 0 ? 3 : 0)
        await cluster.driver.run(run)
        await cluster.dispose()
      }
    })
  }
})

describe('cluster of real processes', () => {
  for (const { title, run } of CLUSTER_CASES) {
    test(
      title,
      async () => {
        const { cluster } = await realCluster()
        try {
          await run(cluster)
        } finally {
          await cluster.dispose()
        }
      },
      LIMIT_MS,
    )
  }

  test(
    'a node that never answers again is ended as runaway',
    async () => {
      const { cluster } = await realCluster(1_000)
      try {
        await cluster.start({ name: 'busy', program: 'busy', args: [] })
        void cluster.call('busy', 'loop', '').catch(() => {})
        await cluster.waitUntil('the watchdog saw it', () => !cluster.isRunning('busy'), 60_000)
        const stopped = cluster.events.find((event) => event.kind === 'node.stopped')
        expect(stopped).toMatchObject({ node: 'busy', how: 'runaway' })
      } finally {
        await cluster.dispose()
      }
    },
    LIMIT_MS,
  )

  test(
    'a node whose port is taken moves, and is found under its name',
    async () => {
      const first = await realCluster()
      const second = await realCluster()
      try {
        for (const { cluster } of [first, second]) {
          await cluster.start({ name: 'server', program: 'server', args: [] })
          await cluster.start({ name: 'client', program: 'client', args: [] })
        }
        await first.cluster.produce('client', { topic: 't', key: 'k', body: 'b' })
        expect(await first.cluster.call('client', 'ask', 'count')).toBe('1')
        expect(await second.cluster.call('client', 'ask', 'count')).toBe('0')
      } finally {
        await first.cluster.dispose()
        await second.cluster.dispose()
      }
    },
    LIMIT_MS,
  )
})
