/** How chapter 13 ends: three messages about one order, one queue, no failure. Chapter 14 says what happened. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, CAST, open, startBilling } from '../open.ts'

const STEP = { sell: 'An order is placed, changed and cancelled' } as const

export const figure: FigureSource = {
  title: 'Placed, changed, cancelled',
  question: 'What stands in the book of the billing in the end?',
  summary:
    'Three messages about one order are sent one after the other to one queue, and each is consumed with success.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    twenty: {
      title: 'Three messages, one queue, three times CONSUME_SUCCESS',
      from: STEP.sell,
      view: 'stage',
      cast: [BROKER, 'shop', 'billing'],
      tells: ['message.sent', 'message.cached', 'message.consumed', 'app.handed'],
    },
  },
  seed: 2,
  lengthMs: 20_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

/** What the listener takes for each message: the first has the most work. */
const WORK_MS: Readonly<Record<string, number>> = { placed: 4_000, changed: 1_500, cancelled: 100 }

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ({ key }) => ({ status: 'CONSUME_SUCCESS', afterMs: WORK_MS[key] ?? 0 }))
  startBilling(cluster)
  await until(cluster, 4_000)
  cluster.step(STEP.sell)
  for (const key of Object.keys(WORK_MS)) {
    void cluster.produce('shop', { topic: TOPIC, key, body: `order-9 is ${key}` }).catch(() => {})
    await cluster.sleep(300)
  }
}
