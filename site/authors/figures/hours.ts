/** Five hours in the gallery: an order that fails every time lives for 17,140 s, and only the kinds that tell of it are recorded. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'

const STEP = {
  start: 'Everybody starts',
  orders: 'Five orders come; order-3 will fail every time',
} as const

const FIVE_HOURS_MS = 18_000_000

export const figure: FigureSource = {
  title: 'Five hours of one order',
  question: 'How does a view show a run of hours?',
  summary: 'Four orders are billed at once; the fifth is tried 17 times in 4 hours and 46 minutes, and then given up.',
  topic: TOPIC,
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: 'broker-a', role: 'broker', queues: [`${TOPIC}/0`] },
    { name: 'shop', role: 'producer' },
    { name: 'billing', role: 'consumer', group: 'billing' },
  ],
  passages: {
    lanes: {
      title: 'order-3, from its first try to its last: the time is logarithmic',
      from: STEP.orders,
      view: 'lanes',
      shows: { lane: 'order', scale: 'log', group: 'billing', firstMs: 1_000 },
      tells: ['message.retried', 'message.dead'],
    },
    group: {
      title: 'When the billing was there, and what it was handed',
      from: STEP.start,
      view: 'lanes',
      shows: { lane: 'group', scale: 'log', firstMs: 1_000 },
      tells: ['message.retried', 'message.dead'],
    },
  },
  seed: 2,
  lengthMs: FIVE_HOURS_MS,
  records: [
    'record.appended',
    'message.sent',
    'message.cached',
    'message.consumed',
    'message.retried',
    'message.delayed',
    'message.due',
    'message.dead',
    'queue.assigned',
  ],
  run,
  send: (cluster, key, bytes) => sendKey(cluster, 'shop', key, bytes),
}

async function run(cluster: Cluster): Promise<void> {
  cluster.onDelivery(({ key }) => (key === 'order-3' ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS'))
  cluster.step(STEP.start)
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  startBroker(cluster, 'broker-a', 'namesrv:9876', 1, ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false'])
  await until(cluster, 600)
  start(cluster, 'shop', 'producer', ['namesrvAddr=namesrv:9876', 'group=shop'])
  startConsumer(cluster, 'billing', 'namesrv:9876', 'billing')
  await until(cluster, 2_000)
  cluster.step(STEP.orders)
  await sendMany(cluster, 'shop', [1, 5], 100)
}
