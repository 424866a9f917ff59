/**
 * Client objects in nodes of a simulated cluster: what a test asks of them happens inside the node, as an application's
 * calls do.
 */
import { clientInstance } from '../../reference/client/apps/namesrv-addresses.ts'
import type { ClientInstance } from '../../reference/client/client-instance.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { Program } from '../../reference/host/program.ts'
import { readSettings } from '../../reference/host/program-args.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import { NAMESRV, PROGRAMS } from './sim.ts'

/** A client node. `run` gives back what the function gives back; a rejection is told, not thrown at the node. */
export interface SimClient {
  run<T>(work: (instance: ClientInstance) => T | Promise<T>): Promise<T>
}

/** Runs a script on a fresh cluster in which `startClient` starts nodes with a client instance. */
export async function withClients(
  seed: number,
  script: (cluster: Cluster, startClient: (name: string) => Promise<SimClient>) => Promise<void>,
): Promise<void> {
  const work: ((instance: ClientInstance) => unknown)[] = []
  const results: { value?: unknown; error?: unknown }[] = []
  const program: Program = (host, args, signals) => {
    const instance = clientInstance(host, readSettings(host, args))
    host.application.serve((_name, text, answer) => {
      const i = Number(text)
      new Promise((resolve) => resolve(work[i]!(instance))).then(
        (value) => {
          results[i] = { value }
          answer('done')
        },
        (error: unknown) => {
          results[i] = { error }
          answer('done')
        },
      )
    })
    host.clock.after(0, () => signals.ready())
    return { stop: (done) => done() }
  }
  const cluster = new SimCluster({ seed, programs: { ...PROGRAMS, client: program }, record: true })
  const startClient = async (name: string): Promise<SimClient> => {
    await cluster.start({ name, program: 'client', args: [NAMESRV] })
    return {
      async run<T>(what: (instance: ClientInstance) => T | Promise<T>) {
        const i = work.push(what) - 1
        await cluster.call(name, 'do', String(i))
        const result = results[i]!
        if ('error' in result) throw result.error
        return result.value as T
      },
    }
  }
  try {
    await cluster.driver.run((running) => script(running, startClient))
  } finally {
    await cluster.dispose()
  }
}
