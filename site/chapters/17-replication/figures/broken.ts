/** A link that breaks while bytes are under way, and comes back: the slave says where its log ends, and the master goes on there. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV, open } from '../pair.ts'

const STEP = {
  sell: 'The shop sells two coffees; the slave copies each order',
  slow: 'The link is slow now; order-3 is sold, and its bytes are under way',
  breaks: 'The link breaks; six coffees are sold',
  heals: 'The link is whole again',
  more: 'One more coffee',
  billing: 'The billing comes',
} as const

/** The way from master to slave takes that much longer before it breaks. */
const SLOWER_MS = 700

export const figure: FigureSource = {
  title: 'A link breaks, and comes back',
  question: 'Where does a slave go on?',
  summary:
    'The connection between master and slave breaks while an order is under way, and six more are sold; when it is back, the slave names the end of its log, and the master sends from there.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    resume: {
      title: 'The gap opens, and closes',
      from: STEP.slow,
      to: STEP.billing,
      view: 'log',
      cast: ['master', 'slave'],
      tells: ['fault.began', 'script.step', 'fault.healed', 'ha.connected', 'ha.transferred', 'ha.acked'],
      shows: { strips: 'none', copies: 'gap' },
    },
  },
  seed: 3,
  lengthMs: 28_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['brokerRole=ASYNC_MASTER'])
  await until(cluster, 6_000)
  cluster.step(STEP.sell)
  await sendMany(cluster, 'shop', [1, 2], 100)
  await until(cluster, 6_600)
  const slow = await cluster.inject({ kind: 'link', from: 'master', to: 'slave', delayMs: SLOWER_MS, oneWay: true })
  cluster.step(STEP.slow)
  await sendMany(cluster, 'shop', [3, 3], 100)
  await until(cluster, 7_000)
  cluster.step(STEP.breaks)
  const broken = await cluster.inject({ kind: 'partition', between: [['master'], ['slave']], held: 'reset' })
  await slow.heal()
  await sendMany(cluster, 'shop', [4, 9], 100)
  await until(cluster, 9_000)
  cluster.step(STEP.heals)
  await broken.heal()
  await until(cluster, 17_000)
  cluster.step(STEP.more)
  await sendMany(cluster, 'shop', [10, 10], 100)
  await until(cluster, 18_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}
