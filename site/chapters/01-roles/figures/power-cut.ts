/**
 * How chapter 1 ends: twenty seconds that nobody explains. The broker answers SEND_OK, its machine loses power a moment later,
 * and comes back. Chapter 6 says what happened to the order.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'

const NAMESRV = 'namesrv:9876'
const SMALL = ['mappedFileSizeCommitLog=262144', 'messageIndexEnable=false']

const STEP = {
  sell: 'The shop sells a coffee',
  dark: 'broker-a’s machine loses power',
  light: 'The power is back; broker-a starts again',
} as const

export const figure: FigureSource = {
  title: 'One coffee and a power cut',
  question: 'What did SEND_OK promise?',
  summary: 'One broker acknowledges an order, loses power a moment later and starts again.',
  topic: TOPIC,
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: 'broker-a', role: 'broker', queues: [`${TOPIC}/0`] },
    { name: 'producer', role: 'producer' },
    { name: 'consumer', role: 'consumer', group: 'billing' },
  ],
  passages: {
    dark: {
      title: 'One coffee, SEND_OK, a power cut. Watch the ledger',
      from: STEP.sell,
      view: 'stage',
      cast: ['broker-a', 'producer', 'consumer'],
      tells: ['app.called', 'record.appended', 'message.sent', 'node.stopped', 'node.started', 'queue.assigned'],
    },
  },
  seed: 5,
  lengthMs: 24_000,
  run,
  send: (cluster, key, bytes) => sendKey(cluster, 'producer', key, bytes),
}

async function run(cluster: Cluster): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  startBroker(cluster, 'broker-a', NAMESRV, 1, SMALL)
  await until(cluster, 800)
  start(cluster, 'producer', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])

  await until(cluster, 3_000)
  cluster.step(STEP.sell)
  send(cluster, 'producer', 1)

  await until(cluster, 3_080)
  cluster.step(STEP.dark)
  void cluster.powerCut('broker-a').catch(() => {})

  await until(cluster, 5_000)
  cluster.step(STEP.light)
  void cluster.restart('broker-a').catch(() => {})

  await until(cluster, 6_000)
  startConsumer(cluster, 'consumer', NAMESRV, 'billing')
}
