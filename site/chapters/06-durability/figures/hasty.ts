/**
 * The naive group commit: a sync that ends answers everybody who waits. A power cut soon afterwards takes orders that were
 * answered SEND_OK under SYNC_FLUSH.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV, open } from './cut.ts'

const STEP = {
  sell: 'Six coffees within 60 milliseconds; a sync takes 40',
  dark: 'The machine loses power while the second sync runs',
  light: 'The power is back',
  billing: 'The billing comes',
} as const

export const figure: FigureSource = {
  title: 'Everybody who waits is answered',
  question: 'What is wrong with answering all who wait when a sync ends?',
  summary:
    'A broker with SYNC_FLUSH and a hasty group commit answers orders that came during a sync, and a power cut takes them.',
  topic: TOPIC,
  cast: CAST,
  instead: [
    {
      replaces: 'reference/store/group-commit.ts',
      by: 'site/chapters/06-durability/naive/group-commit.ts',
      says: 'a sync that ends answers everybody who waits.',
    },
  ],
  passages: {
    hasty: {
      title: 'The shortcut: who came during the sync is answered with it',
      from: STEP.sell,
      view: 'stage',
      cast: ['broker-a', 'producer', 'consumer'],
      tells: ['log.flushed', 'message.sent', 'node.stopped', 'log.recovered', 'queue.assigned'],
    },
  },
  seed: 12,
  lengthMs: 14_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'producer', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['flushDiskType=SYNC_FLUSH'])
  send(cluster, 'producer', 1)
  await until(cluster, 4_000)
  const slow = await cluster.inject({ kind: 'disk', node: 'broker-a', fails: 'slowSync', delayMs: 38 })
  cluster.step(STEP.sell)
  for (let i = 2; i <= 7; i++) {
    send(cluster, 'producer', i)
    await cluster.sleep(10)
  }
  await until(cluster, 4_070)
  cluster.step(STEP.dark)
  void cluster.powerCut('broker-a').catch(() => {})
  await slow.heal()
  await until(cluster, 6_000)
  cluster.step(STEP.light)
  void cluster.restart('broker-a').catch(() => {})
  await until(cluster, 9_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'consumer', NAMESRV, 'billing')
}
