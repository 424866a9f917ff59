/** A slave that acts as the master: the work that needs no sends goes on, and sends do not. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { CastMember, FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { NAMESRV, ON_STAGE, SMALL, startShop } from '../replicas.ts'

const STEP = {
  sell: 'The shop sells order-1, and order-2 for ten seconds later',
  dark: 'The process of a, the master, is killed',
  more: 'The shop asks to sell order-3',
  back: 'a is started again; the shop sells order-4',
} as const

const CAST: readonly CastMember[] = [
  { name: 'namesrv', role: 'namesrv' },
  { name: 'a', role: 'broker', queues: [`${TOPIC}/0`] },
  { name: 'b', role: 'slave', queues: [`${TOPIC}/0`] },
  { name: 'shop', role: 'producer' },
  { name: 'billing', role: 'consumer', group: 'billing' },
]

export const figure: FigureSource = {
  title: 'A slave acts as the master',
  question: 'What can go on without any election?',
  summary:
    'The master of a plain pair is killed, and its slave acts for it: the billing reads on, sends are refused, and a message that is due waits for the master, because no other broker is there to take it.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    acting: {
      title: 'No election: what goes on, and what does not?',
      from: STEP.sell,
      view: 'stage',
      cast: ['namesrv', 'a', 'b', 'shop', 'billing'],
      tells: ['script.step', 'node.stopped', 'acting.began', 'message.sent', 'message.consumed', 'acting.ended'],
    },
  },
  records: [...ON_STAGE, 'acting.began', 'acting.ended', 'message.delayed', 'message.due'],
  seed: 3,
  lengthMs: 32_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

const startMember = (cluster: Cluster, name: string, role: readonly string[]): void =>
  startBroker(cluster, name, NAMESRV, 1, [
    ...SMALL,
    'brokerName=pair',
    'enableSlaveActingMaster=true',
    'totalReplicas=2',
    'slaveReadEnable=true',
    ...role,
  ])

async function run(cluster: Cluster): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876', 'supportActingMaster=true', 'notifyMinBrokerIdChanged=true'])
  await until(cluster, 200)
  startMember(cluster, 'a', ['brokerRole=ASYNC_MASTER'])
  await until(cluster, 400)
  startMember(cluster, 'b', ['brokerRole=SLAVE', 'brokerId=1'])
  await until(cluster, 800)
  startShop(cluster)
  await until(cluster, 6_000)
  cluster.step(STEP.sell)
  send(cluster, 'shop', 1)
  await cluster.sleep(200)
  const late = { topic: TOPIC, key: 'order-2', body: 'one tea at noon, please', tag: 'tea', delayTimeMs: 10_000 }
  void cluster.produce('shop', late).catch(() => {})
  await until(cluster, 8_000)
  cluster.step(STEP.dark)
  void cluster.kill('a').catch(() => {})
  await until(cluster, 10_000)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
  await until(cluster, 12_000)
  cluster.step(STEP.more)
  send(cluster, 'shop', 3)
  await until(cluster, 20_000)
  cluster.step(STEP.back)
  void cluster.restart('a').catch(() => {})
  await until(cluster, 26_000)
  send(cluster, 'shop', 4)
}
