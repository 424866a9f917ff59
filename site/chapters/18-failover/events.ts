/** What chapter 18 reads off the events of its runs: answers, elections, cuts, and the time without a sale. */
import type { EventKind, TraceEvent, TraceEventOf } from '#reference/host/trace.ts'
import { END } from './replicas.ts'

/** The events of a run, or of its beginning. */
export type Events = readonly TraceEvent[]

/** Events of one kind, in their order. */
export const of = <K extends EventKind>(events: Events, kind: K) =>
  events.filter((event) => event.kind === kind) as readonly TraceEvent[] as readonly TraceEventOf<K>[]

/** The key in the text of a call; '' when there is none. */
export const keyIn = (text: string) => /"key":"([^"]*)"/.exec(text)?.[1] ?? ''
/** The answer that an application was given about an order. */
export function answerOf(events: Events, key: string): TraceEventOf<'app.answered'> | undefined {
  const call = of(events, 'app.called').find((e) => keyIn(e.text) === key)
  return of(events, 'app.answered').find((e) => e.node === call?.node && e.call === call?.call)
}
/** True when the application was told SEND_OK for an order. */
export const isOk = (events: Events, key: string) => answerOf(events, key)?.text.includes('"status":"SEND_OK"') === true
/** The keys of all orders that were answered with SEND_OK. */
export const okKeys = (events: Events) =>
  of(events, 'app.called')
    .map((e) => keyIn(e.text))
    .filter((key) => isOk(events, key))

/** Every time that an order was billed. */
export const billed = (events: Events, key: string) =>
  of(events, 'message.consumed').filter((e) => e.key === key && e.status === 'CONSUME_SUCCESS')
/** The record of an order in the log of a node. */
export const recordOf = (events: Events, node: string, key: string) =>
  of(events, 'record.appended').find((e) => e.node === node && e.key === key)
/** The end of a node. */
export const stopped = (events: Events, node: string) => of(events, 'node.stopped').find((e) => e.node === node)
/** The first step whose sentence begins so. */
export const step = (events: Events, text: string) => of(events, 'script.step').find((e) => e.text.startsWith(text))
/** When a node took a role. */
export const roles = (events: Events, node: string, role: 'master' | 'slave') =>
  of(events, 'role.taken').filter((e) => e.node === node && e.role === role)
/** Elections by the controller that decided, each once; without those in which nobody was elected. */
export const elected = (events: Events) => of(events, 'master.elected').filter(({ brokerId }) => brokerId > 0)
/** The election of epoch 2. */
export const second = (events: Events) => elected(events).find(({ masterEpoch }) => masterEpoch === 2)
/** When a node cut its log. */
export const cuts = (events: Events, node: string) => of(events, 'log.truncated').filter((e) => e.node === node)
/** What the billing has committed for its queue at a broker. */
export const committed = (events: Events, node: string) =>
  of(events, 'offset.committed').filter((e) => e.node === node && e.topic === 'Orders')
/** The end of a run: by then, what was not billed is lost, and the ledger says so. */
export const end = (events: Events) => step(events, END)
/** The end of the last of these sends, when each has ended. */
export function lastSent(events: Events, asked: readonly string[]) {
  const sent = of(events, 'message.sent').filter(({ key }) => asked.includes(key))
  return new Set(sent.map(({ key }) => key)).size < asked.length ? undefined : sent.at(-1)
}
/** When a node began an epoch. */
export const begins = (events: Events, node: string, epoch: number) =>
  of(events, 'epoch.began').find((e) => e.node === node && e.epoch === epoch)

/** The first send of a shop that failed after the master had gone, and the first that worked again. */
export function outage(events: Events, shop = 'shop') {
  const calls = of(events, 'app.called').filter(({ node }) => node === shop)
  const bad = calls.find((call) => !isOk(events, keyIn(call.text)))
  const good = calls.find((call) => call.n > (bad?.n ?? 0) && isOk(events, keyIn(call.text)))
  return { bad, good: good === undefined ? undefined : answerOf(events, keyIn(good.text)) }
}

/** The controller that leads when an event comes. */
export function leaderAt(events: Events, n: number): string {
  return of(events, 'leader.elected').findLast((e) => e.n < n)?.node ?? ''
}
