/** The other way round: the shop sends an order and then saves it. It dies in between: billed, and never saved. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, open, PLAIN, SAVE_MS } from '../database.ts'
import { NAIVE } from './gap.ts'

const STEP = {
  sell: 'shop-1 sells order-1: sent, then saved',
  dies: 'shop-1 sends order-2, and dies before it is saved',
  goes: 'shop-2 sells order-3',
  quiet: 'Twenty seconds later',
} as const

export const figure: FigureSource = {
  title: 'Send, then save',
  question: 'What is an order that was sent and never saved?',
  summary:
    'A shop sends each order and then saves it; it is killed between the two, and the billing charges for an order that no database knows.',
  topic: TOPIC,
  cast: PLAIN,
  instead: NAIVE,
  passages: {
    phantom: {
      title: 'Three orders, sent first and then saved. Watch the ledger',
      from: STEP.sell,
      view: 'stage',
      cast: [BROKER, 'shop-1', 'shop-2', 'billing'],
      tells: ['app.handed', 'message.sent', 'message.consumed', 'node.stopped'],
    },
  },
  seed: 3,
  lengthMs: 26_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop-2', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, 'send-first')
  cluster.step(STEP.sell)
  send(cluster, 'shop-1', 1)
  await until(cluster, 4_000)
  cluster.step(STEP.dies)
  send(cluster, 'shop-1', 2)
  await cluster.sleep(SAVE_MS / 2)
  void cluster.kill('shop-1').catch(() => {})
  await until(cluster, 5_000)
  cluster.step(STEP.goes)
  send(cluster, 'shop-2', 3)
  await until(cluster, 25_000)
  cluster.step(STEP.quiet)
}
