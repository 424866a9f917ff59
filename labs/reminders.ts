/**
 * What the labs about delays share: a shop that sends reminders with a delay, and when the billing was handed each of them.
 *
 * Judged by deliveries on the billing's node, which runs none of the learner's files, and by bodies with the secret of the run. Times
 * are those of the cluster: no clock of a node counts.
 */
import { type Cluster, ScenarioFailure } from '../reference/host/cluster.ts'
import { secretBody } from './judge/evidence.ts'
import type { CheckContext } from './lab.ts'
import { startBilling, startShop } from './one-broker.ts'

/** When a reminder is wanted: after a delay, at a time by the broker's clock, or after the delay of a level. */
export type When =
  | { readonly delayTimeMs: number }
  | { readonly deliverTimeMs: number }
  | { readonly delayLevel: number }

/** A reminder that was sent. */
export interface Reminder {
  readonly key: string
  readonly body: string
  /** When the shop began to send it, and when it was told that it is stored. */
  readonly sentAtMs: number
  readonly storedAtMs: number
  /** What takes it back; '' when the broker gave none. */
  readonly recallHandle: string
}

/** Small files: a lab's disk is memory. */
const SMALL = ['mappedFileSizeCommitLog=262144', 'mappedFileSizeTimerLog=20800']
/** The billing has found its queues by then. */
const READY_MS = 3_000
/** From the broker's delivery to the billing there is a hop or two. */
export const HOP_MS = 60

/** Starts everybody, the broker with more settings; the billing reads. */
export async function openReminders(context: CheckContext, settings: readonly string[] = []): Promise<void> {
  await startShop(context, [...SMALL, ...settings])
  await startBilling(context)
  await context.cluster.sleep(READY_MS)
}

/** A reminder, and why it was not taken; '' when it was. */
export interface Tried extends Reminder {
  readonly refusal: string
}

/** Sends the reminder of an order, and waits for the answer. */
export async function tryToRemind({ cluster, variant }: CheckContext, name: string, when: When): Promise<Tried> {
  const key = `order-${variant['first']}-${name}`
  const body = secretBody(`is ${key} paid?`, variant['secret'] ?? '')
  const sentAtMs = cluster.nowMs()
  const text = await cluster.call('shop', 'send', JSON.stringify({ topic: variant['topic'], key, body, ...when }))
  const answer = JSON.parse(text) as { status: string; error: string; recallHandle?: string }
  const refusal = answer.status === 'SEND_OK' ? '' : answer.error || answer.status
  return { key, body, sentAtMs, storedAtMs: cluster.nowMs(), recallHandle: answer.recallHandle ?? '', refusal }
}

/** As `tryToRemind`; fails when the reminder is not taken. */
export async function remind(context: CheckContext, name: string, when: When): Promise<Reminder> {
  const tried = await tryToRemind(context, name, when)
  if (tried.refusal !== '') throw new ScenarioFailure(`the reminder of ${tried.key} was not taken: ${tried.refusal}`)
  return tried
}

/** Takes a reminder back; fails when the broker refuses. */
export async function takeBack({ cluster, variant }: CheckContext, { key, recallHandle }: Reminder): Promise<void> {
  const text = await cluster.call('shop', 'recall', JSON.stringify({ topic: variant['topic'], recallHandle }))
  const { status, error } = JSON.parse(text) as { status: string; error: string }
  if (status !== 'RECALLED')
    throw new ScenarioFailure(`the reminder of ${key} could not be taken back: ${error || status}`)
}

/** When the billing was handed a reminder, whole, in order. */
export function comingsOf({ cluster, variant }: CheckContext, { key, body }: Reminder): readonly number[] {
  const own = ({ node, group, ...one }: ReturnType<Cluster['deliveries']>[number]) =>
    node === 'billing' && group === variant['group'] && one.key === key && one.body === body
  return cluster
    .deliveries()
    .filter(own)
    .map(({ atMs }) => atMs)
}

const inWords = (ms: number) => (ms < 10_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1_000)} s`)

/**
 * A reminder must have come once, not before `fromMs` and not after `toMs`. `wanted` says in words what was asked for, and `because`
 * what happened meanwhile.
 */
export function expectBetween(
  context: CheckContext,
  reminder: Reminder,
  { fromMs, toMs, wanted, because }: { fromMs: number; toMs: number; wanted: string; because: string },
): void {
  const [come, again] = comingsOf(context, reminder)
  const what = `the reminder of ${reminder.key}, ${wanted},`
  if (come === undefined) {
    const afterS = Math.floor((context.cluster.nowMs() - reminder.sentAtMs) / 1_000)
    throw new ScenarioFailure(`${because}: ${what} had not come ${afterS} s after it was sent`)
  }
  if (come < fromMs) throw new ScenarioFailure(`${because}: ${what} came ${inWords(fromMs - come)} too early`)
  if (come > toMs) throw new ScenarioFailure(`${because}: ${what} came ${inWords(come - toMs)} too late`)
  if (again !== undefined) throw new ScenarioFailure(`${because}: ${what} came twice`)
}
