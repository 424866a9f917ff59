/** Why one log: the same orders cost the disk a few pages in the log, and a page for each queue in the queues' own files. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, start, until } from '#site/figures/shop.ts'
import { BROKER, topicsJson } from '../night.ts'

const NAMESRV = 'namesrv:9876'
/** Queues of the topic, and orders: one for each queue. */
export const QUEUES = 32

const STEP = {
  rush: 'Thirty-two orders, one for each queue',
  disk: 'The disk gets what was written',
} as const

export const figure: FigureSource = {
  title: 'Thirty-two queues, one log',
  question: 'What does it cost to put the same bytes into one file, or into many?',
  summary: 'A broker with thirty-two queues keeps thirty-two orders; log and queues are written to the disk.',
  topic: 'Orders',
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: BROKER, role: 'broker' },
    { name: 'shop', role: 'producer' },
  ],
  passages: {
    pages: {
      title: 'Pages that the disk had to write: for the log, and for the queues',
      from: STEP.rush,
      view: 'plot',
      cast: [BROKER],
      tells: ['log.flushed', 'disk.synced'],
      shows: { what: 'pages' },
    },
  },
  seed: 4,
  lengthMs: 14_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
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
  await until(cluster, 1_000)
  cluster.step(STEP.rush)
  for (let number = 1; number <= QUEUES; number++) {
    send(cluster, 'shop', number)
    await cluster.sleep(20)
  }
  cluster.step(STEP.disk)
}
