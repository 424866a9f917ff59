/** Chapter 1's wound: the shop calls the billing, the billing is being restarted, and an order is not billed. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, INSTEAD, open } from '../telephone.ts'

const STEP = {
  sell: 'The shop sells order-1: it calls the billing',
  down: 'The billing is taken down, for a new version',
  missed: 'The shop sells order-2 while the billing is down',
  back: 'The billing starts again',
  next: 'The shop sells order-3',
} as const

export const figure: FigureSource = {
  title: 'The shop calls the billing',
  question: 'What becomes of an order that is sold while the billing is down?',
  summary: 'A shop calls its billing for each of three orders; the billing is down when the second one is sold.',
  topic: TOPIC,
  cast: CAST,
  instead: INSTEAD,
  passages: {
    phone: {
      title: 'Three orders, three calls. Watch the ledger',
      from: STEP.sell,
      view: 'stage',
      tells: ['app.called', 'app.handed', 'node.stopped', 'node.started', 'log.line'],
    },
  },
  seed: 3,
  lengthMs: 8_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster)
  cluster.step(STEP.sell)
  send(cluster, 'shop', 1)
  await until(cluster, 2_000)
  cluster.step(STEP.down)
  void cluster.kill('billing').catch(() => {})
  await until(cluster, 2_700)
  cluster.step(STEP.missed)
  send(cluster, 'shop', 2)
  await until(cluster, 3_500)
  cluster.step(STEP.back)
  void cluster.restart('billing').catch(() => {})
  await until(cluster, 5_000)
  cluster.step(STEP.next)
  send(cluster, 'shop', 3)
}
