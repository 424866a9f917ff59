/**
 * The matrix of send statuses, filled by running it: one order under eight settings and four states of disk and slave. The shop is
 * patient, so that it hears the broker's word.
 */

import type { Cluster } from '#reference/host/cluster.ts'
import type { TraceEvent } from '#reference/host/trace.ts'
import { ledgerAt } from '#site/figures/kit/ledger.ts'
import { EventLog } from '#site/figures/kit/log.ts'
import type { Action, FigureSource, GridSource, GridVerdict, RunLog } from '#site/figures/kit/types.ts'
import { send, sendKey, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, chosen, NAMESRV, open } from '../pair.ts'

const SELL_MS = 8_000
/** When the fault begins: the other side has noticed a closed connection by the time of the sale. */
const FAULT_MS = 7_900
/** The order of each cell. */
const KEY = 'order-2'
/** Longer than a broker waits for its disk: 5 s. */
const PATIENT = 'sendMsgTimeout=9000'

const STEP = {
  before: 'order-1, while all is well',
  sell: 'The shop sells order-2, and waits up to nine seconds',
  billing: 'The billing comes',
} as const

const ROLES: readonly { readonly label: string; readonly sets: readonly string[] }[] = [
  { label: 'ASYNC_MASTER', sets: ['brokerRole=ASYNC_MASTER'] },
  { label: 'SYNC_MASTER 5.x, the default', sets: ['brokerRole=SYNC_MASTER'] },
  { label: 'SYNC_MASTER, inSyncReplicas=2', sets: ['brokerRole=SYNC_MASTER', 'inSyncReplicas=2'] },
  { label: 'SYNC_MASTER 4.9', sets: ['brokerRole=SYNC_MASTER', 'glassmqHaStatuses=4.9'] },
]
const FLUSHES = ['ASYNC_FLUSH', 'SYNC_FLUSH'] as const

const FAULTS: readonly { readonly label: string; readonly actions: readonly Action[] }[] = [
  { label: 'all is well', actions: [] },
  { label: 'slow disk', actions: [{ does: 'slowdisk', on: 'master=8000', atMs: FAULT_MS }] },
  { label: 'silent slave', actions: [{ does: 'cut', on: 'slave', atMs: FAULT_MS }] },
  { label: 'dead slave', actions: [{ does: 'kill', on: 'slave', atMs: FAULT_MS }] },
]

const SHORT: Readonly<Record<string, string>> = {
  FLUSH_DISK_TIMEOUT: 'disk timeout',
  FLUSH_SLAVE_TIMEOUT: 'slave timeout',
  SLAVE_NOT_AVAILABLE: 'no slave',
}

/** True when the master knew of a copy of the order when it sent its answer. */
export function isCopyKnown(events: readonly TraceEvent[], key: string): boolean {
  const record = events.find((e) => e.kind === 'record.appended' && e.node === 'master' && e.key === key)
  if (record?.kind !== 'record.appended') return false
  const end = record.physicalOffset + record.sizeBytes
  const answer = events.find((e) => e.kind === 'frame.sent' && e.node === 'master' && e.n > record.n && isAnswer(e))
  return events.some(
    (e) => e.kind === 'ha.acked' && e.node === 'master' && e.physicalOffset >= end && e.n < (answer?.n ?? 0),
  )
}

const isAnswer = (e: TraceEvent) =>
  e.kind === 'frame.sent' && e.type === 'response' && e.name.startsWith('SEND_MESSAGE')

/** The status that the shop was told; bad when it is SEND_OK and the master knew of no copy. */
function says(run: RunLog): GridVerdict {
  const said = ledgerAt(new EventLog(run), run.events.length).find(({ key }) => key === KEY)?.said ?? ''
  if (said !== 'SEND_OK') return { verdict: 'even', text: SHORT[said] ?? 'error' }
  return { verdict: isCopyKnown(run.events, KEY) ? 'good' : 'bad', text: said }
}

const grid: GridSource = {
  rows: { title: 'flush', labels: ROLES.flatMap(() => FLUSHES), blocks: ROLES.map(({ label }) => label) },
  columns: { title: 'disk of the master, and slave', labels: FAULTS.map(({ label }) => label) },
  actions: (row, column) => [
    ...[...ROLES[Math.floor(row / FLUSHES.length)]!.sets, `flushDiskType=${FLUSHES[row % FLUSHES.length]}`].map(
      (on): Action => ({ does: 'set', on, atMs: 0 }),
    ),
    ...FAULTS[column]!.actions,
  ],
  says,
  // those that wait for a slave
  neverBad: [4, 5, 6, 7],
  opens: 'cell',
}

export const figure: FigureSource = {
  title: 'What the shop is told',
  question: 'Which status comes when?',
  summary:
    'One order under eight settings, with a good or slow disk and a good, silent or dead slave; each cell says the status that the shop was told.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    statuses: {
      title: 'One order, 32 runs. ✓ the master knew of a copy, ✕ it did not',
      from: STEP.sell,
      to: STEP.billing,
      view: 'grid',
      cast: ['master', 'slave', 'shop'],
      tells: ['record.appended', 'ha.acked', 'message.sent'],
      shows: { grid: 'statuses' },
    },
    cell: {
      title: 'One cell of the matrix as a run',
      from: STEP.sell,
      view: 'stage',
      cast: ['master', 'slave', 'shop', 'billing'],
      tells: ['app.called', 'record.appended', 'log.flushed', 'ha.acked', 'message.sent', 'message.consumed'],
    },
  },
  grids: { statuses: grid },
  offers: {
    options: [...new Set(ROLES.flatMap(({ sets }) => sets)), ...FLUSHES.map((flush) => `flushDiskType=${flush}`)],
  },
  seed: 3,
  lengthMs: 24_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster, settings: readonly string[] = []): Promise<void> {
  const role = `brokerRole=${chosen(settings, 'brokerRole', 'SYNC_MASTER')}`
  const replicas = `inSyncReplicas=${chosen(settings, 'inSyncReplicas', settings.length === 0 ? '2' : '1')}`
  await open(cluster, [...settings, role, replicas], [PATIENT])
  await until(cluster, 6_000)
  cluster.step(STEP.before)
  send(cluster, 'shop', 1)
  await until(cluster, SELL_MS)
  cluster.step(STEP.sell)
  send(cluster, 'shop', 2)
  await until(cluster, 18_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}
