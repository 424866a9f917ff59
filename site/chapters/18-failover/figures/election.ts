/** One election, step by step: a master is killed, and the controller makes the other replica the master. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { castOf, NAMESRV, open } from '../replicas.ts'

const STEP = {
  sell: 'a is the master: two coffees are sold, and copied',
  dark: 'The process of a is killed',
  billing: 'The billing comes, and reads from b',
} as const

export const figure: FigureSource = {
  title: 'One election',
  question: 'What happens between the death of a master and the first order of the next one?',
  summary:
    'A master is killed; the controller sees its connection close and elects the other replica, which begins an epoch.',
  topic: TOPIC,
  cast: castOf(),
  passages: {
    steps: {
      title: 'The election, step by step',
      from: STEP.dark,
      to: STEP.billing,
      view: 'stage',
      cast: ['controller', 'a', 'b', 'shop'],
      tells: ['node.stopped', 'replica.inactive', 'master.elected', 'role.taken', 'epoch.began'],
    },
  },
  seed: 3,
  lengthMs: 20_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster)
  await sendMany(cluster, 'shop', [1, 2], 300)
  await until(cluster, 9_500)
  cluster.step(STEP.sell)
  await until(cluster, 10_010)
  cluster.step(STEP.dark)
  void cluster.kill('a').catch(() => {})
  await until(cluster, 14_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}
