/**
 * How chapter 4 ends: twenty seconds that nobody explains. Somebody removes the folder with all the queues, and the broker starts
 * again. Chapter 5 says what happened to the orders.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { SimCluster } from '#reference/host/sim/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER } from '../night.ts'

const NAMESRV = 'namesrv:9876'
const QUEUES = 'store/consumequeue'

const STEP = {
  sell: 'The shop sells six coffees',
  stop: 'The broker is stopped, and the folder of its queues is removed',
  again: 'The broker starts again',
} as const

export const figure: FigureSource = {
  title: 'Six coffees, and no queues',
  question: 'What are the queues without which no consumer finds anything?',
  summary: 'A broker keeps six orders, loses the folder with its queues while it is stopped, and starts again.',
  topic: TOPIC,
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: BROKER, role: 'broker', queues: [`${TOPIC}/0`] },
    { name: 'producer', role: 'producer' },
    { name: 'consumer', role: 'consumer', group: 'billing' },
  ],
  passages: {
    swept: {
      title: 'Six coffees, and the folder of the queues is swept away',
      from: STEP.sell,
      view: 'log',
      cast: [BROKER, 'producer', 'consumer'],
      tells: ['node.stopped', 'disk.removed', 'node.started', 'queue.assigned', 'message.consumed'],
    },
  },
  seed: 5,
  lengthMs: 22_000,
  run,
  send: (cluster, key, bytes) => sendKey(cluster, 'producer', key, bytes),
}

async function run(cluster: Cluster): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  const small = ['mappedFileSizeCommitLog=262144', 'messageIndexEnable=false']
  startBroker(cluster, BROKER, NAMESRV, 1, small)
  await until(cluster, 800)
  start(cluster, 'producer', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])

  await until(cluster, 2_000)
  cluster.step(STEP.sell)
  for (let number = 1; number <= 6; number++) {
    send(cluster, 'producer', number)
    await cluster.sleep(150)
  }
  await until(cluster, 4_000)
  cluster.step(STEP.stop)
  void cluster.stop(BROKER).catch(() => {})
  await until(cluster, 5_000)
  sweep(cluster)

  await until(cluster, 6_000)
  cluster.step(STEP.again)
  void cluster.restart(BROKER).catch(() => {})

  await until(cluster, 7_500)
  startConsumer(cluster, 'consumer', NAMESRV, 'billing')
}

/** Removes the folder, unless the reader has the broker running. */
function sweep(cluster: Cluster): void {
  if (!('removeFolder' in cluster) || cluster.isRunning(BROKER)) return
  try {
    ;(cluster as SimCluster).removeFolder(BROKER, QUEUES)
  } catch {
    // the reader has removed it already, or the broker was never started
  }
}
