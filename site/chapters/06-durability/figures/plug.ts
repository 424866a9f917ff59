/**
 * Pull the plug at any moment: six orders within 24 ms, and the same fault at eight moments, as a kill and as a power cut,
 * under ASYNC_FLUSH and under SYNC_FLUSH. The build runs all 32; the pinned run is the one in which nothing happens.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import { ledgerAt } from '#site/figures/kit/ledger.ts'
import { EventLog } from '#site/figures/kit/log.ts'
import type { Action, FigureSource, GridSource, GridVerdict, RunLog } from '#site/figures/kit/types.ts'
import { send, sendKey, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV, SMALL } from './cut.ts'

const BROKER = 'broker-a'
/** When the first coffee is sold: its order is on the disk long before the others come. */
const FIRST_MS = 1_000
const SELL_MS = 14_000
const ORDERS = 7
const EVERY_MS = 4
/** When the fault comes, in milliseconds after the second order. */
const AFTER_MS = [1, 4, 8, 12, 16, 20, 26, 12_000] as const
const OFF_MS = 2_000

const STEP = {
  sell: 'Six coffees in 24 milliseconds',
  quiet: 'All are sold; nothing more happens',
  billing: 'The billing comes',
} as const

const ROWS: readonly { readonly label: string; readonly does: 'kill' | 'powercut'; readonly flush: string }[] = [
  { label: 'kill -9, ASYNC', does: 'kill', flush: 'ASYNC_FLUSH' },
  { label: 'kill -9, SYNC', does: 'kill', flush: 'SYNC_FLUSH' },
  { label: 'power cut, ASYNC', does: 'powercut', flush: 'ASYNC_FLUSH' },
  { label: 'power cut, SYNC', does: 'powercut', flush: 'SYNC_FLUSH' },
]

/** The keys of the orders from a number on. */
const keys = (from: number) => Array.from({ length: ORDERS + 1 - from }, (_, i) => `order-${from + i}`)

/** What was acknowledged, and what the billing finds; bad when an acknowledged order is not found. */
function says(run: RunLog): GridVerdict {
  const cells = ledgerAt(new EventLog(run), run.events.length)
  const acknowledged = cells.filter(({ answer }) => answer === 'ok')
  const kept = cells.filter(({ billed }) => billed > 0)
  const isLost = acknowledged.some(({ billed }) => billed === 0)
  const isMore = kept.some(({ answer }) => answer !== 'ok')
  return {
    verdict: isLost ? 'bad' : isMore ? 'even' : 'good',
    text: `${acknowledged.length} → ${kept.length}`,
  }
}

const grid: GridSource = {
  rows: { title: 'fault, setting', labels: ROWS.map(({ label }) => label) },
  columns: {
    title: 'ms from order-2 to the fault',
    labels: AFTER_MS.map((ms) => (ms < 1_000 ? String(ms) : `${ms / 1_000}s`)),
  },
  momentsMs: AFTER_MS.map((ms) => SELL_MS + ms),
  actions: (row, column) => {
    const { does, flush } = ROWS[row]!
    const atMs = SELL_MS + AFTER_MS[column]!
    const set: Action = { does: 'set', on: `flushDiskType=${flush}`, atMs: 0 }
    return [set, { does, on: BROKER, atMs }, { does: 'restart', on: BROKER, atMs: atMs + OFF_MS }]
  },
  says,
  // a kill loses nothing, and neither does SYNC_FLUSH
  neverBad: [0, 1, 3],
  opens: 'plug',
}

export const figure: FigureSource = {
  title: 'Pull the plug',
  question: 'Which moment costs which order?',
  summary:
    'Six orders in 24 ms, after one that is long on the disk; 32 runs of it, with a kill or a power cut at eight moments under both flush settings.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    grid: {
      title: 'Acknowledged → kept. Move the plug; open a cell: it is a run',
      from: STEP.sell,
      to: STEP.billing,
      view: 'grid',
      cast: [BROKER, 'producer'],
      tells: ['record.appended', 'log.flushed'],
      shows: { grid: 'plug' },
    },
    plug: {
      title: 'One cell of the grid as a run',
      from: STEP.sell,
      view: 'stage',
      cast: [BROKER, 'producer', 'consumer'],
      tells: ['message.sent', 'log.flushed', 'node.stopped', 'log.recovered', 'queue.assigned'],
    },
  },
  grids: { plug: grid },
  tasks: {
    'error-and-billed': {
      goal: 'Make the shop hear an error for an order that the billing gets all the same.',
      pane: 'plug',
      when: keys(3)
        .map((key) => `(answer('${key}') == 'failed' && billed('${key}') > 0)`)
        .join(' || '),
      shows: { ask: 'failed()', unit: 'failed' },
      proof: [
        { does: 'set', on: 'flushDiskType=SYNC_FLUSH', atMs: 0 },
        { does: 'kill', on: BROKER, atMs: SELL_MS + 12 },
        { does: 'restart', on: BROKER, atMs: SELL_MS + 12 + OFF_MS },
      ],
    },
  },
  offers: { options: ['flushDiskType=SYNC_FLUSH', 'flushDiskType=ASYNC_FLUSH'] },
  seed: 4,
  lengthMs: 34_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'producer', key),
}

async function run(cluster: Cluster, settings: readonly string[] = []): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  startBroker(cluster, BROKER, NAMESRV, 1, [...SMALL, ...settings])
  await until(cluster, 800)
  start(cluster, 'producer', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
  await until(cluster, FIRST_MS)
  send(cluster, 'producer', 1)
  await until(cluster, SELL_MS)
  cluster.step(STEP.sell)
  for (let i = 2; i <= ORDERS; i++) {
    send(cluster, 'producer', i)
    await cluster.sleep(EVERY_MS)
  }
  cluster.step(STEP.quiet)
  await until(cluster, 30_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'consumer', NAMESRV, 'billing')
}
