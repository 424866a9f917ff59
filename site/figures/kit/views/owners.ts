/**
 * Queues over time, and who owns them: the look of `lanes`, and what a change of owner costs. Fill: the owner; a hole: nobody; two
 * fills: two owners. A bar: an order in a listener, from hand to answer. An arc: the second bar is the order of the first.
 *
 * `shows.group`: whose owners; the first consumer's group when left out. `shows.topic`: whose queues; the figure's topic when left
 * out. `shows.queues`: only the queues with these numbers, with commas between them.
 */
import { type Box, label, type Mark, path, r, rect, type Shape, textWidth } from '../marks.ts'
import type { View, ViewContext } from '../view.ts'
import { cursorLine, linearTime, type Scale, shortTime, timeAxis } from './parts/axis.ts'
import { FAULT_SPANS, type FaultSpan } from './parts/fault-state.ts'
import { folded } from './parts/fold.ts'
import { clipped, emphasised, fitting, hatching, keysOfThing } from './parts/look.ts'
import { ghostLine, moreLine } from './parts/owners-edge.ts'
import { changeSums, type InHand, OWNERS, type OwnedQueue, queuesOf, stretchesOf } from './parts/owners-state.ts'

const AXIS = 24
const SUMS = 22
/** Heights of a lane: least to be read, most to look good, and most where there are few. */
const LANE_PX = { least: 17, most: 50, few: 110 } as const
/** Hatching by owner, so that nobody needs the colour. */
const HATCH_PX = [0, 6, 0, 3.5] as const
const NONE: OwnedQueue = { tenures: [], hands: [] }

/** A lane as it is drawn. */
interface Lane {
  readonly name: string
  readonly label: string
  readonly broker: string
  readonly queue: OwnedQueue
}

interface Place {
  readonly x: Scale
  readonly left: number
  readonly right: number
  readonly members: readonly string[]
  readonly context: ViewContext
  readonly faults: readonly FaultSpan[]
}

export const owners: View = (context) => {
  const { width, height, fromMs, toMs, atMs, log, count, ghost } = context
  const top = SUMS
  const all = lanesOf(context)
  const room = height - AXIS - top - 4
  const lanes = all.slice(0, Math.max(1, Math.floor(room / LANE_PX.least)))
  const most = lanes.length < 4 ? LANE_PX.few : LANE_PX.most
  const each = Math.min(most, room / Math.max(1, lanes.length))
  const left = Math.min(Math.max(...lanes.map((lane) => textWidth(lane.label))) + 14, width >= 520 ? 160 : 96)
  const right = width - 14
  const x = linearTime(fromMs, toMs, left, right, width >= 520 ? 8 : 4)
  const place: Place = {
    x,
    left,
    right,
    members: membersOf(context).map(({ name }) => name),
    context,
    faults: folded(FAULT_SPANS, log, count),
  }
  const others = ghost === undefined ? [] : lanesOf({ ...context, ...ghost })
  const marks = lanes.flatMap((lane, i): Mark[] => {
    const box = { x: left, y: top + i * each, width: right - left, height: each - 4 }
    const other = others.find(({ name }) => name === lane.name)
    const drawn = laneMarks(lane, box, place)
    return other === undefined ? drawn : [...drawn, ghostLine(other.name, other.queue, box, x, atMs)]
  })
  const bottom = top + lanes.length * each
  if (all.length > lanes.length) marks.push(moreLine(all.length - lanes.length, left, bottom))
  marks.push(sumsMark(all, place))
  const now = Math.max(left, Math.min(right, x(atMs)))
  marks.push(timeAxis(x, left, right, bottom + 2, false), cursorLine(now, top - 3, bottom + 2))
  return {
    width,
    height: Math.ceil(bottom + AXIS + 2),
    marks: emphasised(marks, context, ({ thing }) => keysOfThing(thing, log)),
  }
}

function membersOf({ cast, passage }: Pick<ViewContext, 'cast' | 'passage'>) {
  const members = cast.filter(({ role }) => role === 'consumer')
  const group = String(passage.shows?.['group'] ?? members[0]?.group ?? '')
  return members.filter((one) => (one.group ?? '') === group)
}

