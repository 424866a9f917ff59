/**
 * How many syncs many orders need: one till, then two, four, eight, sixteen, each selling a coffee every 30 ms, to a broker
 * with SYNC_FLUSH whose sync takes 6 to 9 ms.
 *
 * A till sells by the clock, not when its last order is answered: what the reader kills slows nobody down.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV, open } from './cut.ts'

const TILLS = [1, 2, 4, 8, 16] as const
/** How often each till sells, and how long one number of tills is kept up. */
const EVERY_MS = 30
const PHASE_MS = 60
/** How much longer than the simulator's 1 to 4 ms a sync takes. */
const SLOWER_MS = 5

const textOf = (tills: number) => `${tills} ${tills === 1 ? 'till' : 'tills'}`
const END = 'The tills are closed'
const BILLING = 'The billing comes'

export const figure: FigureSource = {
  title: 'Syncs against tills',
  question: 'Does twice as many orders need twice as many syncs?',
  summary:
    'One, two, four, eight and sixteen tills sell to a broker with SYNC_FLUSH; orders double each time, syncs do not.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    shares: {
      title: 'Orders that arrive during a sync share the next one',
      from: textOf(8),
      to: textOf(16),
      view: 'stage',
      cast: ['broker-a', 'producer'],
      tells: ['log.flushed'],
    },
    plot: {
      title: '1, 2, 4, 8 and 16 tills, 60 ms each: orders double, syncs do not',
      from: textOf(1),
      to: BILLING,
      view: 'plot',
      opens: 'end',
      cast: ['broker-a', 'producer'],
      tells: ['script.step'],
      shows: { against: 'tills, each selling a coffee every 30 ms' },
    },
  },
  seed: 5,
  lengthMs: 8_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'producer', key),
}

// #region durability-senders
async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['flushDiskType=SYNC_FLUSH'])
  await cluster.inject({ kind: 'disk', node: 'broker-a', fails: 'slowSync', delayMs: SLOWER_MS })
  let order = 0
  for (const [i, tills] of TILLS.entries()) {
    const fromMs = 3_100 + i * PHASE_MS
    await until(cluster, fromMs)
    cluster.step(textOf(tills))
    // The tills of a phase sell in turn, at even distances.
    const sales = (tills * PHASE_MS) / EVERY_MS
    for (let sale = 0; sale < sales; sale++) {
      await until(cluster, fromMs + Math.floor((sale * PHASE_MS) / sales))
      send(cluster, 'producer', ++order)
    }
  }
  await until(cluster, 3_100 + TILLS.length * PHASE_MS)
  cluster.step(END)
  await until(cluster, 3_600)
  cluster.step(BILLING)
  startConsumer(cluster, 'consumer', NAMESRV, 'billing')
}
// #endregion durability-senders
