/** Two brokers with four queues each, and a billing of two processes whose first heartbeats reach them in different orders. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { CastMember, FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, start, startBroker, TOPIC, until } from '#site/figures/shop.ts'
import { GROUP, join, NAMESRV, TOLD } from './group.ts'

const SMALL = ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false']
const SELL_MS = 16_000
const QUEUES = [0, 1, 2, 3].map((id) => `${TOPIC}/${id}`)

/** Who takes part: two brokers, the shop and two members. */
export const CAST: readonly CastMember[] = [
  { name: 'broker-a', role: 'broker', queues: QUEUES },
  { name: 'broker-b', role: 'broker', queues: QUEUES },
  { name: 'shop', role: 'producer' },
  { name: 'billing-1', role: 'consumer', group: GROUP },
  { name: 'billing-2', role: 'consumer', group: GROUP },
]

export const STEP = {
  sell: 'Two orders every three seconds',
  later: 'Half a minute later',
} as const

/** Starts NameServer, two brokers and the shop. */
export async function openTwo(cluster: Cluster): Promise<void> {
  cluster.onDelivery(() => ({ status: 'CONSUME_SUCCESS', afterMs: 800 }))
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  for (const name of ['broker-a', 'broker-b']) startBroker(cluster, name, NAMESRV, 4, SMALL)
  await until(cluster, 1_200)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
}

/** What both runs of two brokers have in common: everything but whether a member sorts the list. */
export const two: Omit<FigureSource, 'passages' | 'title' | 'question' | 'summary'> = {
  topic: TOPIC,
  cast: CAST,
  seed: 2,
  lengthMs: 70_000,
  records: TOLD,
  run: async (cluster) => {
    await openTwo(cluster)
    await until(cluster, 1_600)
    join(cluster, 'billing-1')
    join(cluster, 'billing-2')
    const slow = await cluster
      .inject({ kind: 'link', from: 'billing-1', to: 'broker-b', delayMs: 40 })
      .catch(() => undefined)
    await until(cluster, 4_000)
    await slow?.heal()
    await until(cluster, SELL_MS)
    cluster.step(STEP.sell)
    const selling = sendMany(cluster, 'shop', [1, 32], 1_500)
    await until(cluster, 48_000)
    cluster.step(STEP.later)
    await selling
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
