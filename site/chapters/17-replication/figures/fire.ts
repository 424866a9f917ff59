/**
 * Chapter 17's wound: a master with a slave and the settings of every day; a cable is loose for three seconds, nobody notices, and
 * then the master's machine burns down.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { BURNT, CAST, NAMESRV, open } from '../pair.ts'

const STEP = {
  sell: 'The shop sells nine coffees; the slave copies each order',
  loose: 'The cable between master and slave is loose; 31 coffees are sold',
  dark: 'The machine of the master burns down, with its disk',
  billing: 'The billing comes, and reads from the slave',
} as const

export const COPIED = 9
export const ALONE = 31

export const figure: FigureSource = {
  title: 'The master’s disk is gone',
  question: 'What does SEND_OK say about the copy?',
  summary:
    'A master acknowledges 40 orders; 31 of them while the cable to its slave is loose. Its machine is lost, and the slave has nine.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    wound: {
      title: 'Forty times SEND_OK. Watch the ledger',
      from: STEP.sell,
      view: 'stage',
      cast: ['master', 'slave', 'shop', 'billing'],
      tells: ['script.step', 'fault.began', 'node.stopped', 'queue.assigned'],
    },
    gap: {
      title: 'One axis, two logs: what the master alone has',
      from: STEP.sell,
      to: STEP.billing,
      view: 'log',
      opens: 'end',
      cast: ['master', 'slave'],
      tells: ['script.step', 'fault.began', 'node.stopped', 'log.flushed'],
      shows: { strips: 'none', copies: 'gap' },
    },
  },
  seed: 3,
  lengthMs: 26_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

// #region replication-fire
async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['brokerRole=ASYNC_MASTER'], [], ['slaveReadEnable=true'])
  await until(cluster, 6_000)
  cluster.step(STEP.sell)
  await sendMany(cluster, 'shop', [1, COPIED], 200)
  await until(cluster, 8_000)
  cluster.step(STEP.loose)
  const loose = { kind: 'link', from: 'master', to: 'slave', hold: true, oneWay: true } as const
  void cluster.inject(loose).catch(() => {})
  await sendMany(cluster, 'shop', [COPIED + 1, COPIED + ALONE], 80)
  await until(cluster, 11_000)
  cluster.step(STEP.dark)
  void cluster.powerCut('master', BURNT).catch(() => {})
  await until(cluster, 14_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}
// #endregion replication-fire
