/** A shop that calls until it has an answer: it keeps an order while the billing is down, and has another one charged twice. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, INSTEAD, open } from '../telephone.ts'

const STEP = {
  down: 'The billing is down',
  missed: 'The shop sells order-1 and calls again and again',
  back: 'The billing starts again',
  charged: 'The shop sells order-2',
  dies: 'The billing has charged for order-2, and dies at its receipt',
  again: 'The billing starts once more, and the shop calls again',
} as const

export const figure: FigureSource = {
  title: 'The shop calls again',
  question: 'What does it cost to call until an answer comes?',
  summary: 'A shop calls its billing until it has an answer; the billing dies between a charge and its answer.',
  topic: TOPIC,
  cast: CAST,
  instead: INSTEAD,
  passages: {
    again: {
      title: 'The shop calls until it has an answer. Watch the ledger',
      from: STEP.missed,
      view: 'stage',
      tells: ['app.called', 'app.handed', 'node.stopped', 'node.started'],
    },
  },
  seed: 3,
  lengthMs: 9_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['again=true'])
  cluster.step(STEP.down)
  void cluster.kill('billing').catch(() => {})
  await until(cluster, 1_500)
  cluster.step(STEP.missed)
  send(cluster, 'shop', 1)
  await until(cluster, 3_200)
  cluster.step(STEP.back)
  void cluster.restart('billing').catch(() => {})
  await until(cluster, 5_000)
  cluster.step(STEP.charged)
  send(cluster, 'shop', 2)
  await until(cluster, 5_015)
  cluster.step(STEP.dies)
  void cluster.kill('billing').catch(() => {})
  await until(cluster, 5_800)
  cluster.step(STEP.again)
  void cluster.restart('billing').catch(() => {})
}
