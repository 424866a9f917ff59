/**
 * How chapter 5 ends: twenty seconds that nobody explains. The billing is quick, the disk is not, and the power fails between them.
 * Chapter 6 says what became of the orders.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { BROKER, open, restart, sellMany, startBilling } from '../day.ts'

const STEP = {
  sell: 'Three orders are sold and billed',
  dark: 'The machine of the broker loses power',
  light: 'The power is back; the broker starts again',
  more: 'Three more orders are sold',
} as const

export const figure: FigureSource = {
  title: 'Billed, and gone',
  question: 'What does a billing make of a queue that begins again?',
  summary:
    'Three orders are billed before the disk has them; the power fails, the broker comes back without them, and three more are sold.',
  topic: 'Orders',
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: BROKER, role: 'broker', queues: ['Orders/0'] },
    { name: 'shop', role: 'producer' },
    { name: 'billing', role: 'consumer', group: 'billing' },
  ],
  passages: {
    twenty: {
      title: 'Three orders, a power cut, three more. Watch the ledger',
      from: STEP.sell,
      view: 'log',
      cast: [BROKER, 'shop', 'billing'],
      tells: ['node.stopped', 'log.recovered', 'message.sent', 'message.consumed'],
    },
  },
  seed: 5,
  lengthMs: 40_000,
  run,
  send: (cluster, key) =>
    void cluster.produce('shop', { topic: 'Orders', key, body: key, tag: 'coffee' }).catch(() => {}),
}

async function run(cluster: Cluster): Promise<void> {
  open(cluster, { Orders: 1 }, ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false'])
  await until(cluster, 1_000)
  startBilling(cluster)
  await until(cluster, 14_000)
  cluster.step(STEP.sell)
  await sellMany(cluster, 1, 3, 150)
  await until(cluster, 17_000)
  cluster.step(STEP.dark)
  void cluster.powerCut(BROKER).catch(() => {})
  await until(cluster, 18_000)
  cluster.step(STEP.light)
  restart(cluster)
  await until(cluster, 19_000)
  cluster.step(STEP.more)
  await sellMany(cluster, 4, 6, 150)
}
