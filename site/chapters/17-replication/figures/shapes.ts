/**
 * Four shapes of a cluster, two flush settings, five faults of the first master or of its slave: what is lost, and for how long a
 * shop that sells every 500 ms hears errors. The build runs every cell; the pinned run is a double write in which nothing happens.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import { ledgerAt, sumsOf } from '#site/figures/kit/ledger.ts'
import { EventLog } from '#site/figures/kit/log.ts'
import type { Action, CastMember, FigureSource, GridSource, GridVerdict, RunLog } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, start, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { chosen, NAMESRV, startMaster, startSlave } from '../pair.ts'

const FIRST_MS = 6_000
const EVERY_MS = 500
const ORDERS = 16
const FAULT_MS = 8_010
const OFF_MS = 4_000
/** How long the link to the slave is held before the disk is lost. */
const HELD_MS = 1_000
const BILLING_MS = 17_500

const STEP = {
  sell: 'The shop sells 16 coffees, one every 500 ms',
  quiet: 'All are asked for',
  billing: 'The billing comes, and reads where it can',
} as const

const SHAPES = [
  { shape: 'one', label: 'one master' },
  { shape: 'two', label: 'two masters' },
  { shape: 'pairs', label: 'two pairs, ASYNC_MASTER' },
  { shape: 'double', label: 'two pairs, inSyncReplicas=2' },
] as const
const FLUSHES = ['ASYNC_FLUSH', 'SYNC_FLUSH'] as const
/** What happens: `a` is killed, or without power, for 4 s; its disk is lost; the link to its slave is held, and then its disk is lost; its slave is killed. */
const FAULTS = ['kill 4 s', 'dark 4 s', 'disk lost', 'gap, lost', 'slave dies'] as const

/** What is done to the run of a cell: to the first master, and what lies between it and its slave. */
function actions(row: number, column: number): readonly Action[] {
  const { shape } = SHAPES[Math.floor(row / FLUSHES.length)]!
  const hasSlave = shape === 'pairs' || shape === 'double'
  const sets: readonly Action[] = [
    { does: 'set', on: `shape=${shape}`, atMs: 0 },
    { does: 'set', on: `flushDiskType=${FLUSHES[row % FLUSHES.length]}`, atMs: 0 },
  ]
  const back: Action = { does: 'restart', on: 'a', atMs: FAULT_MS + OFF_MS }
  const dark: Action = { does: 'powercut', on: 'a', atMs: FAULT_MS }
  if (column === 0) return [...sets, { does: 'kill', on: 'a', atMs: FAULT_MS }, back]
  if (column === 1) return [...sets, dark, back]
  if (column === 2) return [...sets, dark]
  if (column === 3)
    return hasSlave ? [...sets, { does: 'hold', on: 'a~a-s', atMs: FAULT_MS - HELD_MS }, dark] : [...sets, dark]
  return hasSlave ? [...sets, { does: 'kill', on: 'a-s', atMs: FAULT_MS }] : sets
}

/** Orders that were acknowledged and never billed; and the seconds from the first error to the first send that works again. */
export function says(run: RunLog): GridVerdict {
  const log = new EventLog(run)
  const cells = ledgerAt(log, run.events.length)
  const { lost } = sumsOf(cells)
  const failed = failsForMs(run)
  const text = `${lost} · ${failed === undefined ? 'end' : `${Math.round(failed / 1_000)} s`}`
  return { verdict: lost > 0 ? 'bad' : failed === 0 ? 'good' : 'even', text }
}

/**
 * From the first sale that failed to the first one after the last such that did not, in ms. 0: none failed. Undefined: one of the last
 * two failed, so that sends to one of two masters fail to the end.
 */
export function failsForMs(run: RunLog): number | undefined {
  const log = new EventLog(run)
  const cells = ledgerAt(log, run.events.length)
  const askedMs = new Map<string, number>()
  for (const e of run.events)
    if (e.kind === 'app.called') askedMs.set(/"key":"([^"]*)"/.exec(e.text)?.[1] ?? '', e.atMs)
  const first = cells.findIndex(({ answer }) => answer !== 'ok')
  if (first < 0) return 0
  const next = cells.findLastIndex(({ answer }) => answer !== 'ok') + 1
  return next + 1 >= cells.length ? undefined : askedMs.get(cells[next]!.key)! - askedMs.get(cells[first]!.key)!
}

const grid: GridSource = {
  rows: {
    title: 'flush',
    labels: SHAPES.flatMap(() => FLUSHES),
    blocks: SHAPES.map(({ label }) => label),
  },
  columns: { title: 'what happens to master a', labels: FAULTS },
  actions,
  says,
  // a double write that each machine has synced
  neverBad: [7],
  opens: 'night',
}

const CAST: readonly CastMember[] = [
  { name: 'namesrv', role: 'namesrv' },
  { name: 'a', role: 'broker', queues: [`${TOPIC}/0`] },
  { name: 'a-s', role: 'slave', queues: [`${TOPIC}/0`] },
  { name: 'b', role: 'broker', queues: [`${TOPIC}/0`] },
  { name: 'b-s', role: 'slave', queues: [`${TOPIC}/0`] },
  { name: 'shop', role: 'producer' },
  { name: 'billing', role: 'consumer', group: 'billing' },
]

export const figure: FigureSource = {
  title: 'Four shapes of a cluster',
  question: 'What does each shape lose, and for how long can nobody sell?',
  summary:
    'One or two masters, without and with slaves, under both flush settings: 16 orders, and a fault of the first master or of its slave.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    shapes: {
      title: 'Orders lost · how long sends fail. Each cell is a run: open it',
      from: STEP.sell,
      to: STEP.billing,
      view: 'grid',
      cast: ['a', 'a-s', 'b', 'b-s', 'shop'],
      tells: ['script.step', 'log.flushed'],
      shows: { grid: 'shapes' },
    },
    night: {
      title: 'The run behind the grid: who has what. Watch the ledger',
      from: STEP.sell,
      view: 'log',
      cast: ['a', 'a-s', 'b', 'b-s'],
      tells: [
        'script.step',
        'fault.began',
        'node.stopped',
        'node.started',
        'log.recovered',
        'log.flushed',
        'ha.refused',
      ],
      shows: { strips: 'none' },
    },
  },
  grids: { shapes: grid },
  offers: { options: SHAPES.map(({ shape }) => `shape=${shape}`) },
  seed: 5,
  lengthMs: 22_500,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster, settings: readonly string[] = []): Promise<void> {
  const shape = chosen(settings, 'shape', 'double')
  const own = [
    `flushDiskType=${chosen(settings, 'flushDiskType', 'ASYNC_FLUSH')}`,
    ...(shape === 'double' ? ['brokerRole=SYNC_MASTER', 'inSyncReplicas=2'] : []),
  ]
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  for (const name of shape === 'one' ? ['a'] : ['a', 'b']) startMaster(cluster, own, name, name)
  await until(cluster, 400)
  const flush = own.slice(0, 1)
  if (shape === 'pairs' || shape === 'double')
    for (const name of ['a', 'b']) startSlave(cluster, [...flush, 'slaveReadEnable=true'], `${name}-s`, name)
  await until(cluster, 800)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
  await until(cluster, FIRST_MS)
  cluster.step(STEP.sell)
  await sendMany(cluster, 'shop', [1, ORDERS], EVERY_MS)
  cluster.step(STEP.quiet)
  await until(cluster, BILLING_MS)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}
