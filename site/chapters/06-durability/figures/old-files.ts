/**
 * Deletion of old files: a broker that keeps nothing longer than it must (`fileReservedTime=0`, and it is always the hour of
 * `deleteWhen`), log files of 4 KiB with three orders each, and a billing that comes too late.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV } from './cut.ts'

const STEP = {
  sell: 'The shop sells eight large orders',
  billing: 'The billing comes, and asks for everything from the beginning',
} as const

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0')).join(';')
const SETTINGS = [
  'mappedFileSizeCommitLog=4096',
  'messageIndexEnable=false',
  'fileReservedTime=0',
  `deleteWhen=${HOURS}`,
]
/** What makes three orders fill a file of 4 KiB. */
const LARGE = 'x'.repeat(1_000)

export const figure: FigureSource = {
  title: 'Old files go',
  question: 'Does a broker ask who has read a message before it deletes it?',
  summary:
    'A broker that keeps its log for zero hours deletes whole files, oldest first, never the last; the billing comes later and finds the rest.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    old: {
      title: 'Whole files go, oldest first, read or not',
      from: STEP.sell,
      view: 'log',
      cast: ['broker-a', 'consumer'],
      tells: ['log.rolled', 'disk.removed', 'message.consumed'],
    },
  },
  seed: 2,
  lengthMs: 36_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'producer', key),
}

async function run(cluster: Cluster): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  startBroker(cluster, 'broker-a', NAMESRV, 1, SETTINGS)
  await until(cluster, 800)
  start(cluster, 'producer', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
  await until(cluster, 3_000)
  cluster.step(STEP.sell)
  for (let i = 1; i <= 8; i++) {
    const order = { topic: TOPIC, key: `order-${i}`, body: LARGE }
    void cluster.produce('producer', order).catch(() => {})
    await cluster.sleep(100)
  }
  await until(cluster, 30_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'consumer', NAMESRV, 'billing')
}
