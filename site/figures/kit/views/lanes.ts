/**
 * Lanes over time: one for each queue, order, broker or member of a group. The fill says who has it or how it is; a hole is
 * nobody, two fills are two at once. A hollow dot waits or is due, a solid one is delivered, a cross was handed out in vain.
 *
 * `shows.lane`: queue, order, broker, group, master (`parts/lanes-masters.ts`). `shows.scale`: `log` for times that double. `shows.group`: whose deliveries the lanes
 * of orders tell. `shows.keys`: only these orders; `shows.lanes`: these and all others; both have their lanes from the beginning.
 * `shows.copies`: below, each record of this order as a square in the lane of its topic; `shows.topics`: topics that have such a
 * lane from the beginning. `shows.names`, `shows.wishes`, `shows.late`: `parts/lanes-late.ts`. `shows.lane` may also be `wheel`: then
 * the picture is the timer wheel on its disk, `parts/lanes-wheel.ts`.
 */
import { type Box, circle, label, type Mark, path, r, rect, type Shape, textWidth } from '../marks.ts'
import type { View, ViewContext } from '../view.ts'
import { cursorLine, linearTime, logarithmic, type Scale, timeAxis } from './parts/axis.ts'
import { FAULT_SPANS, type FaultSpan } from './parts/fault-state.ts'
import { folded } from './parts/fold.ts'
import { copyRows, type Fill, type LaneKind, laneKindOf, type Row, rowsOf } from './parts/lane-rows.ts'
import type { Dot } from './parts/lane-state.ts'
import { lateOf, wantedRows } from './parts/lanes-late.ts'
import { masterRows } from './parts/lanes-masters.ts'
import { wheelDrawing } from './parts/lanes-wheel.ts'
import { clipped, emphasised, fitting, hatching, keysOfThing, labelWidth, note, tagNumbers } from './parts/look.ts'

const AXIS = 24
const TOP = 6
/** Heights of a lane: least to be read, most to look good. */
const LANE_PX = { least: 15, most: 46, order: 19, orderMost: 34 } as const
/** An order's lanes are as high as if there were this many, so that they stay in place while orders come; the axis stands below so many, unless the passage names its lanes. */
const ORDERS_LEAST = 7

export const lanes: View = (context) => {
  const { width, height, fromMs, toMs, atMs, passage, log, ghost } = context
  if (passage.shows?.['lane'] === 'wheel') return wheelDrawing(context)
  const kind = laneKindOf(context)
  const all = wantedRows(rowsFor(kind, context), passage, width)
  const room = height - AXIS - TOP - 4
  const most = Math.max(1, Math.floor(room / (kind === 'order' ? LANE_PX.order : LANE_PX.least)))
  const copies = kind === 'order' ? copyRows(context) : []
  const rows = [...shown(all, Math.max(1, most - copies.length), context.followed), ...copies]
  if (rows.length === 0) return { width, height: 60, marks: [note('Nothing has happened yet.', width, 60)] }
  const each =
    kind === 'order'
      ? Math.min(LANE_PX.orderMost, Math.max(LANE_PX.order, room / Math.max(rows.length, ORDERS_LEAST)))
      : Math.min(LANE_PX.most, Math.max(LANE_PX.least, room / rows.length))
  const gutter = Math.min(Math.max(...rows.map((row) => labelWidth(row.label))) + 16, width >= 520 ? 184 : 100)
  const [left, right] = [gutter, width - (copies.length > 0 ? 34 : 16)]
  const isLog = passage.shows?.['scale'] === 'log'
  const firstMs = Number(passage.shows?.['firstMs'] ?? 1_000)
  const x = isLog
    ? logarithmic(fromMs, toMs, left, right, firstMs)
    : linearTime(fromMs, toMs, left, right, width >= 520 ? 8 : 4)
  const isNamed = passage.shows?.['keys'] !== undefined || passage.shows?.['lanes'] !== undefined
  const lanesLeast = kind === 'order' && !isNamed ? Math.min(most, ORDERS_LEAST) : 0
  const bottom = TOP + Math.max(rows.length, lanesLeast) * each
  const faults = folded(FAULT_SPANS, log, context.count)
  const others = ghost === undefined ? [] : rowsFor(kind, { ...context, ...ghost })
  const marks: Mark[] = []
  const late = Number(passage.shows?.['late'] ?? 0)
  for (const [i, row] of rows.entries()) {
    const y = TOP + i * each
    const other = others.find(({ key }) => key === row.key)
    const lateness = late > 0 ? lateOf(row, y + each / 2, { late, x, left, right, atMs }) : undefined
    const taken = lateness === undefined ? [] : [lateness.words]
    marks.push(...rowMarks(row, y, each, { x, left, right, gutter, kind, context, faults, taken }))
    if (other !== undefined) marks.push(ghostMark(other, y + each - 4, { x, left, right }))
    if (lateness !== undefined) marks.push(lateness.mark)
    if (row.key.startsWith('copies:')) marks.push(countMark(row, y + each / 2, right))
  }
  const hidden = all.length + copies.length - rows.length
  if (hidden > 0) marks.push(more(hidden, left, bottom))
  const now = Math.max(left, Math.min(right, x(atMs)))
  marks.push(timeAxis(x, left, right, bottom + 2, isLog), cursorLine(now, TOP - 3, bottom + 2))
  return {
    width,
    height: Math.ceil(bottom + AXIS + 2),
    marks: emphasised(marks, context, ({ thing }) => keysOfThing(thing, log)),
  }
}

