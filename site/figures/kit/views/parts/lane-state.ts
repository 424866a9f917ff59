/** What the lanes know: who had which queue from when to when, which node was there, what happened to each order, and when. */

import { START_MS } from '../../../../../reference/host/sim/limits.ts'
import type { TraceEvent } from '../../../../../reference/host/trace.ts'
import type { EventLog } from '../../log.ts'
import type { Fold } from './fold.ts'

/** Something that held from one time to another; `toMs` is missing while it still holds. */
export interface Span {
  /** The owner of a queue, or a state. */
  readonly what: string
  readonly fromMs: number
  toMs?: number
  /** Of `working`: the record that a listener has. An order whose listener took too long is at work twice. */
  readonly record?: string
  /** Of `delayed`: the sender has asked for it, so it holds for every group. */
  readonly ofSender?: true
}

/** A moment on a lane. `due`: expected or waiting; `done`: delivered; `failed`: handed out and not consumed; `copy`: stored. */
export interface Dot {
  readonly n: number
  readonly atMs: number
  readonly key: string
  readonly kind: 'due' | 'done' | 'failed' | 'copy'
  /** Who: the consumer, or the broker. */
  readonly node: string
  readonly group: string
}

export interface Lane {
  spans: Span[]
  dots: Dot[]
  /** Of an order: the record of it that a consumer has got last. It is at work when the listener is handed it. */
  cached?: string
}

/** Lanes of each kind, by what they are of. */
export interface LaneState {
  /** `broker/topic/queueId`: spans are owners. */
  readonly queues: Map<string, Lane>
  /** By node: spans are `starting`, `running`, and how it ended. */
  readonly nodes: Map<string, Lane>
  /** By key, and by `key@group`: spans are `sending`, `waiting`, `working`, `delayed`, `dead`. */
  readonly orders: Map<string, Lane>
  /** By key, then by topic in the order of the first record: a dot for each record that a broker has stored of it. */
  readonly copies: Map<string, Map<string, Lane>>
}

export const LANES: Fold<LaneState> = {
  empty: () => ({ queues: new Map(), nodes: new Map(), orders: new Map(), copies: new Map() }),
  apply,
}

function apply(state: LaneState, event: TraceEvent, log: EventLog): void {
  const { atMs, node, n } = event
  switch (event.kind) {
    case 'node.started':
      become(lane(state.nodes, node), 'starting', atMs)
      break
    case 'node.ready':
      become(lane(state.nodes, node), 'running', atMs)
      break
    case 'node.stopped':
      become(lane(state.nodes, node), event.how, atMs)
      for (const of of state.queues.values()) close(of, atMs, node)
      break
    case 'queue.assigned': {
      const of = lane(state.queues, `${event.brokerName}/${event.topic}/${event.queueId}`)
      if (!of.spans.some(({ what, toMs }) => what === node && toMs === undefined))
        of.spans.push({ what: node, fromMs: atMs })
      break
    }
    case 'queue.released':
      close(lane(state.queues, `${event.brokerName}/${event.topic}/${event.queueId}`), atMs, node)
      break
    case 'app.called': {
      const key = event.name.startsWith('send') ? log.keys(event)[0] : undefined
      if (key !== undefined) become(lane(state.orders, key), 'sending', atMs)
      break
    }
    case 'record.appended': {
      const { key, topic, queueId } = event
      const dot: Dot = { n, atMs, key, kind: 'due', node, group: '' }
      lane(state.queues, `${node}/${topic}/${queueId}`).dots.push(dot)
      lane(state.nodes, node).dots.push({ ...dot, kind: 'done' })
      lane(copiesOf(state, key), topic).dots.push({ ...dot, kind: 'copy' })
      const order = state.orders.get(key)
      if (order?.spans.at(-1)?.what === 'sending') become(order, 'waiting', atMs)
      break
    }
    case 'message.cached':
      for (const order of ordersOf(state, event.key, event.group)) {
        order.cached = recordOf(event)
        closeAllBut(order, 'working', atMs)
        if (order.spans.every(({ toMs }) => toMs !== undefined)) order.spans.push({ what: 'waiting', fromMs: atMs })
      }
      break
    case 'app.handed': {
      const key = event.name === 'message' ? log.keys(event)[0] : undefined
      const group = /"group":"([^"\\]*)"/.exec(event.text)?.[1] ?? ''
      for (const order of key === undefined ? [] : ordersOf(state, key, group)) {
        closeAllBut(order, 'working', atMs)
        order.spans.push({ what: 'working', fromMs: atMs, record: order.cached ?? '' })
      }
      break
    }
    case 'message.consumed':
      consumed(state, event)
      break
    case 'message.delayed': {
      const group = /^%RETRY%(.*)$/.exec(event.topic)?.[1] ?? ''
      for (const order of ordersOf(state, event.key, group)) {
        closeAllBut(order, 'working', atMs)
        order.spans.push({ what: 'delayed', fromMs: atMs, ...(group === '' ? { ofSender: true } : {}) })
        const dueMs = event.dueMs - START_MS
        order.dots.push({ n, atMs: dueMs, key: event.key, kind: 'due', node, group })
      }
      break
    }
    case 'message.due':
      for (const order of ordersOf(state, event.key, /^%RETRY%(.*)$/.exec(event.topic)?.[1] ?? '')) {
        closeAllBut(order, 'working', atMs)
        order.spans.push({ what: 'waiting', fromMs: atMs })
      }
      break
    case 'message.dead':
      for (const order of ordersOf(state, event.key, event.group)) become(order, 'dead', atMs)
      break
  }
}

