/**
 * Twenty seconds that nobody explains yet: a master with a slave, the settings as they are by default, and a master's disk that is
 * lost with its machine. Chapter 17 answers the bet.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { NAMESRV } from '../database.ts'

const SMALL = ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false']

const STEP = {
  sell: 'The shop sells three coffees; a slave copies them',
  busy: 'The network between master and slave is busy',
  dark: 'The machine of the master burns down, with its disk',
  promoted: 'An operator starts the slave as a master',
  billing: 'The billing comes, and reads what there is',
} as const

export const figure: FigureSource = {
  title: 'A master, a slave, a fire',
  question: 'How many of the six coffees are billed?',
  summary:
    'A master with a slave acknowledges six orders; its machine is lost, the slave becomes the master, and the billing reads what it has.',
  topic: TOPIC,
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: 'master', role: 'broker', queues: [`${TOPIC}/0`] },
    { name: 'slave', role: 'slave', queues: [`${TOPIC}/0`] },
    { name: 'shop', role: 'producer' },
    { name: 'billing', role: 'consumer', group: 'billing' },
  ],
  passages: {
    twenty: {
      title: 'Six coffees, six times SEND_OK, two copies. Watch the ledger',
      from: STEP.sell,
      view: 'stage',
      cast: ['master', 'slave', 'shop', 'billing'],
      tells: ['message.sent', 'node.stopped', 'node.started', 'queue.assigned'],
    },
  },
  seed: 3,
  lengthMs: 26_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  startBroker(cluster, 'master', NAMESRV, 1, [...SMALL, 'brokerName=pair', 'brokerRole=ASYNC_MASTER'])
  await until(cluster, 400)
  startBroker(cluster, 'slave', NAMESRV, 1, [...SMALL, 'brokerName=pair', 'brokerRole=SLAVE', 'brokerId=1'])
  await until(cluster, 800)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
  await until(cluster, 6_000)
  cluster.step(STEP.sell)
  for (let i = 1; i <= 3; i++) {
    send(cluster, 'shop', i)
    await cluster.sleep(100)
  }
  await until(cluster, 7_000)
  cluster.step(STEP.busy)
  void cluster.inject({ kind: 'link', from: 'master', to: 'slave', delayMs: 700 }).catch(() => {})
  for (let i = 4; i <= 6; i++) {
    send(cluster, 'shop', i)
    await cluster.sleep(100)
  }
  cluster.step(STEP.dark)
  void cluster.powerCut('master').catch(() => {})
  await until(cluster, 10_000)
  cluster.step(STEP.promoted)
  await cluster.stop('slave').catch(() => {})
  startBroker(cluster, 'slave', NAMESRV, 1, [...SMALL, 'brokerName=pair', 'brokerRole=ASYNC_MASTER'])
  await until(cluster, 13_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}
