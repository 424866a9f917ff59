/** Old log files have been deleted, then the queues go: where does a queue begin that is made again? */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { BROKER, open, restart, sell, startBilling, stop, sweep } from '../day.ts'

const STEP = {
  sell: 'Eight large orders are sold and billed',
  old: 'The broker deletes what is old',
  stop: 'The broker is stopped, and its queues are removed',
  again: 'The broker starts again',
  more: 'order-9 is sold',
} as const

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0')).join(';')
/** Three orders of this size fill a file of the log. */
const BODY_BYTES = 1_000

export const figure: FigureSource = {
  title: 'The beginning of a queue',
  question: 'Which offset has the first entry of a queue that is made again?',
  summary:
    'A broker that keeps its log for zero hours has deleted its first two files; its queue is removed and made again from what is left.',
  topic: 'Orders',
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: BROKER, role: 'broker', queues: ['Orders/0'] },
    { name: 'shop', role: 'producer' },
    { name: 'billing', role: 'consumer', group: 'billing' },
  ],
  passages: {
    begins: {
      title: 'Two files have gone; the queue goes, and comes back',
      from: STEP.old,
      view: 'log',
      cast: [BROKER, 'billing'],
      tells: ['node.stopped', 'disk.removed', 'log.recovered', 'entry.dispatched', 'message.consumed'],
    },
  },
  seed: 5,
  lengthMs: 40_000,
  run,
  send: (cluster, key) => sell(cluster, key, BODY_BYTES),
}

async function run(cluster: Cluster): Promise<void> {
  const keepsNothing = ['mappedFileSizeCommitLog=4096', 'fileReservedTime=0', `deleteWhen=${HOURS}`]
  open(cluster, { Orders: 1 }, [...keepsNothing, 'messageIndexEnable=false'])
  await until(cluster, 1_500)
  cluster.step(STEP.sell)
  startBilling(cluster)
  for (let i = 1; i <= 8; i++) {
    sell(cluster, `order-${i}`, BODY_BYTES)
    await cluster.sleep(100)
  }
  await until(cluster, 9_000)
  cluster.step(STEP.old)
  await until(cluster, 28_000)
  cluster.step(STEP.stop)
  stop(cluster)
  await until(cluster, 30_000)
  sweep(cluster)
  await until(cluster, 31_000)
  cluster.step(STEP.again)
  restart(cluster)
  await until(cluster, 34_000)
  cluster.step(STEP.more)
  sell(cluster, 'order-9', BODY_BYTES)
}
