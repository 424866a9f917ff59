/** How fast a whole cluster runs under the virtual clock: idle, and with as many messages as it can take. */
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import { SIMULATION_LIMITS } from '../../reference/host/sim/limits.ts'
import { PROGRAMS, startBroker, startConsumer, startProducer } from '../support/sim.ts'
import { type Bench, type Figure, median, short } from './figure.ts'

const ROUNDS = 5
const IDLE_MS = 3_600_000
const MESSAGES = 3_000
const SENDERS = 16
const EVENTS_MAX = 10_000_000

export const simulatorBench: Bench = {
  name: 'simulator',
  about: 'virtual time: one NameServer, two brokers, four clients',
  missing: async () => '',
  async run(say) {
    const idle = []
    const loaded = []
    for (let round = 1; round <= ROUNDS; round++) {
      idle.push(await idleRound(round))
      loaded.push(await loadedRound(round))
      say(`round ${round} of ${ROUNDS}`)
    }
    const perSecond = median(idle.map((one) => one.eventsPerVirtualSecond))
    const speed = median(idle.map((one) => one.timesRealTime))
    const rate = median(loaded.map((one) => one.eventsPerSecond))
    const figures: Figure[] = [
      {
        what: 'idle: events per simulated second',
        value: short(perSecond),
        goal: 'at most 350',
        met: perSecond <= 350,
        note: 'an hour of it',
      },
      { what: 'idle: times real time', value: short(speed), goal: 'at least 10,000', met: speed >= 10_000, note: '' },
      {
        what: 'loaded: events per second in Node',
        value: short(rate),
        goal: 'at least 150,000',
        met: rate >= 150_000,
        note: `${MESSAGES} messages through the whole stack, nothing recorded; ${short(median(loaded.map((one) => one.messagesPerSecond)))} messages/s`,
      },
    ]
    return figures
  },
}

/** Runs a script on a fresh cluster and gives back what it came to. */
async function onCluster<T>(seed: number, script: (cluster: SimCluster) => Promise<T>): Promise<T> {
  const cluster = new SimCluster({ seed, programs: PROGRAMS, limits: { ...SIMULATION_LIMITS, events: EVENTS_MAX } })
  try {
    let result: T | undefined
    await cluster.driver.run(async () => {
      result = await script(cluster)
    })
    return result!
  } finally {
    await cluster.dispose()
  }
}

async function start(cluster: SimCluster): Promise<void> {
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  for (const name of ['broker-a', 'broker-b']) await startBroker(cluster, name, ['mappedFileSizeCommitLog=4194304'])
  for (const name of ['shop-1', 'shop-2']) await startProducer(cluster, name)
  await cluster.produce('shop-1', { topic: 'Orders', key: 'first', body: 'x' })
  for (const name of ['billing-1', 'billing-2']) await startConsumer(cluster, name, 'billing')
  await cluster.sleep(60_000)
}

function idleRound(seed: number) {
  return onCluster(seed, async (cluster) => {
    await start(cluster)
    const before = cluster.eventCount
    const startMs = performance.now()
    await cluster.sleep(IDLE_MS)
    const tookMs = performance.now() - startMs
    return {
      eventsPerVirtualSecond: (cluster.eventCount - before) / (IDLE_MS / 1_000),
      timesRealTime: IDLE_MS / tookMs,
    }
  })
}

function loadedRound(seed: number) {
  return onCluster(seed, async (cluster) => {
    await start(cluster)
    const before = cluster.eventCount
    const startMs = performance.now()
    let next = 0
    const sender = async (i: number) => {
      while (next < MESSAGES) {
        const key = `m${next++}`
        await cluster.produce(`shop-${(i % 2) + 1}`, { topic: 'Orders', key, body: 'one kibibyte'.padEnd(1_024, '.') })
      }
    }
    await Promise.all(Array.from({ length: SENDERS }, (_, i) => sender(i)))
    await cluster.waitUntil('all arrived', () => cluster.deliveries().length > MESSAGES, 60_000)
    const seconds = (performance.now() - startMs) / 1_000
    return { eventsPerSecond: (cluster.eventCount - before) / seconds, messagesPerSecond: MESSAGES / seconds }
  })
}
