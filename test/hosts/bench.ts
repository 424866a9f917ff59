/**
 * One bench for every host: what a conformance case needs, so that it runs unchanged on the simulation and on real sockets
 * and files.
 *
 * A case calls hosts directly and lets things happen with `until`; it never depends on how fast they do.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Host } from '../../reference/host/host.ts'
import { createNodeHost, type NodeHost } from '../../reference/host/node/node-host.ts'
import type { Program } from '../../reference/host/program.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'

export interface Bench {
  /** A host of that name; after `kill`, the next life on the same directory. */
  start(name: string): Promise<Host>
  /** Ends a life without a word to its program. */
  kill(name: string): Promise<void>
  /** An address of that node to listen on, with any free port. */
  anyPort(name: string): string
  /** Waits until something holds; the case fails when it never does. */
  until(what: string, holds: () => boolean): Promise<void>
}

/** Runs one case on one kind of host. */
export type BenchRunner = (run: (bench: Bench) => Promise<void>) => Promise<void>

/** The simulation; `cutOneIn` has frames arrive in pieces. */
export function simBench(seed: number, cutOneIn: number): BenchRunner {
  return async (run) => {
    const hosts = new Map<string, Host>()
    const holder: Program = (host, _args, signals) => {
      hosts.set(host.name, host)
      signals.ready()
      return { stop: (done) => done() }
    }
    const cluster = new SimCluster({ seed, cutOneIn, programs: { holder } })
    await cluster.driver.run(async () => {
      await run({
        async start(name) {
          await cluster.start({ name, program: 'holder', args: [] })
          return hosts.get(name)!
        },
        kill: async (name) => void (await cluster.kill(name)),
        anyPort: (name) => `${name}:0`,
        until: (what, holds) => cluster.waitUntil(what, holds, 60_000),
      })
    })
    await cluster.dispose()
  }
}

/** Longer than any healthy case takes on any machine: only so that a broken one ends. */
const REAL_LIMIT_MS = 60_000

/** Real sockets and files, in a temporary lab of its own. */
export function nodeBench(): BenchRunner {
  return async (run) => {
    const root = await mkdtemp(join(tmpdir(), 'glassmq-hosts-'))
    const labHosts = join(root, 'lab-hosts.json')
    await writeFile(labHosts, '{}')
    const hosts = new Map<string, NodeHost>()
    try {
      await run({
        async start(name) {
          const host = createNodeHost({ name, directory: join(root, name), labHosts, seed: 1 })
          hosts.set(name, host)
          return host
        },
        kill: async (name) => hosts.get(name)?.dispose(),
        anyPort: () => '127.0.0.1:0',
        async until(what, holds) {
          const startedMs = performance.now()
          while (!holds()) {
            if (performance.now() - startedMs > REAL_LIMIT_MS) throw new Error(`waited in vain until ${what}`)
            await new Promise((resolve) => setTimeout(resolve, 1))
          }
        },
      })
    } finally {
      for (const host of hosts.values()) host.dispose()
      await rm(root, { recursive: true, force: true })
    }
  }
}
