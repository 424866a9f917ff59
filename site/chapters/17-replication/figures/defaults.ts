/** SYNC_MASTER with nothing else set, as the configuration files of RocketMQ have it, and a slave that is cut off. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { BURNT, CAST, NAMESRV, open } from '../pair.ts'

const STEP = {
  sell: 'SYNC_MASTER: order-1 is sold, and copied',
  cut: 'The slave is cut off; the shop sells two more',
  dark: 'The machine of the master burns down, with its disk',
  billing: 'The billing comes, and reads from the slave',
} as const

export const figure: FigureSource = {
  title: 'SYNC_MASTER with its defaults',
  question: 'Whose copy does a SYNC_MASTER wait for?',
  summary: 'A SYNC_MASTER of 5.x with the default inSyncReplicas=1 answers SEND_OK although its slave is cut off.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    defaults: {
      title: 'SYNC_MASTER, a slave that is cut off: where does the line of SEND_OK stand?',
      from: STEP.sell,
      view: 'log',
      cast: ['master', 'slave'],
      tells: ['record.appended', 'fault.began', 'message.sent', 'node.stopped'],
      shows: { strips: 'none', copies: 'gap' },
    },
  },
  seed: 3,
  lengthMs: 24_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['brokerRole=SYNC_MASTER'], [], ['slaveReadEnable=true'])
  send(cluster, 'shop', 1)
  await until(cluster, 6_000)
  cluster.step(STEP.sell)
  await until(cluster, 7_000)
  cluster.step(STEP.cut)
  const cut = { kind: 'link', from: 'master', to: 'slave', hold: true, oneWay: true } as const
  void cluster.inject(cut).catch(() => {})
  send(cluster, 'shop', 2)
  await cluster.sleep(200)
  send(cluster, 'shop', 3)
  await until(cluster, 8_000)
  cluster.step(STEP.dark)
  void cluster.powerCut('master', BURNT).catch(() => {})
  await until(cluster, 11_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}
