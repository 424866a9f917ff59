/** How chapter 15 ends: a shop that saves an order and dies before it sends it. Chapter 16 says what to do about it. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, start, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV, open } from '../open.ts'

const STEP = {
  sell: 'The shop writes order-1 into its database, and sends it',
  saved: 'The shop writes order-2 into its database',
  dead: 'The process of the shop dies',
  again: 'A new process of the shop writes order-3 into the database, and sends it',
} as const

export const figure: FigureSource = {
  title: 'Saved, and then',
  question: 'What becomes of order-2?',
  summary: 'The shop saves and sends two orders; between saving and sending another one its process dies.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    twenty: {
      title: 'Three orders in the database. How many are billed?',
      from: STEP.sell,
      view: 'stage',
      cast: ['shop', 'broker-a', 'billing'],
      tells: ['script.step', 'message.sent', 'message.consumed', 'node.stopped', 'node.started'],
    },
  },
  seed: 2,
  lengthMs: 16_000,
  run: async (cluster) => {
    await open(cluster)
    await until(cluster, 4_000)
    cluster.step(STEP.sell)
    send(cluster, 'shop', 1)
    await until(cluster, 6_000)
    cluster.step(STEP.saved)
    await until(cluster, 6_005)
    cluster.step(STEP.dead)
    void cluster.kill('shop').catch(() => {})
    await until(cluster, 8_000)
    start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
    await until(cluster, 10_000)
    cluster.step(STEP.again)
    send(cluster, 'shop', 3)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
