/** How chapter 18 ends: a healthy pair, and a disk that is slow for some seconds. Chapter 19 answers the bet. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { atEnd, castOf, NAMESRV, ON_STAGE, open } from '../replicas.ts'

const STEP = {
  sell: 'The shop sells a coffee every 150 ms',
  slow: 'Each sync of the disk of a takes 1.9 s longer',
  after: 'The disk is quick again',
  billing: 'The billing comes',
} as const

const ORDERS = 24
const LENGTH_MS = 22_050

export const figure: FigureSource = {
  title: 'A slow disk',
  question: 'What becomes of the orders that come meanwhile?',
  summary:
    'The disk of a master is slow for some seconds; no node dies and no link breaks. The shop hears errors, and every order is billed once.',
  topic: TOPIC,
  cast: castOf(),
  passages: {
    twenty: {
      title: 'Nothing dies, nothing breaks, no setting is changed. Watch the ledger',
      from: STEP.sell,
      view: 'stage',
      cast: ['a', 'b', 'shop', 'billing'],
      tells: ['script.step', 'fault.began', 'fault.healed'],
    },
  },
  records: ON_STAGE,
  seed: 3,
  lengthMs: LENGTH_MS,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  // as in RocketMQ: what waits for the disk keeps nobody out
  await open(cluster, ['flushDiskType=SYNC_FLUSH', 'glassmqWaitTimeMillsForDisk=0'])
  await until(cluster, 9_000)
  cluster.step(STEP.sell)
  const selling = sendMany(cluster, 'shop', [1, ORDERS], 150)
  await until(cluster, 9_700)
  cluster.step(STEP.slow)
  const slow = await cluster.inject({ kind: 'disk', node: 'a', fails: 'slowSync', delayMs: 1_900 })
  await cluster.sleep(4_000)
  await slow.heal()
  cluster.step(STEP.after)
  await selling
  await until(cluster, 17_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
  await atEnd(cluster, LENGTH_MS)
}
