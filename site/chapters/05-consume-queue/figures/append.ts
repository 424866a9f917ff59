/** Two orders while the billing waits: what happens behind an append. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { BROKER, open, sell, startBilling } from '../day.ts'

const STEP = {
  one: 'order-1 is sold while the billing waits',
  two: 'order-2 is sold',
} as const

export const figure: FigureSource = {
  title: 'An append, and its entry',
  question: 'What does a broker do behind an append?',
  summary:
    'The billing waits at the broker. Two orders come; each is appended, entered in its queue, answered and handed over.',
  topic: 'Orders',
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: BROKER, role: 'broker', queues: ['Orders/0'] },
    { name: 'shop', role: 'producer' },
    { name: 'billing', role: 'consumer', group: 'billing' },
  ],
  passages: {
    entered: {
      title: 'One record, and its cell',
      from: STEP.one,
      to: STEP.two,
      view: 'log',
      cast: [BROKER],
      tells: ['record.appended', 'entry.dispatched'],
    },
  },
  seed: 5,
  lengthMs: 7_000,
  run,
  send: sell,
}

async function run(cluster: Cluster): Promise<void> {
  open(cluster, { Orders: 1 }, ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false'])
  await until(cluster, 1_000)
  startBilling(cluster)
  await until(cluster, 5_000)
  cluster.step(STEP.one)
  sell(cluster, 'order-1')
  await until(cluster, 6_000)
  cluster.step(STEP.two)
  sell(cluster, 'order-2')
}
