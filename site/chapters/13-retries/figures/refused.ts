/** Giving back fails, because the broker is not there: the consumer hands the order to its listener again five seconds later. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, CAST, isCocoa, open, startBilling } from '../open.ts'

const STEP = {
  sell: 'The shop sells three drinks; the billing works on the cocoa for two seconds',
  dark: 'The broker is killed while the billing works',
  light: 'The broker starts again',
  on: 'The cocoa is with the broker',
} as const

export const figure: FigureSource = {
  title: 'Nobody takes it back',
  question: 'What happens when an order cannot be given back?',
  summary:
    'The broker is gone when the billing wants to give the cocoa back; the billing tries it again by itself until the broker is there.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    refused: {
      title: 'order-3 fails, and there is no broker to give it back to',
      from: STEP.sell,
      to: STEP.on,
      view: 'lanes',
      shows: { lane: 'order', group: 'billing', lanes: 'order-1,order-2,order-3' },
      tells: ['message.consumed', 'message.retried', 'node.stopped', 'node.started'],
    },
  },
  seed: 2,
  lengthMs: 46_000,
  run: async (cluster) => {
    await open(cluster, ({ body, reconsumeTimes }) =>
      isCocoa(body) ? { status: 'RECONSUME_LATER', afterMs: reconsumeTimes === 0 ? 2_000 : 0 } : 'CONSUME_SUCCESS',
    )
    startBilling(cluster)
    await until(cluster, 4_000)
    cluster.step(STEP.sell)
    await sendMany(cluster, 'shop', [1, 3], 100)
    await until(cluster, 5_000)
    cluster.step(STEP.dark)
    void cluster.kill(BROKER).catch(() => {})
    await until(cluster, 25_000)
    cluster.step(STEP.light)
    void cluster.restart(BROKER).catch(() => {})
    await until(cluster, 45_000)
    cluster.step(STEP.on)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
