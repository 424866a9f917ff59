/** A thousand orders at once in the gallery: how many messages a stage can show on their way. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, start, startBroker, TOPIC, until } from '#site/figures/shop.ts'

const STEP = {
  start: 'Everybody starts',
  orders: 'A thousand orders leave in one millisecond',
} as const

const ORDERS = 1_000

export const figure: FigureSource = {
  title: 'A thousand messages',
  question: 'How does the stage show a thousand messages under way?',
  summary: 'Two shops send five hundred orders each in one millisecond, over links that are slow.',
  topic: TOPIC,
  cast: [
    { name: 'broker-a', role: 'broker', queues: [`${TOPIC}/0`] },
    { name: 'broker-b', role: 'broker', queues: [`${TOPIC}/0`] },
    { name: 'shop-a', role: 'producer' },
    { name: 'shop-b', role: 'producer' },
  ],
  passages: {
    stage: {
      title: 'A thousand orders on their way',
      from: STEP.orders,
      view: 'stage',
      tells: ['log.flushed'],
    },
  },
  seed: 1,
  lengthMs: 12_000,
  records: [
    'net.connecting',
    'net.opened',
    'net.closed',
    'frame.sent',
    'net.sent',
    'net.delivered',
    'net.lost',
    'message.sending',
    'message.sent',
    'message.cached',
    'message.consumed',
    'queue.assigned',
    'queue.released',
    'offset.committed',
    'pull.held',
    'pull.woken',
    'route.registered',
    'route.removed',
    'route.updated',
    'record.appended',
    'entry.dispatched',
    'log.flushed',
  ],
  run,
  send: (cluster, key, bytes) => sendKey(cluster, 'shop-a', key, bytes),
}

async function run(cluster: Cluster): Promise<void> {
  cluster.step(STEP.start)
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  for (const name of ['broker-a', 'broker-b'])
    startBroker(cluster, name, 'namesrv:9876', 1, ['messageIndexEnable=false', 'mappedFileSizeCommitLog=2097152'])
  await until(cluster, 600)
  for (const name of ['shop-a', 'shop-b']) start(cluster, name, 'producer', ['namesrvAddr=namesrv:9876', 'group=shop'])
  await until(cluster, 1_000)
  for (const name of ['shop-a', 'shop-b']) send(cluster, name, 1)
  await until(cluster, 2_000)
  for (const from of ['shop-a', 'shop-b'])
    for (const to of ['broker-a', 'broker-b'])
      void cluster.inject({ kind: 'link', from, to, delayMs: 40 }).catch(() => {})
  cluster.step(STEP.orders)
  for (let number = 2; number <= ORDERS; number++) send(cluster, number % 2 === 0 ? 'shop-a' : 'shop-b', number)
}
