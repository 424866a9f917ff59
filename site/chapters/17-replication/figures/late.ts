/** A slave that comes late, with an empty disk: it gets the newest file of the log, and nothing before. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, start, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { BURNT, CAST, NAMESRV, startMaster, startSlave } from '../pair.ts'

const FILE_BYTES = 4_096

const STEP = {
  sell: 'No slave yet: the shop sells 36 coffees',
  slave: 'A slave is started, with an empty disk',
  more: 'Two more coffees',
  dark: 'The machine of the master burns down, with its disk',
  billing: 'The billing comes, and reads from the slave',
} as const

export const figure: FigureSource = {
  title: 'A slave that comes late',
  question: 'How much of the log does an empty slave get?',
  summary:
    'A slave is started empty beside a master whose log has three files; it gets the newest one, and after a fire the orders of the older ones exist nowhere.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    late: {
      title: 'Three files on the master. Which does the slave get?',
      from: STEP.slave,
      view: 'log',
      cast: ['master', 'slave'],
      tells: ['node.started', 'ha.connected', 'ha.transferred', 'ha.acked', 'script.step', 'node.stopped'],
      shows: { strips: 'none', files: 'whole', fileBytes: FILE_BYTES },
    },
  },
  seed: 3,
  lengthMs: 26_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  const files = `mappedFileSizeCommitLog=${FILE_BYTES}`
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  startMaster(cluster, [files])
  await until(cluster, 800)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
  await until(cluster, 2_000)
  cluster.step(STEP.sell)
  await sendMany(cluster, 'shop', [1, 36], 40)
  await until(cluster, 6_000)
  cluster.step(STEP.slave)
  startSlave(cluster, [files, 'slaveReadEnable=true'])
  await until(cluster, 9_000)
  cluster.step(STEP.more)
  await sendMany(cluster, 'shop', [37, 38], 100)
  await until(cluster, 10_000)
  cluster.step(STEP.dark)
  void cluster.powerCut('master', BURNT).catch(() => {})
  await until(cluster, 13_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}
