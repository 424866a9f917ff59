/** What the runs of chapter 18 share: replicas of one broker name, the controllers that elect their master, a shop and a billing. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { EventKind } from '#reference/host/trace.ts'
import type { CastMember } from '#site/figures/kit/types.ts'
import { start, startBroker, TOPIC, until } from '#site/figures/shop.ts'

export const NAMESRV = 'namesrv:9876'
/** The name that the replicas have in common. */
const PAIR = 'pair'
const CONTROLLER_PORT = 9878
/** Small files, and no index, which no figure of this chapter shows. */
export const SMALL = ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false'] as const
/** The settings under which a failover loses no answered order. */
export const SAFE = ['allAckInSyncStateSet=true', 'minInSyncReplicas=2'] as const

/** What the figures record that show logs, and beliefs over time: no bytes on the wire, and no frames. */
export const RECORDED: readonly EventKind[] = [
  'record.appended',
  'entry.dispatched',
  'log.flushed',
  'log.recovered',
  'log.truncated',
  'disk.resized',
  'epoch.began',
  'confirm.moved',
  'ha.connected',
  'role.taken',
  'raft.appended',
  'master.elected',
  'syncset.changed',
  'replica.inactive',
  'route.registered',
  'route.removed',
  'route.fenced',
  'route.updated',
  'message.sent',
  'message.consumed',
  'queue.assigned',
]

/** What the figures with a stage record, where a run is long: all but what lies on the disks. */
export const ON_STAGE: readonly EventKind[] = [
  ...RECORDED,
  'net.connecting',
  'net.opened',
  'net.closed',
  'net.sent',
  'net.delivered',
  'net.lost',
  'frame.sent',
  'message.sending',
  'message.cached',
  'queue.released',
  'offset.committed',
  'pull.held',
  'pull.woken',
]

/** A replica in the picture: any of them may be the master. */
const replica = (name: string, role: 'broker' | 'slave'): CastMember => ({ name, role, queues: [`${TOPIC}/0`] })

/** Everybody in a run with one controller and two replicas. `more`: nodes beside them, such as a second shop. */
export const castOf = (...more: readonly CastMember[]): readonly CastMember[] => [
  { name: 'controller', role: 'controller' },
  { name: 'namesrv', role: 'namesrv' },
  replica('a', 'broker'),
  replica('b', 'slave'),
  { name: 'shop', role: 'producer' },
  ...more,
  { name: 'billing', role: 'consumer', group: 'billing' },
]
/**
 * The last moment of a run, at its very end: what the billing has not got by then, it never gets, and the ledger says so. A run calls
 * `atEnd` last, and its length is the time of the last event.
 */
export const END = 'The end of the run: look at the ledger'
export async function atEnd(cluster: Cluster, lengthMs: number): Promise<void> {
  await until(cluster, lengthMs)
  cluster.step(END)
}

export const KIOSK: CastMember = { name: 'kiosk', role: 'producer' }

/** Starts a group of controllers: `controller` alone, or the given names. The id of each is its name. */
export function startControllers(cluster: Cluster, names: readonly string[] = ['controller']): void {
  const peers = names.map((name) => `${name}-${name}:${CONTROLLER_PORT}`).join(';')
  for (const name of names)
    start(cluster, name, 'controller', [
      'controllerDLegerGroup=group1',
      `controllerDLegerPeers=${peers}`,
      `controllerDLegerSelfId=${name}`,
    ])
}

/** Starts a replica under controllers. */
export function startReplica(
  cluster: Cluster,
  name: string,
  settings: readonly string[] = [],
  controllers: readonly string[] = ['controller'],
): void {
  const controllerAddr = controllers.map((one) => `${one}:${CONTROLLER_PORT}`).join(';')
  const own = [`brokerName=${PAIR}`, 'enableControllerMode=true', `controllerAddr=${controllerAddr}`]
  startBroker(cluster, name, NAMESRV, 1, [...SMALL, ...own, ...settings])
}

/** Starts a shop, which asks the NameServer for the route every 30 s, as RocketMQ does, unless it is set otherwise. */
export function startShop(cluster: Cluster, name = 'shop', settings: readonly string[] = []): void {
  start(cluster, name, 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop', ...settings])
}

/** A NameServer, one controller, the replicas `a` and `b` and the shop; `a` is the master, and both are in sync at 8 s. */
export async function open(
  cluster: Cluster,
  settings: readonly string[] = [],
  shop: readonly string[] = [],
): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  startControllers(cluster)
  await until(cluster, 200)
  startReplica(cluster, 'a', settings)
  await until(cluster, 2_000)
  startReplica(cluster, 'b', settings)
  await until(cluster, 6_500)
  startShop(cluster, 'shop', shop)
  await until(cluster, 8_000)
}
