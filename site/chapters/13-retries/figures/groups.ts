/** The same drinks in two other groups: an orderly one, which waits in place, and a broadcasting one, which does not repeat. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, failsForCocoa, open, startMember } from '../open.ts'

const STEP = { sell: 'Five drinks for a kitchen and a screen; both fail for the cocoa, for six seconds' } as const

const MEND_MS = 10_000

export const figure: FigureSource = {
  title: 'A kitchen and a screen',
  question: 'Which groups give nothing back?',
  summary:
    'The kitchen is orderly: order-3 is tried once a second, and the orders behind it wait. The screen is broadcasting: order-3 is gone.',
  topic: TOPIC,
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: BROKER, role: 'broker', queues: [`${TOPIC}/0`] },
    { name: 'shop', role: 'producer' },
    { name: 'kitchen', role: 'consumer', group: 'kitchen' },
    { name: 'screen', role: 'consumer', group: 'screen' },
  ],
  passages: {
    orderly: {
      title: 'The kitchen: order-3 is tried in place. Watch order-4 and order-5',
      from: STEP.sell,
      view: 'lanes',
      cast: ['kitchen'],
      shows: { lane: 'order', group: 'kitchen', lanes: 'order-1,order-2,order-3,order-4,order-5' },
      tells: ['message.consumed'],
    },
    broadcast: {
      title: 'The screen: order-3 fails once',
      from: STEP.sell,
      view: 'lanes',
      cast: ['screen'],
      shows: { lane: 'order', group: 'screen', lanes: 'order-1,order-2,order-3,order-4,order-5' },
      tells: ['message.consumed'],
    },
  },
  seed: 2,
  lengthMs: 20_000,
  run: async (cluster) => {
    await open(cluster, failsForCocoa(MEND_MS))
    startMember(cluster, 'kitchen', 'kitchen', TOPIC, ['orderly=true'])
    startMember(cluster, 'screen', 'screen', TOPIC, ['messageModel=BROADCASTING'])
    await until(cluster, 4_000)
    cluster.step(STEP.sell)
    await sendMany(cluster, 'shop', [1, 5], 100)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
