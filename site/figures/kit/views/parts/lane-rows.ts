/** From the state of the lanes to rows that can be drawn: what each row is called, what fills it, which dots it has. */
import type { Scene } from '../../scene.ts'
import type { CastMember } from '../../types.ts'
import type { ViewContext } from '../../view.ts'
import { folded } from './fold.ts'
import { type Dot, LANES, type LaneState, type Span } from './lane-state.ts'

/** A stretch of a row. No layers: a hole. Two: two at once. */
export interface Fill {
  readonly fromMs: number
  readonly toMs: number
  readonly layers: readonly {
    readonly text: string
    /** In place of `text` where there is little room. */
    readonly short?: string
    readonly className: string
    readonly thing: string
  }[]
}

/** One line of a lane. */
export interface Row {
  readonly key: string
  /** Stands left of it; '' when the line above has said it. */
  readonly label: string
  readonly thing: string
  readonly fills: readonly Fill[]
  readonly dots: readonly Dot[]
  /** What a hole is called. */
  readonly hole: string
}

export const LANE_KINDS = ['queue', 'order', 'broker', 'group', 'master'] as const
export type LaneKind = (typeof LANE_KINDS)[number]

/** The kind that a passage asks for. Throws a sentence when there is no such kind. */
export function laneKindOf({ passage }: Pick<ViewContext, 'passage'>): LaneKind {
  const asked = String(passage.shows?.['lane'] ?? 'queue')
  const kind = LANE_KINDS.find((one) => one === asked)
  if (kind === undefined) throw new Error(`shows.lane is "${asked}"; it may be ${LANE_KINDS.join(', ')}`)
  return kind
}

type Source = Pick<ViewContext, 'log' | 'count' | 'cast' | 'atMs' | 'passage' | 'scene'>

/** The rows of a run at a cursor, in the order of the cast or of the calls. */
export function rowsOf(kind: Exclude<LaneKind, 'master'>, source: Source): readonly Row[] {
  const state = folded(LANES, source.log, source.count)
  if (kind === 'queue') return queueRows(state, source)
  if (kind === 'broker') return brokerRows(state, source)
  return kind === 'group' ? groupRows(state, source) : orderRows(state, source)
}