const rowsFor = (kind: LaneKind, context: ViewContext) =>
  kind === 'master' ? masterRows(context) : rowsOf(kind, context)

/** The rows that have room: the last ones, and the followed order. */
function shown(rows: readonly Row[], most: number, followed: string): readonly Row[] {
  if (rows.length <= most) return rows
  const last = rows.slice(-(most - 1))
  const own = rows.find(({ key }) => key === followed)
  return own === undefined || last.includes(own) ? last : [own, ...last.slice(1)]
}

function more(count: number, x: number, bottom: number): Mark {
  return {
    key: 'more',
    x: 0,
    y: 0,
    shapes: [label(x + 4, bottom - 3, `${count} earlier ones are not shown`, 'small faint halo')],
  }
}

/** How many squares a lane of copies has: on a logarithmic axis they may lie on each other. */
function countMark(row: Row, y: number, right: number): Mark {
  const shapes = [label(right + 28, y + 4.5, String(row.dots.length), 'small number', 'end')]
  return { key: `count:${row.key}`, x: 0, y: 0, shapes }
}

interface Place {
  readonly x: Scale
  readonly left: number
  readonly right: number
  readonly gutter: number
  readonly kind: LaneKind
  readonly context: ViewContext
  readonly faults: readonly FaultSpan[]
  /** Stretches of the lane that other words take. */
  readonly taken: readonly { readonly from: number; readonly to: number }[]
}

function rowMarks(row: Row, y: number, each: number, place: Place): Mark[] {
  const { left, right, gutter, kind, context } = place
  const height = each - 4
  const middle = y + 2 + height / 2
  const name = clipped(row.label, gutter - 13)
  const marks: Mark[] = [
    {
      key: `lane:${row.key}`,
      thing: row.thing,
      x: 0,
      y: 0,
      shapes: [
        path(`M${r(left)} ${r(middle)}H${r(right)}`, 'lane-line'),
        label(left - 8, middle + 4.5, name, 'small', 'end'),
      ],
    },
  ]
  for (const fill of row.fills) {
    const mark = fillMark(row, fill, y + 2, height, place)
    if (mark !== undefined) marks.push(mark)
  }
  const struck = kind === 'order' ? [] : place.faults.filter(({ node }) => row.thing === `node:${node}`)
  // what a node believes stays readable above its fault
  const band =
    kind === 'master' ? { y: y + height * 0.55, height: height * 0.45 + 2 } : { y: y + 1, height: height + 2 }
  for (const span of struck) marks.push(faultMark(row.key, span, band, place))
  const tags = tagNumbers(context.scene)
  const dotY = kind !== 'order' && height >= 28 ? y + 2 + height * 0.7 : middle
  marks.push(...dotMarks(row, dotY, place, tags))
  return marks
}

function fillMark(row: Row, { fromMs, toMs, layers }: Fill, y: number, height: number, place: Place): Mark | undefined {
  const { x, left, right, kind } = place
  const [from, to] = [Math.max(left, x(fromMs)), Math.min(right, x(toMs))]
  if (to <= left || from >= right || to - from < 0.2) return undefined
  const width = to - from
  const isLow = kind === 'order'
  const shapes: Shape[] = []
  if (layers.length === 0) {
    if (row.hole !== '' && width > textWidth(row.hole) + 12)
      shapes.push(label(from + width / 2, y + height / 2 + 4.5, row.hole, 'small bad halo', 'middle'))
    return { key: `hole:${row.key}:${fromMs}`, x: 0, y: 0, shapes }
  }
  const each = height / layers.length
  for (const [i, layer] of layers.entries()) {
    const box = {
      x: from,
      y: y + i * each + (isLow ? 2 : 0),
      width,
      height: each - (isLow ? 4 : layers.length > 1 ? 1 : 0),
    }
    shapes.push(rect(box, `fill ${layer.className}`, 2))
    const step =
      layer.className.includes('owner-1') || layer.className.includes('starting')
        ? 6
        : layer.className.includes('owner-3')
          ? 3.5
          : 0
    const hatch = layer.className.includes('state-broker') ? 'fill-hatch of-broker' : 'fill-hatch'
    if (step > 0) shapes.push(hatching(box, step, hatch))
    const end = from + textWidth(layer.text) + 16
    const isFree = place.taken.every((one) => one.to < from || one.from > end)
    const lowText = isFree && width > textWidth(layer.text) + 26 ? layer.text : ''
    const text = isLow ? lowText : fitting(layer.text, width - 10) || fitting(layer.short ?? '', width - 10)
    const at = isLow ? box.y + box.height / 2 + 4.3 : each >= 28 ? box.y + 14 : box.y + each / 2 + 4.3
    if (text !== '' && each >= 12) shapes.push(label(from + (isLow ? 9 : 5), at, text, 'small halo-soft'))
    if (row.thing !== layer.thing) shapes.push(...ownerFaults(layer.thing, { fromMs, toMs }, box, place))
  }
  if (layers.length > 1) shapes.push(rect({ x: from, y: y - 1, width, height: height + 2 }, 'double', 2))
  return { key: `fill:${row.key}:${fromMs}`, thing: layers[0]!.thing, x: 0, y: 0, shapes }
}

