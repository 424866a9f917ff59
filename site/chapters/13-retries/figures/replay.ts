/** A dead letter, read by another group and sent again after the billing was mended. The group allows two redeliveries. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, failsForCocoa, open, startBilling, startMember } from '../open.ts'

const STEP = {
  sell: 'Two redeliveries are allowed: the shop sells a tea and a cocoa',
  read: 'Somebody reads the dead letters of the billing, in a group of its own',
  mend: 'The price of a cocoa is in the list; order-3 is sent again',
} as const

const DEAD = '%DLQ%billing'
const MEND_MS = 90_000

export const figure: FigureSource = {
  title: 'Read, mend, send again',
  question: 'How does a dead letter come back to life?',
  summary:
    'After two redeliveries the cocoa is a dead letter; another group reads it, the billing is mended, the order is sent again and billed.',
  topic: TOPIC,
  cast: [...CAST, { name: 'rescue', role: 'consumer', group: 'rescue' }],
  passages: {
    replay: {
      title: 'order-3 among the dead letters, and how it comes back',
      from: STEP.sell,
      view: 'lanes',
      shows: {
        lane: 'order',
        group: 'billing',
        lanes: 'order-2,order-3',
        copies: 'order-3',
        topics: 'Orders,SCHEDULE_TOPIC_XXXX,%RETRY%billing,%DLQ%billing',
      },
      tells: ['message.retried', 'message.dead', 'message.consumed', 'script.step'],
    },
  },
  seed: 2,
  lengthMs: 100_000,
  run: async (cluster) => {
    const decide = failsForCocoa(MEND_MS)
    await open(cluster, (one) => (one.group === 'rescue' ? 'CONSUME_SUCCESS' : decide(one)))
    startBilling(cluster, ['maxReconsumeTimes=2'])
    await until(cluster, 2_000)
    cluster.step(STEP.sell)
    await sendMany(cluster, 'shop', [2, 3], 100)
    await until(cluster, 60_000)
    cluster.step(STEP.read)
    startMember(cluster, 'rescue', 'rescue', DEAD)
    await until(cluster, MEND_MS)
    cluster.step(STEP.mend)
    sendKey(cluster, 'shop', 'order-3')
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
