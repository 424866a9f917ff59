/**
 * The cure: half messages. order-1 is saved and committed, order-2 is refused and rolled back, order-3 is saved by a shop that dies
 * before it can say so; half a minute later the broker asks the other shop.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, TOPIC, tellMoments, until } from '#site/figures/shop.ts'
import { BROKER, CAST, open, SAVE_MS } from '../database.ts'

/** The steps that the passages of this run begin and end with. */
export const STEP = {
  sell: 'shop-1 sells order-1 in a transaction',
  word: 'order-1 is saved; shop-1 says so',
  refused: 'order-2: the card is not covered',
  dies: 'order-3: shop-1 saves it, and dies',
  waits: 'The broker waits; the billing hears nothing',
  asks: 'The broker looks for open transactions',
  quiet: 'A minute later',
} as const

export const figure: FigureSource = {
  title: 'Three transactions',
  question: 'How do a database and a broker agree on each of three orders?',
  summary:
    'One order is committed, one rolled back, and of the third its shop can say nothing any more; another shop of the group is asked.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    half: {
      title: 'order-1 in the log: a half message, and the whole one',
      from: STEP.sell,
      to: STEP.refused,
      view: 'log',
      cast: [BROKER],
      tells: ['record.appended', 'entry.dispatched', 'transaction.executed', 'message.consumed'],
      shows: { fileBytes: 3_200 },
    },
    end: {
      title: 'END_TRANSACTION, byte by byte',
      from: STEP.word,
      to: STEP.refused,
      view: 'bytes',
      cast: [BROKER, 'shop-1'],
      tells: ['transaction.ended', 'transaction.noted'],
      shows: { event: 'frame END_TRANSACTION' },
    },
    refused: {
      title: 'order-2: the card is refused, and nothing is billed',
      from: STEP.refused,
      to: STEP.dies,
      view: 'log',
      cast: [BROKER, 'shop-1'],
      tells: ['record.appended', 'transaction.executed', 'transaction.ended', 'transaction.noted'],
    },
    done: {
      title: 'Three queues of one log: half, op, Orders',
      from: STEP.refused,
      to: STEP.dies,
      view: 'log',
      cast: [BROKER],
      tells: ['record.appended', 'transaction.ended', 'transaction.noted'],
    },
    copies: {
      title: 'order-3 in the half queue, and its copy',
      from: STEP.asks,
      view: 'log',
      cast: [BROKER],
      tells: ['record.appended', 'transaction.checked', 'transaction.ended', 'transaction.noted'],
    },
    price: {
      title: 'How long order-1 and order-3 are held',
      from: STEP.sell,
      to: STEP.quiet,
      view: 'lanes',
      opens: 'end',
      cast: [BROKER, 'billing'],
      tells: ['transaction.prepared', 'transaction.ended', 'message.consumed'],
      shows: { lane: 'order', group: 'billing', keys: 'order-1,order-3' },
    },
  },
  seed: 3,
  lengthMs: 70_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop-2', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, 'transaction', { refused: ['order-2'] })
  cluster.step(STEP.sell)
  tellMoments(cluster, { 'transaction.executed': STEP.word })
  send(cluster, 'shop-1', 1)
  await until(cluster, 7_000)
  cluster.step(STEP.refused)
  send(cluster, 'shop-1', 2)
  await until(cluster, 11_000)
  cluster.step(STEP.dies)
  send(cluster, 'shop-1', 3)
  await cluster.sleep(SAVE_MS / 2)
  void cluster.kill('shop-1').catch(() => {})
  await until(cluster, 15_000)
  cluster.step(STEP.waits)
  await until(cluster, 30_000)
  cluster.step(STEP.asks)
  await until(cluster, 65_000)
  cluster.step(STEP.quiet)
}
