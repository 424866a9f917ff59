/** An index of eight slots: orders are found by their keys, two of which have the same hash; then the broker is killed. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { start, until } from '#site/figures/shop.ts'
import { BROKER, kill, NAMESRV, open, restart, sell, startBilling } from '../day.ts'

const STEP = {
  sell: 'Three orders are sold',
  twins: 'Two customers use vouchers: order-Aa, order-BB',
  ask: 'The support asks for order-Aa',
  id: 'The support asks for an id',
  kill: 'The broker is killed',
  again: 'The broker starts again',
  late: 'The support asks for order-1',
} as const

/** Slots and items of an index file. In production there are 5,000,000 and 20,000,000. */
const SIZES = ['maxHashSlotNum=8', 'maxIndexNum=40']
const SLOTS = { strips: 'none', slots: 8 } as const

export const figure: FigureSource = {
  title: 'Found by its key',
  question: 'How does a broker find one order by its key, without reading its log?',
  summary:
    'Five orders are entered in an index of eight slots. Two keys have the same hash; the support is answered with the right one. After a kill the index is made again.',
  topic: 'Orders',
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: BROKER, role: 'broker', queues: ['Orders/0'] },
    { name: 'shop', role: 'producer' },
    { name: 'support', role: 'producer' },
    { name: 'billing', role: 'consumer', group: 'billing' },
  ],
  passages: {
    slots: {
      title: 'Each key gets an item; the slot of its hash leads to the newest one',
      from: STEP.sell,
      to: STEP.ask,
      view: 'log',
      cast: [BROKER],
      tells: ['entry.dispatched', 'disk.written'],
      shows: SLOTS,
    },
    twins: {
      title: 'The way to order-Aa: a slot, and along its chain',
      from: STEP.ask,
      to: STEP.id,
      view: 'log',
      cast: [BROKER, 'support'],
      tells: ['app.called', 'net.sent', 'app.answered'],
      shows: { ...SLOTS, key: 'order-Aa' },
    },
    ids: {
      title: 'What the broker answers when it has kept order-1',
      from: STEP.sell,
      to: STEP.twins,
      view: 'bytes',
      cast: [BROKER, 'shop'],
      tells: ['record.appended', 'message.sent'],
      shows: { event: 'answer SEND_MESSAGE_V2' },
    },
    died: {
      title: 'A kill takes the newest index file; the start makes it again',
      from: STEP.kill,
      view: 'log',
      cast: [BROKER, 'support'],
      tells: ['node.stopped', 'disk.removed', 'log.recovered', 'disk.written', 'app.called', 'app.answered'],
      shows: SLOTS,
    },
  },
  seed: 5,
  lengthMs: 14_000,
  run,
  send: sell,
}

async function run(cluster: Cluster): Promise<void> {
  open(cluster, { Orders: 1 }, ['mappedFileSizeCommitLog=65536', ...SIZES])
  start(cluster, 'support', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=support'])
  await until(cluster, 1_000)
  cluster.step(STEP.sell)
  for (const key of ['order-1', 'order-2', 'order-3']) {
    sell(cluster, key)
    await cluster.sleep(300)
  }
  await until(cluster, 2_500)
  cluster.step(STEP.twins)
  for (const key of ['order-Aa', 'order-BB']) {
    sell(cluster, key)
    await cluster.sleep(300)
  }
  await until(cluster, 5_000)
  cluster.step(STEP.ask)
  find(cluster, 'order-Aa')
  await until(cluster, 6_000)
  cluster.step(STEP.id)
  startBilling(cluster)
  await until(cluster, 9_000)
  cluster.step(STEP.kill)
  kill(cluster)
  await until(cluster, 9_500)
  cluster.step(STEP.again)
  restart(cluster)
  await until(cluster, 12_000)
  cluster.step(STEP.late)
  find(cluster, 'order-1')
}

/** The support asks for an order by its key. */
function find(cluster: Cluster, key: string): void {
  void cluster.call('support', 'query', JSON.stringify({ topic: 'Orders', key })).catch(() => {})
}
