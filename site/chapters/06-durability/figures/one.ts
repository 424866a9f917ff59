/**
 * The time of one order under SYNC_FLUSH: two coffees are sold, so near to each other that the second one is appended while the
 * sync of the first one runs.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV, open } from './cut.ts'

/** How much longer than the simulator's 1 to 4 ms a sync takes. */
const SLOWER_MS = 8
/** Between the two sales: less than a sync takes. */
const APART_MS = 4

const STEP = {
  sell: 'Two coffees are sold, four milliseconds apart',
  billing: 'The billing comes',
} as const

export const figure: FigureSource = {
  title: 'The time of one order',
  question: 'What does an order wait for before it is answered?',
  summary:
    'A broker with SYNC_FLUSH appends an order while the sync of another one runs; the order waits for the rest of that sync and for its own.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    one: {
      title: 'order-3 waits for a sync that runs, and for its own',
      from: STEP.sell,
      to: STEP.billing,
      view: 'space-time',
      opens: 'end',
      cast: ['producer', 'broker-a'],
      tells: ['record.appended', 'log.flushed', 'message.sent'],
      shows: { frames: 'SEND_MESSAGE_V2' },
    },
  },
  seed: 5,
  lengthMs: 9_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'producer', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['flushDiskType=SYNC_FLUSH'])
  await cluster.inject({ kind: 'disk', node: 'broker-a', fails: 'slowSync', delayMs: SLOWER_MS })
  // the first one opens the connection and makes the file
  send(cluster, 'producer', 1)
  await until(cluster, 3_500)
  cluster.step(STEP.sell)
  send(cluster, 'producer', 2)
  await cluster.sleep(APART_MS)
  send(cluster, 'producer', 3)
  await until(cluster, 4_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'consumer', NAMESRV, 'billing')
}
