/**
 * What the runs of chapter 13 share: one broker, a shop, and a billing whose price list has no cocoa.
 *
 * The application of the billing is the script: it answers what it is handed by the text of the order and by the clock, and
 * waits for nothing that a reader may prevent.
 */
import type { Cluster, DeliveryAnswer, DeliveryDecision } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { start, startBroker, TOPIC, until } from '#site/figures/shop.ts'

export const NAMESRV = 'namesrv:9876'
export const BROKER = 'broker-a'
/** Small files: a figure's disk is memory. */
const SMALL = ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false']

/** Who takes part in the chapter's runs. */
export const CAST: FigureSource['cast'] = [
  { name: 'namesrv', role: 'namesrv' },
  { name: BROKER, role: 'broker', queues: [`${TOPIC}/0`] },
  { name: 'shop', role: 'producer' },
  { name: 'billing', role: 'consumer', group: 'billing' },
]

/** Who can be acted on in a run of hours: the NameServer is left out, which has no part in what is shown. */
export const CAST_OF_HOURS = CAST.filter(({ role }) => role !== 'namesrv')

/** Kinds that a run of hours records beside the usual ones. */
export const TOLD_OF_HOURS: FigureSource['records'] = [
  'record.appended',
  'message.sent',
  'message.cached',
  'message.consumed',
  'message.retried',
  'message.delayed',
  'message.due',
  'message.dead',
  'queue.assigned',
]

/** A little more than five virtual hours: a poison message lives for 17,140 s. */
export const FIVE_HOURS_MS = 18_905_000

/** Whether an order asks for cocoa: the price list of the billing has none, and its listener throws. */
export const isCocoa = (body: string) => body.includes('cocoa')

/** A billing that fails for cocoa until a time, and never after it. */
export function failsForCocoa(untilMs = Number.POSITIVE_INFINITY): DeliveryDecision {
  return ({ body, atMs }): DeliveryAnswer => (isCocoa(body) && atMs < untilMs ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS')
}

/** Starts NameServer, broker and shop; the application of every consumer answers as `decide` says. */
export async function open(
  cluster: Cluster,
  decide: DeliveryDecision,
  settings: readonly string[] = [],
): Promise<void> {
  cluster.onDelivery(decide)
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  startBroker(cluster, BROKER, NAMESRV, 1, [...SMALL, ...settings])
  await until(cluster, 800)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
}

/** Starts the billing with options of its own. */
export function startBilling(cluster: Cluster, options: readonly string[] = []): void {
  startMember(cluster, 'billing', 'billing', TOPIC, options)
}

/** Starts a member of a group that reads a topic from its first offset. */
export function startMember(
  cluster: Cluster,
  name: string,
  group: string,
  topic: string,
  options: readonly string[] = [],
): void {
  const from = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
  start(cluster, name, 'consumer', [`namesrvAddr=${NAMESRV}`, `group=${group}`, `topic=${topic}`, from, ...options])
}
