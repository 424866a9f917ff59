/**
 * A transaction of which nobody knows how it ended: every question is answered UNKNOW, and after fifteen the broker gives it up. A
 * run of nine minutes; of the frames nothing is recorded.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, CAST, GIVEN_UP, HALF, OP, open } from '../database.ts'

const STEP = {
  sell: 'shop-1 sells order-1, and does not know how it ended',
  near: 'Thirteen times UNKNOW',
} as const

export const figure: FigureSource = {
  title: 'Fifteen questions',
  question: 'How long does a broker ask?',
  summary:
    'A shop answers UNKNOW to every question; the broker asks fifteen times, every thirty seconds, and then puts the message aside.',
  topic: TOPIC,
  cast: CAST.map((one) =>
    one.name === BROKER ? { ...one, queues: [`${TOPIC}/0`, `${HALF}/0`, `${OP}/0`, `${GIVEN_UP}/0`] } : one,
  ),
  passages: {
    given: {
      title: 'Every question is a copy. The fifteenth is the last',
      from: STEP.near,
      view: 'log',
      shows: { files: 'whole', fileBytes: 8_000 },
      cast: [BROKER, 'shop-1', 'shop-2'],
      tells: ['transaction.checked', 'transaction.answered', 'transaction.ended', 'record.appended'],
    },
  },
  records: [
    'net.closed',
    'record.appended',
    'entry.dispatched',
    'log.flushed',
    'log.recovered',
    'message.sent',
    'message.consumed',
    'transaction.prepared',
    'transaction.checked',
    'transaction.answered',
    'transaction.ended',
    'transaction.noted',
    'transaction.executed',
  ],
  seed: 3,
  lengthMs: 500_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop-2', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, 'transaction', { unknown: ['order-1'] })
  cluster.step(STEP.sell)
  send(cluster, 'shop-1', 1)
  await until(cluster, 400_000)
  cluster.step(STEP.near)
}