/** A lane for each queue that the cast's brokers have, in its order. */
function lanesOf(context: Pick<ViewContext, 'cast' | 'passage' | 'spec' | 'log' | 'count'>): readonly Lane[] {
  const { cast, passage, spec, log, count } = context
  const topic = String(passage.shows?.['topic'] ?? spec.topic)
  const group = membersOf(context)[0]?.group ?? ''
  const known = queuesOf(folded(OWNERS, log, count), group, topic)
  const brokers = cast.filter(({ role }) => role === 'broker')
  const only = passage.shows?.['queues']
  const isShown = (id: string) => only === undefined || String(only).split(',').includes(id)
  // a broker may be registered under a name with its machine room: `room@node`
  const queueOf = (name: string) =>
    known.get(name) ?? [...known].find(([other]) => other.endsWith(`@${name}`))?.[1] ?? NONE
  return brokers.flatMap(({ name, queues = [] }) =>
    queues
      .filter((queue) => queue.startsWith(`${topic}/`) && isShown(queue.slice(topic.length + 1)))
      .map((queue): Lane => {
        const number = queue.slice(topic.length + 1)
        const text = brokers.length === 1 ? `queue ${number}` : `${name.replace(/^broker-/, '')} ${number}`
        return { name: `${name}/${queue}`, label: text, broker: name, queue: queueOf(`${name}/${queue}`) }
      }),
  )
}

function laneMarks({ name, label: text, broker, queue }: Lane, box: Box, place: Place): Mark[] {
  const { left, right, context } = place
  const middle = box.y + box.height / 2
  const head: Mark = {
    key: `lane:${name}`,
    thing: `node:${broker}`,
    x: 0,
    y: 0,
    shapes: [
      path(`M${r(left)} ${r(middle)}H${r(right)}`, 'lane-line'),
      label(left - 8, middle + 4.5, clipped(text, left - 8), 'small', 'end'),
    ],
  }
  const fills = stretchesOf(queue, context.atMs).flatMap((one) => fillMark(name, one, box, place) ?? [])
  return [
    head,
    ...fills.map(({ fill }) => fill),
    ...handMarks(name, queue.hands, box, place),
    ...fills.map(({ words }) => words),
  ]
}

/** A stretch of time with the same owners: the hole of nobody, one fill, or two. */
function fillMark(
  lane: string,
  { fromMs, toMs, owners: who }: ReturnType<typeof stretchesOf>[number],
  box: Box,
  place: Place,
): { readonly fill: Mark; readonly words: Mark } | undefined {
  const { x, left, right } = place
  const [from, to] = [Math.max(left, x(fromMs)), Math.min(right, x(toMs))]
  if (to <= left || from >= right || to - from < 0.2) return undefined
  const part = { ...box, x: from, width: to - from }
  const named = (shapes: readonly Shape[]): Mark => ({ key: `words:${lane}:${fromMs}`, x: 0, y: 0, shapes })
  if (who.length === 0) {
    const isNamed = part.width > textWidth('nobody') + 8
    const word = label(from + part.width / 2, box.y + box.height / 2 + 4.5, 'nobody', 'small bad halo', 'middle')
    const fill: Mark = { key: `hole:${lane}:${fromMs}`, x: 0, y: 0, shapes: [rect(part, 'hole', 2)] }
    return { fill, words: named(isNamed ? [word] : []) }
  }
  const each = box.height / who.length
  const parts = who.map((owner, i) => ({
    owner,
    box: { ...part, y: box.y + i * each, height: each - (who.length > 1 ? 1 : 0) },
  }))
  const shapes = parts.flatMap((one) => ownerShapes(one.owner, one.box, place, toMs))
  if (who.length > 1) shapes.push(rect({ ...part, y: box.y - 1, height: box.height + 2 }, 'double', 2))
  const fill: Mark = { key: `fill:${lane}:${fromMs}`, thing: `node:${who[0]}`, x: 0, y: 0, shapes }
  return { fill, words: named(parts.flatMap((one) => ownerWords(one.owner, one.box))) }
}

/** The owner's name at the beginning of its fill, above the bars. */
function ownerWords(owner: string, box: Box): readonly Shape[] {
  const text = fitting(owner, box.width - 10)
  if (text === '' || box.height < 11) return []
  return [label(box.x + 5, box.y + Math.min(12.5, box.height / 2 + 4.3), text, 'small halo')]
}

