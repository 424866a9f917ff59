/** What the runs of chapter 17 share: a master and its slave, which copies its log, a shop and a billing. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { CastMember } from '#site/figures/kit/types.ts'
import { start, startBroker, TOPIC, until } from '#site/figures/shop.ts'

export const NAMESRV = 'namesrv:9876'
/** Small files, and no index, which no figure of this chapter shows. */
export const SMALL = ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false'] as const

/** How a machine ends in a fire, with its disk. */
export const BURNT = 'burnt, disk lost'

/** Everybody in a run with one master and one slave. */
export const CAST: readonly CastMember[] = [
  { name: 'namesrv', role: 'namesrv' },
  { name: 'shop', role: 'producer' },
  { name: 'master', role: 'broker', queues: [`${TOPIC}/0`] },
  { name: 'slave', role: 'slave', queues: [`${TOPIC}/0`] },
  { name: 'billing', role: 'consumer', group: 'billing' },
]

/** A setting of the reader's, or the one of the text: `name=value` texts, of which the reader's come first. */
export function chosen(settings: readonly string[], name: string, otherwise: string): string {
  const found = settings.find((text) => text.startsWith(`${name}=`))
  return found === undefined ? otherwise : found.slice(name.length + 1)
}

/** Starts the master of a pair. A setting that stands twice counts as it stands last. */
export function startMaster(cluster: Cluster, settings: readonly string[], name = 'master', pair = 'pair'): void {
  startBroker(cluster, name, NAMESRV, 1, [...SMALL, `brokerName=${pair}`, 'brokerRole=ASYNC_MASTER', ...settings])
}

/** Starts the slave of a pair. */
export function startSlave(cluster: Cluster, settings: readonly string[] = [], name = 'slave', pair = 'pair'): void {
  const own = [`brokerName=${pair}`, 'brokerRole=SLAVE', 'brokerId=1']
  startBroker(cluster, name, NAMESRV, 1, [...SMALL, ...own, ...settings])
}

/** A NameServer, a master, its slave and the shop; all are connected at 6 s. `shop`: settings of the shop's producer. */
export async function open(
  cluster: Cluster,
  settings: readonly string[],
  shop: readonly string[] = [],
  slave: readonly string[] = [],
): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  startMaster(cluster, settings)
  await until(cluster, 400)
  startSlave(cluster, slave)
  await until(cluster, 800)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop', ...shop])
  await until(cluster, 5_500)
}
