/** The middle cast of the gallery: two brokers with two queues each, a group of two of whom one comes late and one dies. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { lostOf } from '../verdicts.ts'

const STEP = {
  start: 'Everybody starts',
  orders: 'Orders come',
  joins: 'billing-b joins the group',
  dies: 'billing-a dies',
  more: 'Nobody has noticed yet; more orders come',
  end: 'The run ends',
} as const

const QUEUES = [`${TOPIC}/0`, `${TOPIC}/1`]

const KILLED = ['broker-a', 'broker-b', 'billing-a', 'billing-b']
const KILLS_MS = [2_500, 6_500, 13_000]

export const figure: FigureSource = {
  title: 'Two brokers, two consumers',
  question: 'How does each view show a group that shares four queues?',
  summary: 'A member joins, another one dies; the queues change hands, and for a while nobody reads two of them.',
  topic: TOPIC,
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: 'broker-a', role: 'broker', queues: QUEUES },
    { name: 'broker-b', role: 'broker', queues: QUEUES },
    { name: 'shop', role: 'producer' },
    { name: 'billing-a', role: 'consumer', group: 'billing' },
    { name: 'billing-b', role: 'consumer', group: 'billing' },
  ],
  passages: {
    stage: {
      title: 'Who is there',
      from: STEP.joins,
      to: STEP.dies,
      view: 'stage',
      tells: ['queue.assigned', 'queue.released'],
    },
    log: {
      title: 'Two brokers, two logs, four queues',
      from: STEP.orders,
      to: STEP.joins,
      view: 'log',
      tells: ['record.appended', 'log.flushed'],
    },
    lanes: {
      title: 'Who reads which queue',
      from: STEP.start,
      view: 'lanes',
      shows: { lane: 'queue' },
      tells: ['queue.assigned', 'queue.released', 'node.stopped'],
    },
    group: {
      title: 'The members of billing',
      from: STEP.start,
      view: 'lanes',
      shows: { lane: 'group' },
      tells: ['node.started', 'node.stopped'],
    },
    owners: {
      title: 'Who owns which queue, and which orders come twice',
      from: STEP.start,
      view: 'owners',
      tells: ['queue.assigned', 'queue.released', 'node.stopped'],
    },
    plot: {
      title: 'How far billing is behind',
      from: STEP.start,
      view: 'plot',
      shows: { what: 'lag' },
      tells: ['node.started', 'node.stopped'],
    },
    rates: {
      title: 'What comes in, what is consumed',
      from: STEP.start,
      view: 'plot',
      shows: { what: 'sent,consumed' },
      tells: ['node.started', 'node.stopped'],
    },
    bytes: {
      title: 'A record, byte by byte',
      from: STEP.orders,
      view: 'bytes',
      shows: { event: 'record order-2' },
      tells: ['record.appended'],
    },
    'space-time': {
      title: 'A group finds out that it has changed',
      from: STEP.joins,
      to: STEP.dies,
      view: 'space-time',
      cast: ['broker-a', 'broker-b', 'billing-a', 'billing-b'],
      tells: ['queue.assigned', 'queue.released'],
    },
    grid: {
      title: 'One node dies at one of three moments: is an order lost?',
      from: STEP.start,
      view: 'grid',
      shows: { grid: 'kills' },
      tells: ['node.stopped', 'queue.assigned'],
    },
  },
  grids: {
    kills: {
      rows: { title: 'killed', labels: KILLED },
      columns: { title: 'at', labels: KILLS_MS.map((ms) => `${ms / 1_000} s`) },
      actions: (row, column) => [{ does: 'kill', on: KILLED[row]!, atMs: KILLS_MS[column]! }],
      says: lostOf,
      opens: 'lanes',
      lengthMs: 40_000,
    },
  },
  seed: 5,
  lengthMs: 60_000,
  run,
  send: (cluster, key, bytes) => sendKey(cluster, 'shop', key, bytes),
}

async function run(cluster: Cluster): Promise<void> {
  const namesrv = 'namesrv:9876'
  cluster.step(STEP.start)
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  for (const name of ['broker-a', 'broker-b'])
    startBroker(cluster, name, namesrv, 2, ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false'])
  await until(cluster, 600)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${namesrv}`, 'group=shop'])
  startConsumer(cluster, 'billing-a', namesrv, 'billing')
  await until(cluster, 2_000)
  cluster.step(STEP.orders)
  await sendMany(cluster, 'shop', [1, 12], 250)
  await until(cluster, 6_000)
  cluster.step(STEP.joins)
  startConsumer(cluster, 'billing-b', namesrv, 'billing')
  await until(cluster, 9_000)
  await sendMany(cluster, 'shop', [13, 20], 400)
  await until(cluster, 14_000)
  cluster.step(STEP.dies)
  void cluster.kill('billing-a').catch(() => {})
  await until(cluster, 15_000)
  cluster.step(STEP.more)
  await sendMany(cluster, 'shop', [21, 36], 1_500)
  await until(cluster, 58_000)
  cluster.step(STEP.end)
}
