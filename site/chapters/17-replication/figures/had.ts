/** A double write over a link that is 700 ms slower, and a fire: what was answered SEND_OK is on the slave. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, sendMany, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { BURNT, CAST, NAMESRV, open } from '../pair.ts'

const STEP = {
  sell: 'inSyncReplicas=2 over a slow link: six coffees in 600 ms',
  dark: 'The machine of the master burns down, with its disk',
  billing: 'The billing comes, and reads from the slave',
} as const

/** The way from master to slave takes that much longer. */
const SLOWER_MS = 700

export const figure: FigureSource = {
  title: 'What the slave has',
  question: 'May a fire take an order that was answered under a double write?',
  summary:
    'Six orders over a slow link with inSyncReplicas=2; the master burns down, and each order that was answered SEND_OK is on the slave.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    had: {
      title: 'The same night in RocketMQ’s way: the line of SEND_OK never passes the slave’s end',
      from: STEP.sell,
      view: 'log',
      cast: ['master', 'slave'],
      tells: ['record.appended', 'message.sent', 'node.stopped'],
      shows: { strips: 'none', copies: 'gap' },
    },
  },
  seed: 3,
  lengthMs: 24_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['brokerRole=SYNC_MASTER', 'inSyncReplicas=2'], [], ['slaveReadEnable=true'])
  send(cluster, 'shop', 1)
  await until(cluster, 6_000)
  void cluster.inject({ kind: 'link', from: 'master', to: 'slave', delayMs: SLOWER_MS, oneWay: true }).catch(() => {})
  await until(cluster, 7_000)
  cluster.step(STEP.sell)
  await sendMany(cluster, 'shop', [2, 7], 100)
  await until(cluster, 7_920)
  cluster.step(STEP.dark)
  void cluster.powerCut('master', BURNT).catch(() => {})
  await until(cluster, 12_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}