function copiesOf(state: LaneState, key: string): Map<string, Lane> {
  let topics = state.copies.get(key)
  if (topics === undefined) {
    topics = new Map()
    state.copies.set(key, topics)
  }
  return topics
}

function consumed(state: LaneState, event: Extract<TraceEvent, { kind: 'message.consumed' }>): void {
  const { n, atMs, node, group, key, brokerName, topic, queueId, status } = event
  const isGood = status === 'CONSUME_SUCCESS'
  const dot: Dot = { n, atMs, key, kind: isGood ? 'done' : 'failed', node, group }
  lane(state.queues, `${brokerName}/${topic}/${queueId}`).dots.push(dot)
  lane(state.nodes, node).dots.push(dot)
  for (const order of ordersOf(state, key, group)) {
    order.dots.push(dot)
    const record = recordOf(event)
    for (const span of order.spans) if (span.record === record) span.toMs ??= atMs
    if (isGood) closeAllBut(order, 'working', atMs)
    else if (order.spans.every(({ toMs }) => toMs !== undefined)) order.spans.push({ what: 'waiting', fromMs: atMs })
  }
}

type OfRecord = Pick<
  Extract<TraceEvent, { kind: 'message.cached' }>,
  'brokerName' | 'topic' | 'queueId' | 'queueOffset'
>

/** Which record a consumer has, in words. */
function recordOf({ brokerName, topic, queueId, queueOffset }: OfRecord): string {
  return `${brokerName}/${topic}/${queueId}/${queueOffset}`
}

/** The order's lane for all groups, and the one for this group, which begins as a copy of the first. */
function ordersOf(state: LaneState, key: string, group: string): readonly Lane[] {
  const all = state.orders.get(key)
  if (all === undefined) return []
  if (group === '') return [all]
  const name = `${key}@${group}`
  let own = state.orders.get(name)
  if (own === undefined) {
    own = {
      spans: all.spans.filter(({ what, ofSender }) => what === 'sending' || ofSender).map((one) => ({ ...one })),
      dots: all.dots.filter((dot) => dot.kind === 'due' && dot.group === ''),
    }
    const stored = all.spans.find(({ what }) => what === 'waiting')
    if (stored !== undefined) own.spans.push({ what: 'waiting', fromMs: stored.fromMs })
    state.orders.set(name, own)
  }
  return [all, own]
}

export function lane(of: Map<string, Lane>, name: string): Lane {
  let it = of.get(name)
  if (it === undefined) {
    it = { spans: [], dots: [] }
    of.set(name, it)
  }
  return it
}

/** Ends what holds, and begins something else. */
export function become(of: Lane, what: string, atMs: number): void {
  close(of, atMs)
  of.spans.push({ what, fromMs: atMs })
}

/** Ends the open spans, but not those of `what`. */
function closeAllBut(of: Lane, what: string, atMs: number): void {
  for (const span of of.spans) if (span.what !== what) span.toMs ??= atMs
}

/** Ends the open spans; only those of `what`, when it is named. */
function close(of: Lane, atMs: number, what?: string): void {
  for (const span of of.spans)
    if (span.toMs === undefined && (what === undefined || span.what === what)) span.toMs = atMs
}
