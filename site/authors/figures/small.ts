/** The small cast of the gallery: one broker, one queue. The log rolls, the power fails, an order is given back. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, sendMany, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { takenOf } from '../verdicts.ts'

const STEP = {
  start: 'Everybody starts',
  orders: 'Orders come, and the log rolls',
  quiet: 'The shop is quiet for a while',
  power: 'The power fails at broker-a',
  back: 'broker-a is back',
  end: 'Nothing more happens',
} as const

const MOMENTS_MS = [2_200, 2_500, 2_900, 3_200, 3_420, 3_600]
const FLUSHES = ['ASYNC_FLUSH', 'SYNC_FLUSH']

export const figure: FigureSource = {
  title: 'One broker, one queue',
  question: 'How does each view show the smallest cluster?',
  summary: 'Nineteen orders, a log of small files, a power cut, and one order that comes back.',
  topic: TOPIC,
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: 'broker-a', role: 'broker', queues: [`${TOPIC}/0`] },
    { name: 'shop', role: 'producer' },
    { name: 'billing', role: 'consumer', group: 'billing' },
  ],
  passages: {
    stage: {
      title: 'Who is there',
      from: STEP.orders,
      to: STEP.back,
      view: 'stage',
      tells: ['node.stopped', 'log.flushed'],
    },
    log: {
      title: 'Two files; what was not flushed is gone after the power cut',
      from: STEP.orders,
      to: STEP.end,
      view: 'log',
      tells: ['log.rolled', 'log.flushed', 'node.stopped', 'log.recovered'],
    },
    lanes: {
      title: 'Who reads queue 0',
      from: STEP.start,
      view: 'lanes',
      shows: { lane: 'queue' },
      tells: ['queue.assigned', 'node.stopped'],
    },
    orders: {
      title: 'Every order from send() to its end',
      from: STEP.orders,
      to: STEP.quiet,
      view: 'lanes',
      shows: { lane: 'order' },
      tells: ['app.called', 'message.delayed', 'message.due'],
    },
    owners: {
      title: 'Who owns which queue, and which orders come twice',
      from: STEP.start,
      view: 'owners',
      tells: ['queue.assigned', 'queue.released', 'node.stopped'],
    },
    plot: {
      title: 'Records not yet on disk',
      from: STEP.start,
      view: 'plot',
      shows: { what: 'unflushed' },
      tells: ['log.flushed', 'node.stopped', 'log.recovered'],
    },
    bytes: {
      title: 'A send, byte by byte',
      from: STEP.orders,
      view: 'bytes',
      shows: { event: 'frame SEND_MESSAGE_V2' },
      tells: ['message.sending', 'log.flushed'],
    },
    'space-time': {
      title: 'One order on its way',
      from: STEP.orders,
      to: STEP.quiet,
      view: 'space-time',
      cast: ['broker-a', 'shop', 'billing'],
      tells: ['record.appended', 'message.consumed'],
    },
    grid: {
      title: 'The power fails at one of six moments: are the records still there?',
      from: STEP.start,
      view: 'grid',
      shows: { grid: 'power' },
      tells: ['node.stopped', 'log.recovered', 'log.rolled'],
    },
  },
  grids: {
    power: {
      rows: { title: 'power cut at', labels: MOMENTS_MS.map((ms) => `${ms / 1_000} s`) },
      columns: { title: 'flushDiskType', labels: FLUSHES },
      actions: (row, column) => [
        { does: 'set', on: `flushDiskType=${FLUSHES[column]}`, atMs: 0 },
        { does: 'powercut', on: 'broker-a', atMs: MOMENTS_MS[row]! },
        { does: 'restart', on: 'broker-a', atMs: MOMENTS_MS[row]! + 1_000 },
      ],
      says: takenOf,
      opens: 'log',
      lengthMs: 10_000,
    },
  },
  seed: 4,
  lengthMs: 30_000,
  run,
  send: (cluster, key, bytes) => sendKey(cluster, 'shop', key, bytes),
}

async function run(cluster: Cluster, settings: readonly string[]): Promise<void> {
  const namesrv = 'namesrv:9876'
  cluster.onDelivery(({ key, reconsumeTimes }) =>
    key === 'order-4' && reconsumeTimes === 0 ? { status: 'RECONSUME_LATER', delayLevel: 1 } : 'CONSUME_SUCCESS',
  )
  cluster.step(STEP.start)
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  startBroker(cluster, 'broker-a', namesrv, 1, [
    'mappedFileSizeCommitLog=4096',
    'maxHashSlotNum=20',
    'maxIndexNum=80',
    ...settings,
  ])
  await until(cluster, 600)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${namesrv}`, 'group=shop'])
  startConsumer(cluster, 'billing', namesrv, 'billing')
  await until(cluster, 2_000)
  cluster.step(STEP.orders)
  await sendMany(cluster, 'shop', [1, 16], 90)
  await until(cluster, 4_000)
  cluster.step(STEP.quiet)
  await until(cluster, 11_900)
  send(cluster, 'shop', 17)
  await until(cluster, 12_000)
  send(cluster, 'shop', 18)
  await until(cluster, 12_050)
  cluster.step(STEP.power)
  void cluster.powerCut('broker-a').catch(() => {})
  await until(cluster, 15_000)
  cluster.step(STEP.back)
  void cluster.restart('broker-a').catch(() => {})
  await until(cluster, 22_000)
  send(cluster, 'shop', 19)
  await until(cluster, 26_000)
  cluster.step(STEP.end)
}
