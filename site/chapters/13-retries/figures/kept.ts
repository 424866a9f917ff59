/** The naive design: a consumer that keeps a failed order and tries again by itself, and what a restart makes of it. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, CAST, failsForCocoa, open, startBilling } from '../open.ts'

const STEP = {
  sell: 'The shop sells three drinks; the billing keeps the cocoa and tries again',
  more: 'Another order: order-7',
  deploy: 'A new version of the billing is deployed: the old process ends',
  again: 'The new process begins',
  on: 'The new process keeps the cocoa, too',
} as const

export const figure: FigureSource = {
  title: 'Keep it and try again',
  question: 'Why does a consumer not simply keep what it could not process?',
  summary:
    'The billing keeps the cocoa in memory. Its offset stays in front of it, and a restart bills what lay behind it twice.',
  topic: TOPIC,
  cast: CAST,
  instead: [
    {
      replaces: 'reference/client/consumer/listen/send-back.ts',
      by: 'site/chapters/13-retries/naive/send-back.ts',
      says: 'a consumer gives nothing back; it tries again by itself every five seconds.',
    },
  ],
  passages: {
    kept: {
      title: 'The billing keeps order-3. Watch the committed offset, then the ledger',
      from: STEP.sell,
      to: STEP.on,
      view: 'stage',
      cast: [BROKER, 'billing'],
      tells: ['message.consumed', 'offset.committed', 'node.stopped', 'node.started'],
    },
  },
  seed: 2,
  lengthMs: 16_500,
  run: async (cluster) => {
    await open(cluster, failsForCocoa())
    startBilling(cluster)
    await until(cluster, 2_000)
    cluster.step(STEP.sell)
    await sendMany(cluster, 'shop', [2, 4], 100)
    await until(cluster, 8_000)
    cluster.step(STEP.more)
    sendKey(cluster, 'shop', 'order-7')
    await until(cluster, 11_500)
    cluster.step(STEP.deploy)
    void cluster.stop('billing').catch(() => {})
    await until(cluster, 12_500)
    cluster.step(STEP.again)
    void cluster.restart('billing').catch(() => {})
    await until(cluster, 16_000)
    cluster.step(STEP.on)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
