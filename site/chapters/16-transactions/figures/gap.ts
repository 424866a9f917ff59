/**
 * Chapter 16's wound: a shop saves an order in its database and then sends it. It dies in between: saved, and never billed.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource, Replacement } from '#site/figures/kit/types.ts'
import { send, sendKey, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, open, PLAIN, SAVE_MS } from '../database.ts'

/** The shop of the naive runs. */
export const NAIVE: readonly Replacement[] = [
  {
    replaces: 'reference/client/apps/producer.ts',
    by: 'site/chapters/16-transactions/naive/shop.ts',
    says: 'the shop saves each order in its database, and sends it to the broker, one after the other.',
  },
]

const STEP = {
  sell: 'shop-1 sells order-1: saved, then sent',
  dies: 'shop-1 saves order-2, and dies',
  goes: 'shop-2 sells order-3',
  quiet: 'Twenty seconds later',
} as const

export const figure: FigureSource = {
  title: 'Save, then send',
  question: 'What is an order that was saved and never sent?',
  summary:
    'A shop saves each order and then sends it; it is killed between the two, and the billing never hears of order-2.',
  topic: TOPIC,
  cast: PLAIN,
  instead: NAIVE,
  passages: {
    wound: {
      title: 'Three orders, saved first and then sent. Watch the ledger',
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
  await open(cluster, 'save-first')
  cluster.step(STEP.sell)
  send(cluster, 'shop-1', 1)
  await until(cluster, 4_000)
  cluster.step(STEP.dies)
  send(cluster, 'shop-1', 2)
  await cluster.sleep((SAVE_MS * 3) / 4)
  void cluster.kill('shop-1').catch(() => {})
  await until(cluster, 5_000)
  cluster.step(STEP.goes)
  send(cluster, 'shop-2', 3)
  await until(cluster, 25_000)
  cluster.step(STEP.quiet)
}
