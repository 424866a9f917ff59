/**
 * What the runs of chapter 15 share: one broker, a shop that sends reminders, and the billing that gets them.
 *
 * A reminder is a message about an order: when it comes, the billing cancels the order unless it is paid. The applications act by
 * the clock alone, and wait for nothing that a reader may prevent.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { start, startBroker, TOPIC, until } from '#site/figures/shop.ts'

export const NAMESRV = 'namesrv:9876'
export const BROKER = 'broker-a'
/** Small files: a figure's disk is memory. */
const SMALL = ['mappedFileSizeCommitLog=65536', 'mappedFileSizeTimerLog=2080', 'messageIndexEnable=false']

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

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
  'message.delayed',
  'message.due',
  'message.recalled',
  'timer.placed',
  'timer.rolled',
  'queue.assigned',
]

/** When a reminder is wanted: after a delay, at a time of the run, or after the delay of a level. */
export type When = { readonly delayTimeMs: number } | { readonly atMs: number } | { readonly delayLevel: number }

/** The first moment of every run, by the clocks of its nodes. */
const RUN_BEGINS_MS = 1_704_067_200_000

/** Starts NameServer, broker, shop and billing. Ready at 2 s. */
export async function open(cluster: Cluster, settings: readonly string[] = []): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  startBroker(cluster, BROKER, NAMESRV, 1, [...SMALL, ...settings])
  await until(cluster, 800)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
  const from = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
  start(cluster, 'billing', 'consumer', [`namesrvAddr=${NAMESRV}`, 'group=billing', `topic=${TOPIC}`, from])
}

/** Sends the reminder of an order; whatever comes of it, the shop goes on. Resolves with the answer. */
export async function remind(cluster: Cluster, key: string, when: When): Promise<{ readonly recallHandle?: string }> {
  const how = 'atMs' in when ? { deliverTimeMs: RUN_BEGINS_MS + when.atMs } : when
  const text = JSON.stringify({ topic: TOPIC, key, body: `is ${key} paid?`, tag: 'reminder', ...how })
  const answer = await cluster.call('shop', 'send', text).catch(() => '{}')
  return JSON.parse(answer) as { recallHandle?: string }
}

/** What a reader's `send` means in this chapter: a reminder that is wanted two seconds later. */
export const remindInTwo = (cluster: Cluster, key: string) => void remind(cluster, key, { delayTimeMs: 2 * SECOND_MS })
