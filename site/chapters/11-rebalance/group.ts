/**
 * What the runs of chapter 11 share: a broker with eight queues, a shop, and a billing of two processes to which a third comes.
 *
 * The bank takes its time for each order, so that a listener has orders in hand when a queue changes its owner. Nothing here waits
 * for anything but the clock.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { start, startBroker, TOPIC, until } from '#site/figures/shop.ts'

export const NAMESRV = 'namesrv:9876'
export const BROKER = 'broker-a'
export const GROUP = 'billing'
export const TOPIC_OF_ORDERS = TOPIC
export const QUEUES = 8
/** How long the bank takes for one order. */
export const BANK_MS = 3_000
/** Small files: a figure's disk is memory. */
const SMALL = ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false']

/** When both members have their queues, and a member has written its offsets at least once. */
export const SETTLED_MS = 14_000

export type Cast = FigureSource['cast']

/** Who takes part: a broker with so many queues, the shop, and these members. */
export function castOf(members: readonly string[], queues = QUEUES): Cast {
  return [
    { name: BROKER, role: 'broker', queues: Array.from({ length: queues }, (_, i) => `${TOPIC}/${i}`) },
    { name: 'shop', role: 'producer' },
    ...members.map((name) => ({ name, role: 'consumer', group: GROUP }) as const),
  ]
}

/** Kinds that the chapter's runs record beside the usual ones. */
export const TOLD: NonNullable<FigureSource['records']> = [
  'consumer.joined',
  'consumer.left',
  'queue.assigned',
  'queue.released',
  'offset.committed',
  'record.appended',
  'message.sent',
  'message.consumed',
]

/** Starts NameServer, broker and shop. The bank takes `BANK_MS` for an order. */
export async function open(
  cluster: Cluster,
  {
    queues = QUEUES,
    settings = [],
    bankMs = BANK_MS,
  }: { queues?: number; settings?: readonly string[]; bankMs?: number },
): Promise<void> {
  cluster.onDelivery(() => ({ status: 'CONSUME_SUCCESS', afterMs: bankMs }))
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  startBroker(cluster, BROKER, NAMESRV, queues, [...SMALL, ...settings])
  await until(cluster, 800)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
}

/** Starts a member of the billing. */
export function join(cluster: Cluster, name: string, options: readonly string[] = []): void {
  const from = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
  start(cluster, name, 'consumer', [`namesrvAddr=${NAMESRV}`, `group=${GROUP}`, `topic=${TOPIC}`, from, ...options])
}

/** A topic whose queues for writing and reading differ in number. */
export interface TopicQueues {
  readonly readQueueNums: number
  readonly writeQueueNums: number
}

/** As `open`, with a topic whose queues for writing and reading differ. */
export async function openWith(cluster: Cluster, queues: TopicQueues): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  const topic = {
    attributes: {},
    order: false,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicName: TOPIC,
    topicSysFlag: 0,
  }
  const table = {
    dataVersion: { counter: 1, stateVersion: 0, timestamp: 1_704_067_100_000 },
    topicConfigTable: { [TOPIC]: { ...topic, ...queues } },
  }
  const args = [`namesrvAddr=${NAMESRV}`, `brokerName=${BROKER}`, 'listenPort=10911', ...SMALL]
  const files = { 'store/config/topics.json': JSON.stringify(table) }
  void cluster.start({ name: BROKER, program: 'broker', args, files }).catch(() => {})
  await until(cluster, 800)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
}
