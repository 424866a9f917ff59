/**
 * Who owned which queue, and what came of it: owners over time, and each order that a listener was handed, folded from the log.
 *
 * A queue has *moved* when it gets another owner than its last one. A *hole* is a time without an owner after the first one; a
 * *double* is a time with two. An order is handed out *twice* when the group gets the same record (queue and offset) again.
 */
import type { TraceEvent } from '../../../../../reference/host/trace.ts'
import type { EventLog } from '../../log.ts'
import type { Fold } from './fold.ts'

/** A time in which a member had a queue; open while it has it. */
export interface Tenure {
  readonly owner: string
  readonly fromMs: number
  toMs?: number
}

/** An order in the hands of a listener; open until the listener has answered, or its process has ended. */
export interface InHand {
  readonly n: number
  readonly key: string
  readonly owner: string
  readonly queueOffset: number
  readonly fromMs: number
  toMs?: number
  /** How often the group had been handed this record before. */
  readonly before: number
}

/** One queue of the group. */
export interface OwnedQueue {
  readonly tenures: Tenure[]
  readonly hands: InHand[]
}

/** Queues by group, then by `broker/topic/queueId`. */
export type Owners = Map<string, Map<string, OwnedQueue>>

export const OWNERS: Fold<Owners> = {
  empty: () => new Map(),
  apply: (owners, event) => apply(owners, event),
}

/** The owners after all events of a run: for claims and grids. */
export function ownersOf(events: readonly TraceEvent[]): Owners {
  const owners: Owners = new Map()
  for (const event of events) apply(owners, event)
  return owners
}

function apply(owners: Owners, event: TraceEvent): void {
  const { atMs, node } = event
  switch (event.kind) {
    case 'queue.assigned': {
      const { tenures } = queueOf(owners, event.group, nameOf(event))
      if (!tenures.some(({ owner, toMs }) => owner === node && toMs === undefined))
        tenures.push({ owner: node, fromMs: atMs })
      break
    }
    case 'queue.released':
      for (const one of queueOf(owners, event.group, nameOf(event)).tenures) if (one.owner === node) one.toMs ??= atMs
      break
    case 'app.handed':
      if (event.name === 'message') handed(owners, event)
      break
    case 'message.consumed': {
      const { hands } = queueOf(owners, event.group, nameOf(event))
      const mine = hands.find(
        ({ owner, queueOffset, toMs }) => owner === node && queueOffset === event.queueOffset && toMs === undefined,
      )
      if (mine !== undefined) mine.toMs = atMs
      break
    }
    case 'node.stopped':
      for (const queues of owners.values())
        for (const { tenures, hands } of queues.values()) {
          for (const one of [...tenures, ...hands]) if (one.owner === node) one.toMs ??= atMs
        }
      break
  }
}

/** What a listener is handed, as far as this picture needs it. */
interface HandedText {
  readonly group: string
  readonly topic: string
  readonly key: string
  readonly brokerName: string
  readonly queueId: number
  readonly queueOffset: number
}

function handed(owners: Owners, { n, atMs, node, text }: Extract<TraceEvent, { kind: 'app.handed' }>): void {
  const it = JSON.parse(text) as HandedText
  const { hands } = queueOf(owners, it.group, nameOf(it))
  const before = hands.filter(({ queueOffset }) => queueOffset === it.queueOffset).length
  hands.push({ n, key: it.key, owner: node, queueOffset: it.queueOffset, fromMs: atMs, before })
}

function nameOf({ brokerName, topic, queueId }: Pick<HandedText, 'brokerName' | 'topic' | 'queueId'>): string {
  return `${brokerName}/${topic}/${queueId}`
}

function queueOf(owners: Owners, group: string, name: string): OwnedQueue {
  let queues = owners.get(group)
  if (queues === undefined) owners.set(group, (queues = new Map()))
  let queue = queues.get(name)
  if (queue === undefined) queues.set(name, (queue = { tenures: [], hands: [] }))
  return queue
}

/** What a change of members cost, from one time to another. Times are in ms of one queue. */
export interface ChangeSums {
  readonly moves: number
  /** The longest time that a queue had no owner, and the longest with two. */
  readonly holeMs: number
  readonly doubleMs: number
  /** Orders that were handed out more than once. */
  readonly twice: number
}

/** A stretch of a queue's time with the same owners; none: a hole. */
export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
  readonly owners: readonly string[]
}

/** The time of a queue from its first owner up to `atMs`, cut where an owner comes or goes. */
export function stretchesOf({ tenures }: Pick<OwnedQueue, 'tenures'>, atMs: number): readonly Stretch[] {
  const edges = new Set([atMs])
  for (const { fromMs, toMs = atMs } of tenures) {
    edges.add(fromMs)
    edges.add(toMs)
  }
  const sorted = [...edges].filter((at) => at <= atMs).sort((a, b) => a - b)
  return sorted.slice(1).map((toMs, i): Stretch => {
    const fromMs = sorted[i]!
    const present = tenures.filter((one) => one.fromMs <= fromMs && (one.toMs ?? atMs) >= toMs)
    return { fromMs, toMs, owners: [...new Set(present.map(({ owner }) => owner))] }
  })
}

/** The sums of a group's queues of one topic between two times. */
export function changeSums(queues: Iterable<OwnedQueue>, fromMs: number, toMs: number): ChangeSums {
  let [moves, holeMs, doubleMs, twice] = [0, 0, 0, 0]
  for (const queue of queues) {
    moves += movesOf(queue, fromMs, toMs)
    for (const one of stretchesOf(queue, toMs)) {
      const ms = one.toMs - Math.max(one.fromMs, fromMs)
      if (one.owners.length === 0) holeMs = Math.max(holeMs, ms)
      if (one.owners.length > 1) doubleMs = Math.max(doubleMs, ms)
    }
    const again = queue.hands.filter(({ before, fromMs: at }) => before > 0 && at >= fromMs && at <= toMs)
    twice += new Set(again.map(({ queueOffset }) => queueOffset)).size
  }
  return { moves, holeMs, doubleMs, twice }
}

/** How often a queue got another owner than its last one. */
function movesOf({ tenures }: OwnedQueue, fromMs: number, toMs: number): number {
  return tenures.filter(
    (one, i) => i > 0 && one.fromMs >= fromMs && one.fromMs <= toMs && tenures[i - 1]!.owner !== one.owner,
  ).length
}

/** The queues of one group and topic. */
export function queuesOf(owners: Owners, group: string, topic: string): ReadonlyMap<string, OwnedQueue> {
  return new Map([...(owners.get(group) ?? [])].filter(([name]) => name.split('/')[1] === topic))
}

/** The same of a recorded run, for what reads an `EventLog`. */
export function changeOf(log: Pick<EventLog, 'events'>, group: string, topic: string, fromMs = 0): ChangeSums {
  const toMs = log.events.at(-1)?.atMs ?? 0
  return changeSums(queuesOf(ownersOf(log.events), group, topic).values(), fromMs, toMs)
}
