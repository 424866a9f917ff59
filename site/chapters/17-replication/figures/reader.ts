/** What a consumer reads from a slave: the master dies, the shop cannot sell, and the billing, started again, reads what it has read. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV, open } from '../pair.ts'

const STEP = {
  sell: 'The shop sells two coffees; they are billed',
  dark: 'The master is killed; order-3 is asked for',
  again: 'The billing is started again, and reads from the slave',
  back: 'The master is back; order-4 is asked for',
} as const

export const figure: FigureSource = {
  title: 'Reading from the slave',
  question: 'What does a slave serve when its master is dead?',
  summary:
    'The master of a pair is killed: sends fail, reads go to the slave; a billing that starts again there is handed orders that it has billed.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    reader: {
      title: 'No master: who can still sell, who can still read?',
      from: STEP.dark,
      view: 'stage',
      cast: ['namesrv', 'master', 'slave', 'shop', 'billing'],
      tells: ['node.stopped', 'node.started', 'message.sent', 'route.removed', 'queue.assigned', 'message.consumed'],
    },
  },
  seed: 3,
  lengthMs: 30_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['brokerRole=ASYNC_MASTER'], [], ['slaveReadEnable=true'])
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
  await until(cluster, 7_000)
  cluster.step(STEP.sell)
  for (let i = 1; i <= 2; i++) {
    send(cluster, 'shop', i)
    await cluster.sleep(100)
  }
  await until(cluster, 9_000)
  cluster.step(STEP.dark)
  void cluster.kill('master').catch(() => {})
  await until(cluster, 10_000)
  send(cluster, 'shop', 3)
  await until(cluster, 16_000)
  cluster.step(STEP.again)
  void cluster.kill('billing').catch(() => {})
  await until(cluster, 17_000)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
  await until(cluster, 24_000)
  cluster.step(STEP.back)
  void cluster.restart('master').catch(() => {})
  await until(cluster, 26_000)
  send(cluster, 'shop', 4)
}
