/** The large cast of the gallery: three NameServers, three brokers, two groups of two; a broker dies, an order keeps failing. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { failedOf } from '../verdicts.ts'

const STEP = {
  start: 'Everybody starts',
  orders: 'Orders come',
  dies: 'broker-b dies',
  back: 'broker-b is back',
  rest: 'order-3 fails again and again',
} as const

const NAMESRVS = ['namesrv-a', 'namesrv-b', 'namesrv-c']
const BROKERS = ['broker-a', 'broker-b', 'broker-c']
const GROUPS = ['billing', 'mailing']

export const figure: FigureSource = {
  title: 'Three brokers, two groups',
  question: 'How does each view show a larger cluster?',
  summary: 'Orders for two groups; one broker is away for half a minute; one order fails six times.',
  topic: TOPIC,
  cast: [
    ...NAMESRVS.map((name) => ({ name, role: 'namesrv' as const })),
    ...BROKERS.map((name) => ({ name, role: 'broker' as const, queues: [`${TOPIC}/0`] })),
    { name: 'shop', role: 'producer' },
    ...GROUPS.flatMap((group) =>
      ['a', 'b'].map((one) => ({ name: `${group}-${one}`, role: 'consumer' as const, group })),
    ),
  ],
  passages: {
    stage: {
      title: 'Who is there',
      from: STEP.orders,
      to: STEP.dies,
      view: 'stage',
      cast: ['namesrv-a', 'broker-a', 'broker-b', 'shop', 'billing-a', 'billing-b'],
      tells: ['message.sent'],
    },
    log: {
      title: 'Three logs on one axis',
      from: STEP.orders,
      to: STEP.rest,
      view: 'log',
      tells: ['record.appended', 'log.flushed', 'node.stopped'],
    },
    lanes: {
      title: 'Which broker was there, and what it stored',
      from: STEP.start,
      to: STEP.rest,
      view: 'lanes',
      shows: { lane: 'broker' },
      tells: ['node.started', 'node.stopped'],
    },
    queues: {
      title: 'Which member of mailing reads which queue',
      from: STEP.start,
      to: STEP.rest,
      view: 'lanes',
      shows: { lane: 'queue', group: 'mailing' },
      tells: ['queue.assigned', 'queue.released', 'node.stopped'],
    },
    owners: {
      title: 'The same queues, and the orders in hand',
      from: STEP.start,
      to: STEP.rest,
      view: 'owners',
      shows: { group: 'mailing' },
      tells: ['queue.assigned', 'queue.released', 'node.stopped'],
    },
    retries: {
      title: 'order-3, tried again and again: the time is logarithmic',
      from: STEP.orders,
      view: 'lanes',
      shows: { lane: 'order', scale: 'log', group: 'mailing', keys: 'order-2,order-3,order-4,order-5' },
      tells: ['message.retried'],
    },
    plot: {
      title: 'How long a send takes',
      from: STEP.start,
      to: STEP.rest,
      view: 'plot',
      shows: { what: 'latency' },
      tells: ['node.started', 'node.stopped'],
    },
    histogram: {
      title: 'The same times as a histogram',
      from: STEP.start,
      to: STEP.rest,
      view: 'plot',
      shows: { what: 'latency', as: 'histogram' },
      tells: ['node.started', 'node.stopped'],
    },
    percentiles: {
      title: 'How long until an order is consumed, by percentile',
      from: STEP.start,
      to: STEP.rest,
      view: 'plot',
      shows: { what: 'delivery', as: 'percentiles' },
      tells: ['node.started', 'node.stopped'],
    },
    bytes: {
      title: 'A registration, byte by byte',
      from: STEP.start,
      view: 'bytes',
      shows: { event: 'frame REGISTER_BROKER' },
      tells: ['broker.registered', 'node.stopped'],
    },
    'space-time': {
      title: 'A broker tells three NameServers',
      from: STEP.start,
      to: STEP.orders,
      view: 'space-time',
      cast: [...NAMESRVS, 'broker-a', 'shop'],
      tells: ['route.registered'],
    },
    grid: {
      title: 'A NameServer or two die: does an order fail?',
      from: STEP.start,
      to: STEP.rest,
      view: 'grid',
      shows: { grid: 'namesrvs' },
      tells: ['node.stopped'],
    },
  },
  grids: {
    namesrvs: {
      rows: { title: 'NameServers killed', labels: ['one', 'two', 'all three'] },
      columns: { title: 'at', labels: ['0.3 s', '4 s'] },
      actions: (row, column) =>
        NAMESRVS.slice(0, row + 1).map((on) => ({ does: 'kill', on, atMs: [300, 4_000][column]! })),
      says: failedOf,
      opens: 'plot',
      lengthMs: 30_000,
    },
  },
  seed: 3,
  lengthMs: 420_000,
  run,
  send: (cluster, key, bytes) => sendKey(cluster, 'shop', key, bytes),
}

async function run(cluster: Cluster): Promise<void> {
  const namesrv = NAMESRVS.map((name) => `${name}:9876`).join(';')
  cluster.onDelivery(({ key, group, reconsumeTimes }) =>
    key === 'order-3' && group === 'mailing' && reconsumeTimes < 6 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS',
  )
  cluster.step(STEP.start)
  for (const name of NAMESRVS) start(cluster, name, 'namesrv', ['listenPort=9876'])
  for (const name of BROKERS)
    startBroker(cluster, name, namesrv, 1, ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false'])
  await until(cluster, 600)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${namesrv}`, 'group=shop'])
  for (const group of GROUPS) for (const one of ['a', 'b']) startConsumer(cluster, `${group}-${one}`, namesrv, group)
  await until(cluster, 2_000)
  cluster.step(STEP.orders)
  void sendMany(cluster, 'shop', [1, 30], 1_000).catch(() => {})
  await until(cluster, 12_000)
  cluster.step(STEP.dies)
  void cluster.kill('broker-b').catch(() => {})
  await until(cluster, 42_000)
  cluster.step(STEP.back)
  void cluster.restart('broker-b').catch(() => {})
  await until(cluster, 60_000)
  cluster.step(STEP.rest)
}