function ownerShapes(owner: string, box: Box, { members, faults, x, context }: Place, toMs: number): Shape[] {
  const index = Math.max(0, members.indexOf(owner)) % HATCH_PX.length
  const shapes: Shape[] = [rect(box, `fill owner owner-${index}`, 2)]
  const step = HATCH_PX[index]!
  if (step > 0) shapes.push(hatching(box, step, 'fill-hatch'))
  for (const { node, fromMs, toMs: healedMs = context.atMs } of faults) {
    if (node !== owner) continue
    const [from, to] = [Math.max(box.x, x(fromMs)), Math.min(box.x + box.width, x(Math.min(toMs, healedMs)))]
    if (to <= from) continue
    const part = { ...box, x: from, width: to - from }
    shapes.push(rect(part, 'fault-span', 2), hatching(part, 5, 'fault-hatch'))
  }
  return shapes
}

/** Height of a line of bars. As many lines as a lane has room for, at least `TRACKS_LEAST`; what is more shares the last one. */
const TRACK_PX = 8
const TRACKS_LEAST = 3

/** Orders in hand as bars in the lower part of their lane; an arc from the bar of a record to the next one of the same record. */
function handMarks(lane: string, hands: readonly InHand[], box: Box, { x, left, right, context }: Place): Mark[] {
  const above = box.height < 22 ? box.height * 0.3 : Math.max(15, box.height * 0.42)
  const low = { y: box.y + above, height: box.height * 0.96 - above }
  const tracks = Math.max(TRACKS_LEAST, Math.floor(low.height / TRACK_PX))
  const free = Array.from({ length: tracks }, () => Number.NEGATIVE_INFINITY)
  const each = low.height / tracks
  const last = new Map<number, { readonly at: number; readonly y: number }>()
  const marks: Mark[] = []
  for (const one of hands) {
    const toMs = one.toMs ?? context.atMs
    const [from, to] = [Math.max(left, x(one.fromMs)), Math.min(right, Math.max(x(toMs), x(one.fromMs) + 2))]
    const found = free.findIndex((until) => until <= one.fromMs)
    const track = found < 0 ? tracks - 1 : found
    free[track] = toMs
    const y = low.y + track * each
    const thick = Math.max(1.5, Math.min(4, each - 1.5))
    const first = last.get(one.queueOffset)
    last.set(one.queueOffset, { at: Math.max(left, from), y })
    if (to <= left || from >= right) continue
    const shapes: Shape[] = []
    if (first !== undefined) {
      const lift = Math.max(6, Math.min(16, box.height * 0.4))
      shapes.push(
        path(
          `M${r(first.at)} ${r(first.y)}C${r(first.at)} ${r(y - lift)} ${r(from)} ${r(y - lift)} ${r(from)} ${r(y)}`,
          'again-arc',
        ),
      )
    }
    const looks = `hand${one.before > 0 ? ' again' : ''}${one.toMs === undefined ? ' open' : ''}`
    shapes.push(rect({ x: from, y, width: Math.max(2, to - from), height: thick }, looks, 1))
    marks.push({ key: `hand:${lane}:${one.n}`, thing: `message:${one.key}`, x: 0, y: 0, shapes })
  }
  return marks
}

/** What the passage's change has cost so far, in one line. */
function sumsMark(lanes: readonly Lane[], { context, left, right }: Place): Mark {
  const { moves, holeMs, doubleMs, twice } = changeSums(
    lanes.map(({ queue }) => queue),
    context.fromMs,
    context.atMs,
  )
  const long = [
    `${moves} ${moves === 1 ? 'move' : 'moves'}`,
    `longest without an owner ${shortTime(Math.round(holeMs))}`,
    `with two ${shortTime(Math.round(doubleMs))}`,
    `${twice} handed out twice`,
  ].join('  ·  ')
  const short = `${moves} moved · nobody ${shortTime(Math.round(holeMs))} · two ${shortTime(Math.round(doubleMs))} · ${twice} twice`
  const text = textWidth(long) < right - left ? long : short
  return {
    key: 'sums',
    x: 0,
    y: 0,
    shapes: [label(textWidth(text) < right - left ? left : 4, 13, text, 'small number')],
  }
}
