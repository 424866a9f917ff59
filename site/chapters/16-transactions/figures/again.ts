/**
 * A transaction that is committed twice: the broker dies after the commit and before it has noted the end, and looks for no outcome
 * in its log, as RocketMQ does not.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, CAST, open } from '../database.ts'

const STEP = {
  sell: 'shop-1 sells order-1: committed and billed',
  dies: 'The broker is killed, a second after the commit',
  back: 'The broker starts again',
} as const

export const figure: FigureSource = {
  title: 'Committed twice',
  question: 'What does a broker know of a transaction whose end it had not noted when it died?',
  summary:
    'A broker commits order-1 and is killed before its op message; after the restart it asks the shop, and commits order-1 again.',
  topic: TOPIC,
  cast: CAST,
  instead: [
    {
      replaces: 'reference/broker/transaction/outcomes-in-log.ts',
      by: 'site/chapters/16-transactions/naive/outcomes-in-log.ts',
      says: 'a broker that starts does not search its log for transactions that have ended, as RocketMQ does not.',
    },
  ],
  passages: {
    again: {
      title: 'One sale, one save, one transaction. Watch the ledger',
      from: STEP.sell,
      view: 'stage',
      cast: [BROKER, 'shop-1', 'shop-2', 'billing'],
      tells: [
        'transaction.ended',
        'message.consumed',
        'node.stopped',
        'node.started',
        'transaction.checked',
        'transaction.answered',
      ],
    },
  },
  seed: 3,
  lengthMs: 42_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop-2', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, 'transaction')
  cluster.step(STEP.sell)
  send(cluster, 'shop-1', 1)
  await until(cluster, 4_000)
  cluster.step(STEP.dies)
  void cluster.kill(BROKER).catch(() => {})
  await until(cluster, 5_000)
  cluster.step(STEP.back)
  void cluster.restart(BROKER).catch(() => {})
}
