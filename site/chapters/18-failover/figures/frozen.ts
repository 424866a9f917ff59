/** A failover in which the master does not end: it stands still for half a minute, and its connections stay open. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { atEnd, castOf, NAMESRV, open, RECORDED } from '../replicas.ts'

const STEP = {
  sell: 'The shop sells a coffee every second; a is the master',
  still: 'The machine of a stands still; its connections stay open',
  awake: 'a goes on, and does not know how long it was away',
  asked: 'The shop has asked for its last coffee',
  billing: 'The billing comes',
} as const

const ORDERS = 34
const LENGTH_MS = 60_000

export const figure: FigureSource = {
  title: 'A master that stands still',
  question: 'How long does a controller wait for a master that says nothing?',
  summary:
    'A master stands still with its connections open; the controller hears no heartbeat for ten seconds, and elects the other replica. The old master wakes up and is a slave.',
  topic: TOPIC,
  cast: castOf(),
  passages: {
    frozen: {
      title: 'Nothing breaks, nothing answers. When is b elected?',
      from: STEP.sell,
      to: STEP.billing,
      view: 'lanes',
      opens: 'end',
      cast: ['controller', 'namesrv', 'a', 'b', 'shop'],
      tells: [
        'script.step',
        'fault.began',
        'replica.inactive',
        'master.elected',
        'role.taken',
        'route.fenced',
        'route.updated',
      ],
      shows: { lane: 'master' },
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
  cluster.step(STEP.still)
  const still = await cluster.inject({ kind: 'pause', node: 'a' })
  await until(cluster, 42_000)
  cluster.step(STEP.awake)
  await still.heal()
  await selling
  await until(cluster, 50_000)
  cluster.step(STEP.asked)
  await until(cluster, 52_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
  await atEnd(cluster, LENGTH_MS)
}
