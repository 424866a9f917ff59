/**
 * A simulated cluster of the reference's own programs, for scenario tests.
 */
import type { Cluster } from '../../reference/host/cluster.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import type { ProgramSource } from '../../reference/host/sim/programs.ts'
import { ROLE_PROGRAMS } from '../../reference/programs.ts'
import { main as admin } from '../../reference/tools/admin.ts'
import { controlledBroker } from './controlled-broker.ts'
import { watchRun } from './pinned-run.ts'
import { rawClient } from './raw-client.ts'
import { watchStops } from './watch-stops.ts'

/**
 * Every program of the reference under its usual name, a client that sends any bytes, and a broker for controllers only. Those
 * of the reference are looked at when they have stopped (`watch-stops.ts`).
 */
export const PROGRAMS = {
  ...watchStops({ ...ROLE_PROGRAMS, admin }),
  'raw-client': rawClient,
  'controlled-broker': { program: controlledBroker, usesPromises: false },
} as const

/** Files of a few hundred kilobytes: a test's disk is memory. */
export const SMALL_FILES = ['mappedFileSizeCommitLog=262144', 'mappedFileSizeConsumeQueue=6000']

export const NAMESRV = 'namesrvAddr=namesrv:9876'

/**
 * Runs a script on a fresh cluster and gives the cluster's last words back; the cluster is disposed of. `instead`: programs in
 * place of the reference's own.
 */
export async function inSimulation(
  seed: number,
  script: (cluster: Cluster) => Promise<void>,
  instead: Readonly<Record<string, ProgramSource>> = {},
): Promise<{ readonly hash: string; readonly events: number }> {
  const cluster = new SimCluster({ seed, programs: { ...PROGRAMS, ...instead }, record: true })
  const ended = watchRun(cluster)
  try {
    await cluster.driver.run(script)
    ended()
    return { hash: cluster.hash(), events: cluster.eventCount }
  } finally {
    await cluster.dispose()
  }
}

/** A NameServer and brokers, and the topic `Orders` with `queues` queues on each. */
export async function startCluster(
  cluster: Cluster,
  options: {
    readonly brokers?: readonly string[]
    readonly queues?: number
    readonly settings?: readonly string[]
  } = {},
): Promise<void> {
  const { brokers = ['broker-a', 'broker-b'], queues = 4, settings = [] } = options
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  for (const name of brokers) await startBroker(cluster, name, settings)
  await cluster.start({ name: 'admin', program: 'admin', args: [NAMESRV] })
  await cluster.admin('admin', [
    'updateTopic',
    '-t',
    'Orders',
    '-c',
    'DefaultCluster',
    '-r',
    `${queues}`,
    '-w',
    `${queues}`,
  ])
}

export function startBroker(cluster: Cluster, name: string, settings: readonly string[] = []): Promise<void> {
  return cluster.start({ name, program: 'broker', args: [NAMESRV, 'listenPort=10911', ...SMALL_FILES, ...settings] })
}

export const startProducer = (cluster: Cluster, name = 'shop') =>
  cluster.start({ name, program: 'producer', args: [NAMESRV] })

export const startTransactionProducer = (cluster: Cluster, name = 'shop', settings: readonly string[] = []) =>
  cluster.start({ name, program: 'transaction-producer', args: [NAMESRV, ...settings] })

export const startConsumer = (cluster: Cluster, name: string, group: string, settings: readonly string[] = []) =>
  cluster.start({ name, program: 'consumer', args: [NAMESRV, `group=${group}`, 'topic=Orders', ...settings] })

/** Sends `count` messages one after the other; the keys of those that were acknowledged. */
export async function sendMany(cluster: Cluster, prefix: string, count: number, producer = 'shop'): Promise<string[]> {
  const acknowledged: string[] = []
  for (let i = 1; i <= count; i++) {
    const key = `${prefix}-${i}`
    const { status } = await cluster.produce(producer, { topic: 'Orders', key, body: `body of ${key}` })
    if (status === 'SEND_OK') acknowledged.push(key)
  }
  return acknowledged
}

/** Keys handed to a group so far, repetitions included, in order of arrival. */
export const keysOf = (cluster: Cluster, group: string) =>
  cluster
    .deliveries()
    .filter((delivery) => delivery.group === group)
    .map((delivery) => delivery.key)
