/**
 * One order, three ways to sell it, and a crash at any step: of the shop's process, or of the broker, which comes back a second
 * later. The build runs every cell; the pinned run is the transaction in which nothing happens.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import { ledgerAt } from '#site/figures/kit/ledger.ts'
import { EventLog } from '#site/figures/kit/log.ts'
import type { Action, FigureSource, GridSource, GridVerdict, RunLog } from '#site/figures/kit/types.ts'
import { send, sendKey, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, CAST, type Design, open } from '../database.ts'
import { NAIVE } from './gap.ts'

/** When order-2 is sold. */
const SELL_MS = 5_000
/** When the crash comes, in milliseconds after the sale. */
const AFTER_MS = [1, 3, 5, 12, 18, 22, 40] as const
/** How long a broker that was killed is away. */
const OFF_MS = 1_000
/** An agreement that comes later than this is told in seconds. */
const LATE_MS = 1_000

const STEP = {
  before: 'order-1, so that everybody is connected',
  sell: 'shop-1 sells order-2',
  after: 'Two seconds later',
  round: 'The broker looks for open transactions',
} as const

const DESIGNS: readonly { readonly shop: Design; readonly label: string }[] = [
  { shop: 'save-first', label: 'save, then send' },
  { shop: 'send-first', label: 'send, then save' },
  { shop: 'transaction', label: 'transaction' },
]
const VICTIMS = ['shop-1', BROKER] as const

/** What is done to the run of a cell. */
function actions(row: number, column: number): readonly Action[] {
  const { shop } = DESIGNS[Math.floor(row / VICTIMS.length)]!
  const victim = VICTIMS[row % VICTIMS.length]!
  const atMs = SELL_MS + AFTER_MS[column]!
  const set: Action = { does: 'set', on: `shop=${shop}`, atMs: 0 }
  const kill: Action = { does: 'kill', on: victim, atMs }
  return victim === BROKER ? [set, kill, { does: 'restart', on: BROKER, atMs: atMs + OFF_MS }] : [set, kill]
}

/** Whether database and billing agree on order-2, and how long they did not. */
export function says(run: RunLog): GridVerdict {
  const log = new EventLog(run)
  const cell = ledgerAt(log, run.events.length).find(({ key }) => key === 'order-2')
  const [saved, billed] = [cell?.saved === true, (cell?.billed ?? 0) > 0]
  if (saved !== billed) return { verdict: 'bad', text: saved ? 'unbilled' : 'phantom' }
  if (!saved) return { verdict: 'good', text: 'neither' }
  const tookMs = apartMs(run)
  return {
    verdict: tookMs < LATE_MS ? 'good' : 'even',
    text: tookMs < LATE_MS ? 'both' : `${Math.round(tookMs / 1_000)} s`,
  }
}

/** How long one of the two had order-2 and the other did not, in ms. */
export function apartMs({ events }: Pick<RunLog, 'events'>): number {
  const hands = events.filter((e) => e.kind === 'app.handed' && e.text.includes('"key":"order-2"'))
  const replied = (names: readonly string[]) =>
    events.find((e) => e.kind === 'app.replied' && names.includes(e.name) && hands.some((hand) => hand.n === e.cause))
  const saved = replied(['save', 'executeLocalTransaction'])
  const billed = replied(['message'])
  return saved === undefined || billed === undefined ? Number.POSITIVE_INFINITY : Math.abs(billed.atMs - saved.atMs)
}

const grid: GridSource = {
  rows: {
    title: 'who dies',
    labels: DESIGNS.flatMap(() => VICTIMS),
    blocks: DESIGNS.map(({ label }) => label),
  },
  columns: { title: 'ms from the sale to the crash', labels: AFTER_MS.map(String) },
  momentsMs: AFTER_MS.map((ms) => SELL_MS + ms),
  actions,
  says,
  neverBad: [4, 5],
  opens: 'cell',
}

export const figure: FigureSource = {
  title: 'Crash at any step',
  question: 'Who can die when, so that database and billing still agree?',
  summary: 'One order, sold in three ways; one process of the shop or the broker is killed at seven moments.',
  topic: TOPIC,
  cast: CAST,
  instead: NAIVE,
  passages: {
    grid: {
      title: 'Saved and billed? Move the plug; open a cell: it is a run',
      from: STEP.sell,
      to: STEP.after,
      view: 'grid',
      cast: [BROKER, 'shop-1'],
      tells: ['app.handed', 'record.appended', 'message.sent'],
      shows: { grid: 'crash' },
    },
    cell: {
      title: 'One cell of the grid as a run',
      from: STEP.sell,
      view: 'stage',
      cast: [BROKER, 'shop-1', 'shop-2', 'billing'],
      tells: ['app.handed', 'record.appended', 'transaction.ended', 'message.consumed', 'node.stopped', 'script.step'],
    },
  },
  grids: { crash: grid },
  offers: { options: DESIGNS.map(({ shop }) => `shop=${shop}`) },
  seed: 3,
  lengthMs: 38_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop-2', key),
}

async function run(cluster: Cluster, settings: readonly string[] = []): Promise<void> {
  const chosen = settings.find((text) => text.startsWith('shop='))?.slice('shop='.length)
  await open(cluster, DESIGNS.find(({ shop }) => shop === chosen)?.shop ?? 'transaction')
  cluster.step(STEP.before)
  send(cluster, 'shop-1', 1)
  await until(cluster, SELL_MS)
  cluster.step(STEP.sell)
  send(cluster, 'shop-1', 2)
  await until(cluster, SELL_MS + 2_000)
  cluster.step(STEP.after)
  await until(cluster, 30_000)
  cluster.step(STEP.round)
}
