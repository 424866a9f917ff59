/**
 * How chapter 17 ends: a master is lost for a while, an operator starts its slave as a master, and then the old master is back, on
 * its disk. Chapter 18 answers the bet.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV, open, startMaster } from '../pair.ts'

const STEP = {
  sell: 'Three coffees are sold; the slave has two of the orders',
  dark: 'The process of the master is killed',
  promoted: 'An operator starts the slave as a master; later two coffees are sold',
  back: 'Somebody starts the old master again, on its disk',
  billing: 'The billing comes',
} as const

export const figure: FigureSource = {
  title: 'Two masters of one name',
  question: 'How many of the five coffees are billed?',
  summary:
    'A slave is started as a master while the old one is away; the old one comes back on its disk, with the same name, and the billing reads.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    twenty: {
      title: 'Five coffees, five times SEND_OK, and no disk is lost. Watch the ledger',
      from: STEP.sell,
      view: 'stage',
      cast: ['namesrv', 'master', 'slave', 'shop', 'billing'],
      tells: ['node.stopped', 'node.started', 'message.sent', 'queue.assigned'],
    },
  },
  seed: 3,
  lengthMs: 64_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['brokerRole=ASYNC_MASTER'])
  await until(cluster, 6_000)
  cluster.step(STEP.sell)
  for (let i = 1; i <= 2; i++) {
    send(cluster, 'shop', i)
    await cluster.sleep(200)
  }
  const silent = await cluster.inject({ kind: 'link', from: 'master', to: 'slave', hold: true, oneWay: true })
  send(cluster, 'shop', 3)
  await until(cluster, 6_600)
  cluster.step(STEP.dark)
  void cluster.kill('master').catch(() => {})
  await until(cluster, 9_000)
  cluster.step(STEP.promoted)
  await cluster.stop('slave').catch(() => {})
  await silent.heal()
  startMaster(cluster, [], 'slave')
  await until(cluster, 32_000)
  // another drink than the orders of the old master, so that the picture tells them apart
  void cluster
    .produce('shop', { topic: TOPIC, key: 'order-4', body: 'one juice, please', tag: 'juice' })
    .catch(() => {})
  await cluster.sleep(200)
  send(cluster, 'shop', 5)
  await cluster.sleep(200)
  await until(cluster, 36_000)
  cluster.step(STEP.back)
  void cluster.restart('master').catch(() => {})
  await until(cluster, 40_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}
