/** Why one log: what the same orders cost the disk in one file for all, and in a file for each queue. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { start, startConsumer, until } from '#site/figures/shop.ts'
import { BROKER, topicsJson } from '../night.ts'

const NAMESRV = 'namesrv:9876'
/** Queues of the topic, and orders of a wave: one for each queue. */
const QUEUES = 16
const BODY_BYTES = 1_000

const STEP = {
  first: 'Sixteen orders, one for each of sixteen queues',
  second: 'Sixteen more',
  third: 'And sixteen more',
} as const

export const figure: FigureSource = {
  title: 'Sixteen queues, one log',
  question: 'What does it cost the disk to write into one file, or into many?',
  summary: 'A broker with sixteen queues takes three waves of sixteen orders; log and queues are written to the disk.',
  topic: 'Orders',
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: BROKER, role: 'broker' },
    { name: 'shop', role: 'producer' },
    { name: 'consumer', role: 'consumer', group: 'billing' },
  ],
  passages: {
    pages: {
      title: 'Pages that the disk has had to write: for the log, and for the queues',
      from: STEP.first,
      view: 'plot',
      opens: 'end',
      cast: [BROKER, 'shop'],
      tells: ['log.flushed', 'node.stopped'],
      shows: { what: 'pages' },
    },
  },
  seed: 4,
  lengthMs: 6_500,
  records: [
    'record.appended',
    'entry.dispatched',
    'log.flushed',
    'disk.synced',
    'message.sending',
    'message.sent',
    'message.consumed',
    'queue.assigned',
  ],
  run,
  send: (cluster, key) => send(cluster, Number(/\d+$/.exec(key)?.[0] ?? 1)),
}

function send(cluster: Cluster, number: number): void {
  const body = 'one coffee, please; '.repeat(BODY_BYTES / 20)
  void cluster.produce('shop', { topic: 'Orders', key: `order-${number}`, body }).catch(() => {})
}

async function run(cluster: Cluster): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  const args = [
    `namesrvAddr=${NAMESRV}`,
    `brokerName=${BROKER}`,
    'listenPort=10911',
    'mappedFileSizeCommitLog=262144',
    'mappedFileSizeConsumeQueue=6000',
    'messageIndexEnable=false',
  ]
  const files = { 'store/config/topics.json': topicsJson(['Orders'], QUEUES) }
  void cluster.start({ name: BROKER, program: 'broker', args, files }).catch(() => {})
  start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
  let number = 1
  for (const [wave, step] of Object.values(STEP).entries()) {
    await until(cluster, 1_000 + 1_500 * wave)
    cluster.step(step)
    for (let i = 0; i < QUEUES; i++) {
      send(cluster, number++)
      await cluster.sleep(10)
    }
  }
  await until(cluster, 5_100)
  startConsumer(cluster, 'consumer', NAMESRV, 'billing')
  await until(cluster, 5_700)
  void cluster.stop('shop').catch(() => {})
}
