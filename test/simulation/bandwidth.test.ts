/** A link with little bandwidth: bytes take their time, one after the other, and the other direction is not affected. */
import { expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { Replica, replicaStore } from '../support/replica-store.ts'
import { inSimulation } from '../support/sim.ts'
import { withHosts } from '../support/sim-hosts.ts'

const PROGRAMS = { 'replica-store': { program: replicaStore, usesPromises: false } }
const BODY_BYTES = 10_000
const MESSAGES = 5

/** How long the log needs from a master to its slave, at so many bytes a second from `from` to `to`. */
async function copiedWithinMs(cluster: Cluster, from: string, to: string, bytesPerSecond: number): Promise<number> {
  const [a, b] = [new Replica(cluster, 'a'), new Replica(cluster, 'b')]
  for (const one of [a, b]) await one.start()
  await a.master(1, 1)
  await b.slave(2, 'a')
  await cluster.sleep(1_000)
  await cluster.inject({ kind: 'link', from, to, bytesPerSecond, oneWay: true })
  const startMs = cluster.nowMs()
  for (let i = 0; i < MESSAGES; i++) void a.put(`m${i}`, 'x'.repeat(BODY_BYTES))
  const appended = () =>
    cluster.events.reduce((sum, event) => sum + (event.kind === 'ha.appended' ? event.sizeBytes : 0), 0)
  await cluster.waitUntil('the slave has all', () => appended() >= MESSAGES * BODY_BYTES, 120_000)
  return cluster.nowMs() - startMs
}

it.each([
  ['a', 'b', 10_000, 5_000, 6_500],
  ['a', 'b', 100_000, 500, 700],
  ['b', 'a', 10_000, 0, 100],
] as const)('%s to %s: %d bytes a second', async (from, to, bytesPerSecond, minMs, maxMs) => {
  await inSimulation(
    1,
    async (cluster) => {
      const tookMs = await copiedWithinMs(cluster, from, to, bytesPerSecond)
      expect(tookMs).toBeGreaterThanOrEqual(minMs)
      expect(tookMs).toBeLessThan(maxMs)
    },
    PROGRAMS,
  )
})

it('100 000 bytes at 1 000 bytes a second take 100 s: a thousandth less or more is noticed', async () => {
  await withHosts(['a', 'b'], async (cluster, [a, b]) => {
    let arrivedBytes = 0
    const onBytes = (_: number, bytes: Uint8Array) => void (arrivedBytes += bytes.length)
    const quiet = { onFailed() {}, onClosed() {} }
    b!.network.listen('b:1000', { ...quiet, onConnection: () => ({ ...quiet, onBytes }) })
    const connection = a!.network.connect('b:1000', { ...quiet, onBytes })
    await cluster.sleep(1_000)
    await cluster.inject({ kind: 'link', from: 'a', to: 'b', bytesPerSecond: 1_000, oneWay: true })
    const startMs = cluster.nowMs()
    a!.network.send(connection, new Uint8Array(100_000))
    await cluster.waitUntil('all has arrived', () => arrivedBytes === 100_000, 200_000)
    expect(Math.abs(cluster.nowMs() - startMs - 100_000)).toBeLessThan(50)
  })
})
