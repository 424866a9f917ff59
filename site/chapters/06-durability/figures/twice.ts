/**
 * How chapter 6 ends: twenty seconds that nobody explains. Two brokers, SYNC_FLUSH, one coffee; the first broker is killed
 * while it waits for its disk. Chapter 7 says what the producer did.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { NAMESRV, SMALL } from './cut.ts'

const STEP = {
  sell: 'The shop sells one coffee',
  dark: 'The broker that has it is killed while it waits for its disk',
  light: 'It starts again',
  billing: 'The billing comes',
} as const

const BROKERS = ['broker-a', 'broker-b'] as const

export const figure: FigureSource = {
  title: 'One coffee, two brokers',
  question: 'How often is it billed?',
  summary: 'Two brokers with SYNC_FLUSH; the one that has the order is killed before it answers, and comes back.',
  topic: TOPIC,
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: 'broker-a', role: 'broker', queues: [`${TOPIC}/0`] },
    { name: 'broker-b', role: 'broker', queues: [`${TOPIC}/0`] },
    { name: 'producer', role: 'producer' },
    { name: 'consumer', role: 'consumer', group: 'billing' },
  ],
  passages: {
    twenty: {
      title: 'One coffee, one SEND_OK. Watch the ledger',
      from: STEP.sell,
      view: 'stage',
      cast: ['broker-a', 'broker-b', 'producer', 'consumer'],
      tells: ['app.called', 'record.appended', 'node.stopped', 'message.sent', 'node.started', 'queue.assigned'],
    },
  },
  seed: 5,
  lengthMs: 24_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'producer', key),
}

async function run(cluster: Cluster): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  for (const name of BROKERS) startBroker(cluster, name, NAMESRV, 1, [...SMALL, 'flushDiskType=SYNC_FLUSH'])
  await until(cluster, 800)
  start(cluster, 'producer', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])

  await until(cluster, 3_000)
  cluster.step(STEP.sell)
  for (const node of BROKERS)
    void cluster.inject({ kind: 'disk', node, fails: 'slowSync', delayMs: 300 }).catch(() => {})
  send(cluster, 'producer', 1)
  await until(cluster, 3_100)
  cluster.step(STEP.dark)
  // The queue is the producer's choice; on the text's seed it is one of broker-a.
  void cluster.kill('broker-a').catch(() => {})

  await until(cluster, 5_000)
  cluster.step(STEP.light)
  void cluster.restart('broker-a').catch(() => {})
  await until(cluster, 8_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'consumer', NAMESRV, 'billing')
}