/** Owners of one group: two groups that read one queue are not two owners. */
function queueRows(state: LaneState, { cast, atMs, passage }: Source): Row[] {
  const brokers = cast.filter(({ role }) => role === 'broker' || role === 'slave')
  const members = cast.filter(({ role }) => role === 'consumer')
  const group = String(passage.shows?.['group'] ?? members[0]?.group ?? '')
  const consumers = members.filter((one) => (one.group ?? '') === group).map(({ name }) => name)
  return brokers.flatMap(({ name, queues = [] }) =>
    queues.map((queue): Row => {
      const of = state.queues.get(`${name}/${queue}`)
      const number = queue.replace(/^.*\//, '')
      const spans = of?.spans.filter(({ what }) => consumers.includes(what)) ?? []
      return {
        key: `${name}/${queue}`,
        label: brokers.length === 1 ? `queue ${number}` : `${name}, ${number}`,
        thing: `node:${name}`,
        fills: fillsOf(spans, atMs, (what) => ({
          text: what,
          className: `owner owner-${consumers.indexOf(what) % 4}`,
          thing: `node:${what}`,
        })),
        dots: (of?.dots ?? []).filter((dot) => dot.group === '' || dot.group === group),
        hole: 'nobody',
      }
    }),
  )
}

function brokerRows(state: LaneState, { cast, atMs }: Source): Row[] {
  return cast
    .filter(({ role }) => role === 'broker' || role === 'slave')
    .map(({ name }): Row => nodeRow(state, name, name, atMs, 'state-broker'))
}

function groupRows(state: LaneState, { cast, atMs }: Source): Row[] {
  const groups = new Map<string, CastMember[]>()
  for (const member of cast)
    if (member.role === 'consumer') groups.set(member.group ?? '', [...(groups.get(member.group ?? '') ?? []), member])
  return [...groups.values()].flat().map(({ name }) => nodeRow(state, name, name, atMs, 'state-consumer'))
}

/** A node's presence: starting, running, and how it ended as the name of the hole. */
function nodeRow(state: LaneState, name: string, label: string, atMs: number, className: string): Row {
  const of = state.nodes.get(name)
  const present = (of?.spans ?? []).filter(({ what }) => what === 'starting' || what === 'running')
  const ended = of?.spans.findLast(({ what }) => what !== 'starting' && what !== 'running')?.what ?? 'not there'
  return {
    key: name,
    label,
    thing: `node:${name}`,
    fills: fillsOf(present, atMs, (what) => ({ text: '', className: `${className} ${what}`, thing: `node:${name}` })),
    dots: of?.dots ?? [],
    hole: ended,
  }
}

const ORDER_WORDS: Readonly<Record<string, string>> = {
  sending: 'sent',
  waiting: 'waits',
  working: 'at work',
  delayed: 'put off',
  dead: 'dead',
}

function orderRows(state: LaneState, { scene, atMs, passage }: Source): Row[] {
  const group = String(passage.shows?.['group'] ?? '')
  const list = (name: string) => {
    const text = passage.shows?.[name]
    return text === undefined ? [] : String(text).split(',')
  }
  const [only, known] = [list('keys'), list('lanes')]
  const keys = only.length > 0 ? only : [...new Set([...known, ...keysIn(scene)])]
  return keys.map((key): Row => {
    const of = (group === '' ? undefined : state.orders.get(`${key}@${group}`)) ?? state.orders.get(key)
    const fills = fillsOf(of?.spans ?? [], atMs, (what) => ({
      text: ORDER_WORDS[what] ?? '',
      className: `order-state ${what}`,
      thing: `message:${key}`,
    }))
    return {
      key,
      label: key,
      thing: `message:${key}`,
      fills: fills.filter(({ layers }) => layers.length > 0),
      dots: of?.dots ?? [],
      hole: '',
    }
  })
}

/** Rows below those of the orders: one a topic, with a square for each record of the order `shows.copies`; none without it. */
export function copyRows({ log, count, passage }: Pick<Source, 'log' | 'count' | 'passage'>): readonly Row[] {
  const key = String(passage.shows?.['copies'] ?? '')
  if (key === '') return []
  const topics = folded(LANES, log, count).copies.get(key)
  const known = String(passage.shows?.['topics'] ?? '').split(',')
  const names = new Set([...known.filter((name) => name !== ''), ...(topics?.keys() ?? [])])
  return [...names].map((topic): Row => {
    const dots = topics?.get(topic)?.dots ?? []
    return { key: `copies:${topic}`, label: topic, thing: `message:${key}`, fills: [], dots, hole: '' }
  })
}

function keysIn(scene: Scene): readonly string[] {
  return Object.keys(scene.messages)
}

/** Cuts overlapping spans into stretches with their layers, holes included, up to now. */
export function fillsOf(
  spans: readonly Span[],
  atMs: number,
  look: (what: string) => Fill['layers'][number],
): readonly Fill[] {
  const edges = new Set<number>([atMs])
  for (const { fromMs, toMs = atMs } of spans) {
    edges.add(fromMs)
    edges.add(toMs)
  }
  const sorted = [...edges].filter((at) => at <= atMs).sort((a, b) => a - b)
  const fills: Fill[] = []
  let names = ''
  for (let i = 0; i + 1 < sorted.length; i++) {
    const [from, to] = [sorted[i]!, sorted[i + 1]!]
    const present = [
      ...new Set(spans.filter(({ fromMs, toMs = atMs }) => fromMs <= from && toMs >= to).map(({ what }) => what)),
    ]
    const same = present.join() === names && fills.length > 0
    if (same) fills[fills.length - 1] = { ...fills.at(-1)!, toMs: to }
    else fills.push({ fromMs: from, toMs: to, layers: present.map(look) })
    names = present.join()
  }
  return fills
}
