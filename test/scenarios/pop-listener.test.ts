/**
 * One listener, messages from two sides: a topic that its group pops, and one that it pulls. What the consumer allows the
 * listener counts for both.
 */
import { expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { TraceEvent } from '../../reference/host/trace.ts'
import { inSimulation, NAMESRV, startBroker, startProducer } from '../support/sim.ts'

const EACH = 12
const POPPED = 'Orders'
const PULLED = 'Bills'
/** Longer than any message waits here. */
const HIDDEN_MS = 300_000

const ofKind = <K extends TraceEvent['kind']>(cluster: Cluster, kind: K) =>
  cluster.events.filter((event): event is Extract<TraceEvent, { kind: K }> => event.kind === kind)

async function begin(cluster: Cluster, settings: readonly string[]): Promise<void> {
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  await startBroker(cluster, 'broker-a')
  await cluster.start({ name: 'admin', program: 'admin', args: [NAMESRV] })
  for (const topic of [POPPED, PULLED])
    await cluster.admin('admin', ['updateTopic', '-t', topic, '-c', 'DefaultCluster', '-r', '1', '-w', '1'])
  const mode = ['-t', POPPED, '-g', 'billing', '-m', 'POP']
  await cluster.admin('admin', ['setConsumeMode', '-c', 'DefaultCluster', ...mode])
  await startProducer(cluster)
  const pops = ['clientRebalance=false', `popInvisibleTime=${HIDDEN_MS}`, 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET']
  const args = [NAMESRV, 'group=billing', `topic=${POPPED},${PULLED}`, ...pops, ...settings]
  await cluster.start({ name: 'billing-1', program: 'consumer', args })
  await cluster.sleep(5_000)
  for (let i = 0; i < EACH; i++)
    for (const topic of [POPPED, PULLED]) await cluster.produce('shop', { topic, key: `${topic}-${i}`, body: 'a body' })
}

const areAllConsumed = (cluster: Cluster) => () => ofKind(cluster, 'message.consumed').length === 2 * EACH

it('each way the listener has at most so many at a time', () =>
  inSimulation(1, async (cluster) => {
    cluster.onDelivery(() => ({ status: 'CONSUME_SUCCESS', afterMs: 1_000 }))
    const fromMs = cluster.nowMs()
    await begin(cluster, ['consumeThreadMax=2'])
    await cluster.waitUntil('all are consumed', areAllConsumed(cluster), 30_000)
    for (const topic of [POPPED, PULLED]) {
      const own = cluster.deliveries().filter(({ key }) => key.startsWith(topic))
      for (const [i, { atMs }] of own.entries())
        if (i >= 2) expect(atMs - own[i - 2]!.atMs, `${topic} ${i}`).toBeGreaterThanOrEqual(1_000)
    }
    expect(cluster.nowMs() - fromMs).toBeLessThan(30_000)
  }))

it('a listener that fails is left alone by both, and gets both again when it is well', () =>
  inSimulation(2, async (cluster) => {
    let isIll = true
    cluster.onDelivery(() => ({ status: 'CONSUME_SUCCESS', afterMs: isIll ? 1_500 : 10 }))
    const breaker = ['glassmqBreakerSlowMs=1000', 'glassmqBreakerCalls=4', 'glassmqBreakerFailures=2']
    await begin(cluster, [...breaker, 'consumeThreadMax=2'])
    await cluster.sleep(30_000)
    expect(cluster.deliveries().length, 'a few, and a probe every 6.5 s').toBeLessThan(15)
    isIll = false
    await cluster.waitUntil('all are consumed', areAllConsumed(cluster), 20_000)
    expect(new Set(cluster.deliveries().map(({ key }) => key)).size).toBe(2 * EACH)
    expect(cluster.deliveries()).toHaveLength(2 * EACH)
    expect(ofKind(cluster, 'breaker.turned').at(-1)!.state).toBe('CLOSED')
  }))