/** A fault of the node that a lane is about: a band of frosted glass with its name. */
function faultMark(
  row: string,
  { id, text, fromMs, toMs }: FaultSpan,
  at: { readonly y: number; readonly height: number },
  { x, left, right, context }: Place,
): Mark {
  const from = Math.max(left, Math.min(right, x(fromMs)))
  const to = Math.max(from + 2, Math.min(right, x(toMs ?? context.atMs)))
  const box = { ...at, x: from, width: to - from }
  const shapes = [rect(box, 'fault-span', 2), hatching(box, 5, 'fault-hatch')]
  const isIn = box.width > textWidth(text) + 8
  if (isIn) shapes.push(label(from + 5, at.y + at.height / 2 + 4.5, text, 'small fault-text halo'))
  else if (right - to > textWidth(text) + 8)
    shapes.push(label(to + 4, at.y + at.height / 2 + 4.5, text, 'small fault-text halo'))
  return { key: `fault:${row}:${id}`, x: 0, y: 0, shapes }
}

/** Faults of a queue's owner while it owns the queue: hatched in its fill. */
function ownerFaults(
  thing: string,
  span: { readonly fromMs: number; readonly toMs: number },
  box: Box,
  { x, context, faults }: Place,
): Shape[] {
  const shapes: Shape[] = []
  for (const { node, text, fromMs, toMs = context.atMs } of faults) {
    if (thing !== `node:${node}` || toMs <= span.fromMs || fromMs >= span.toMs) continue
    const from = Math.max(box.x, x(fromMs))
    const part = { ...box, x: from, width: Math.max(1, Math.min(box.x + box.width, x(toMs)) - from) }
    shapes.push(rect(part, 'fault-span', 2), hatching(part, 5, 'fault-hatch'))
    const words = clipped(text, part.width - 8)
    if (words === text && box.height >= 12)
      shapes.push(label(from + 4, box.y + box.height / 2 + 4.5, words, 'small fault-text halo'))
  }
  return shapes
}

/** Dots, at most one a pixel and kind: a thousand deliveries are a thousand circles on the same place otherwise. */
function dotMarks(row: Row, y: number, { x, left, right, context }: Place, tags: (key: string) => number): Mark[] {
  const last = new Map<string, number>()
  const marks: Mark[] = []
  const seen = new Map<string, number>()
  const ends = new Map(row.dots.filter(({ kind }) => kind !== 'due').map(({ key, atMs }) => [key, x(atMs)]))
  for (const { n, atMs, key, kind } of row.dots) {
    const at = x(atMs)
    if (kind === 'due' && Math.abs((ends.get(key) ?? Number.POSITIVE_INFINITY) - at) < 5) continue
    if (at < left - 1 || at > right + 6 || (atMs > context.atMs && kind !== 'due')) continue
    if (at - (last.get(kind) ?? Number.NEGATIVE_INFINITY) < 1.5 && key !== context.followed) continue
    last.set(kind, at)
    const id = `${row.key}:${n}`
    const times = (seen.get(id) ?? 0) + 1
    seen.set(id, times)
    marks.push({
      key: `dot:${id}:${times}`,
      thing: `message:${key}`,
      x: r(at),
      y: r(y),
      shapes: dotShapes(kind, tags(key)),
    })
  }
  return marks
}

function dotShapes(kind: Dot['kind'], tag: number): Shape[] {
  if (kind === 'copy') return [rect({ x: -3.5, y: -4.5, width: 7, height: 9 }, `dot copy tag-${tag}`, 1)]
  if (kind === 'failed') return [circle(0, 0, 5, 'dot-back'), path('M-3.5 -3.5L3.5 3.5M3.5 -3.5L-3.5 3.5', 'dot-cross')]
  return [circle(0, 0, 4.25, `dot ${kind} tag-${tag}`)]
}

/** What the other run had there: a thin line under the lane. */
function ghostMark(row: Row, y: number, { x, left, right }: Pick<Place, 'x' | 'left' | 'right'>): Mark {
  let d = ''
  for (const { fromMs, toMs, layers } of row.fills) {
    if (layers.length === 0) continue
    const [from, to] = [Math.max(left, x(fromMs)), Math.min(right, x(toMs))]
    if (to > from) d += `M${r(from)} ${r(y)}H${r(to)}`
  }
  return { key: `ghost:${row.key}`, x: 0, y: 0, shapes: d === '' ? [] : [path(d, 'ghost-line')] }
}
