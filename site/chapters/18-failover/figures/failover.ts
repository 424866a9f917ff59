/** A failover: the master is killed, the controller elects the other replica, and the shop learns of it last. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { atEnd, castOf, NAMESRV, open, RECORDED } from '../replicas.ts'

const STEP = {
  sell: 'The shop sells a coffee every second; a is the master',
  dark: 'The process of a is killed',
  back: 'a is started again, on its disk',
  asked: 'The shop has asked for its last coffee',
  billing: 'The billing comes',
} as const

const ORDERS = 34
const LENGTH_MS = 56_000

export const figure: FigureSource = {
  title: 'A failover',
  question: 'For how long can nobody sell, and whom does that depend on?',
  summary:
    'A master under a controller is killed; the other replica is elected within a fraction of a second, and the shop goes on when it asks the NameServer again.',
  topic: TOPIC,
  cast: castOf(),
  passages: {
    lanes: {
      title: 'Whom each node believes to be the master. Watch the lane of the shop',
      from: STEP.sell,
      to: STEP.billing,
      view: 'lanes',
      opens: 'end',
      cast: ['controller', 'namesrv', 'a', 'b', 'shop'],
      tells: ['script.step', 'node.stopped', 'master.elected', 'role.taken', 'route.registered', 'route.updated'],
      shows: { lane: 'master' },
    },
  },
  tasks: {
    discard: {
      goal: 'Make the cluster discard an order that was answered SEND_OK: no disk is harmed, and both replicas run in the end.',
      pane: 'lanes',
      when: "lost() > 0 && count('log.truncated', {}) > 0 && ended('a') == '' && ended('b') == ''",
      shows: { ask: 'lost()', unit: 'lost' },
      proof: [
        { does: 'hold', on: 'a~b', atMs: 11_000 },
        { does: 'heal', on: '', atMs: 30_000 },
      ],
    },
  },
  records: RECORDED,
  seed: 3,
  lengthMs: LENGTH_MS,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster)
  await until(cluster, 9_000)
  cluster.step(STEP.sell)
  const selling = sendMany(cluster, 'shop', [1, ORDERS], 1_000)
  await until(cluster, 12_010)
  cluster.step(STEP.dark)
  void cluster.kill('a').catch(() => {})
  await until(cluster, 24_000)
  cluster.step(STEP.back)
  void cluster.restart('a').catch(() => {})
  await selling
  await until(cluster, 44_500)
  cluster.step(STEP.asked)
  await until(cluster, 48_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
  await atEnd(cluster, LENGTH_MS)
}
