/**
 * Space and time: one line down for each node, frames as slanted arrows, events as dots. Rows are steps of the story; where time
 * passes between two of them, the lines are broken and say how much.
 *
 * At most twelve frames, the last ones, and five nodes. `shows.rows`: how many rows the passage has in the end; a short exchange then
 * fills the picture. `shows.frames`: only frames of these names, with commas.
 */
import {
  type Box,
  circle,
  label,
  type Mark,
  path,
  r,
  rect,
  type Shape,
  type Point as Spot,
  textWidth,
} from '../marks.ts'
import type { View, ViewContext } from '../view.ts'
import { flightLabel } from '../words/labels.ts'
import { shortTime } from './parts/axis.ts'
import { emphasised, fitting, hatching, keysOfThing, note, tagNumbers } from './parts/look.ts'
import { type Arrow, type Band, type LinkNote, type Point, type SpaceRows, spaceRows } from './parts/space-rows.ts'

export const FRAMES_MAX = 12
export const NODES_MAX = 5
/** A pause from which on the lines are broken. */
const PAUSE_MS = 50
const HEAD = 30
const ROW = { wide: 18, tall: 14, most: 30 } as const

/** What a dot is called. */
const POINT_WORDS: Readonly<Record<string, string>> = {
  'record.appended': 'appends',
  'log.flushed': 'a sync ends',
  'message.sent': 'has its answer for',
  'message.consumed': 'consumes',
  'pull.held': 'lets it wait',
  'queue.assigned': 'gets a queue',
  'queue.released': 'lets a queue go',
  'route.registered': 'notes it',
  'offset.committed': 'notes the offset',
  'entry.dispatched': 'makes findable',
  'ha.acked': 'knows of the copy',
  'node.started': 'starts',
  'vote.cast': 'votes',
  'leader.elected': 'leads',
  'leader.resigned': 'leads no more',
  'replica.inactive': 'sees it dead',
  'raft.appended': 'writes it down',
  'raft.committed': 'it counts',
  'master.elected': 'applies it',
  'role.taken': 'is the master',
  'node.stopped': 'ends',
}

interface Lines {
  readonly x: ReadonlyMap<string, number>
  readonly y: (row: number) => number
  readonly each: number
  /** Words that stand already: none is written over another one. */
  readonly taken: Box[]
  readonly firstRow: number
  readonly context: ViewContext
}

export const spaceTime: View = (context) => {
  const { width, height, cast, log } = context
  const nodes = cast.slice(0, NODES_MAX)
  if (nodes.length < 2) return { width, height: 60, marks: [note('It takes two to talk.', width, 60)] }
  const all = spaceRows({ ...context, cast: nodes })
  const isWide = width >= 520
  const gutter = isWide ? 62 : 58
  const pad = isWide ? 54 : 26
  const x = new Map(
    nodes.map(({ name }, i) => [name, gutter + pad + (i * (width - gutter - 2 * pad)) / (nodes.length - 1)]),
  )
  const least = isWide ? ROW.wide : ROW.tall
  const room = height - HEAD - 14
  const most = Math.floor(room / least)
  const firstRow = Math.max(0, all.times.length - most, firstOfFrames(all))
  const rows = Math.max(all.times.length - firstRow, Number(context.passage.shows?.['rows'] ?? most))
  const each = Math.max(least, Math.min(ROW.most, room / rows))
  const y = (row: number) => HEAD + 12 + (row - firstRow) * each
  const isFitted = context.passage.shows?.['rows'] !== undefined
  const bottom = isFitted ? Math.min(height - 4, HEAD + 14 + rows * each) : height - 4
  const lines: Lines = { x, y, each, taken: [], firstRow, context }
  const marks: Mark[] = nodes.map(({ name, role }) =>
    nodeMark(name, role, x.get(name)!, bottom, nodes.length, width, context),
  )
  for (const band of all.bands) marks.push(...bandMarks(band, lines, bottom))
  for (const link of all.links) if (link.row >= firstRow) marks.push(linkMark(link, lines))
  if (context.ghost !== undefined)
    marks.push(...ghostArrows(all, spaceRows({ ...context, ...context.ghost, cast: nodes }), lines))
  marks.push(...timeMarks(all, lines, gutter, width))
  const points = all.points.filter(({ row }) => row >= firstRow).map((point) => pointMark(point, lines, all))
  for (const arrow of all.arrows) if (arrow.sentRow >= firstRow) marks.push(arrowMark(arrow, lines))
  marks.push(...points)
  if (all.times.length === 0) marks.push(note('Nothing has been sent yet.', width, height / 2))
  return {
    width,
    height: Math.ceil(bottom + 2),
    marks: emphasised(marks, context, ({ thing }) => keysOfThing(thing, log)),
  }
}

/** The row from which on there are at most `FRAMES_MAX` frames. */
function firstOfFrames({ arrows }: SpaceRows): number {
  return arrows.length <= FRAMES_MAX ? 0 : arrows[arrows.length - FRAMES_MAX]!.sentRow
}

function nodeMark(
  name: string,
  role: string,
  x: number,
  bottom: number,
  nodes: number,
  width: number,
  { scene }: ViewContext,
): Mark {
  const room = (width - 60) / nodes + 6
  const isSmall = name.length * 8.2 > room
  const text = fitting(name, room)
  const isThere = scene.nodes[name]?.state === 'running'
  const half = textWidth(text) * (isSmall ? 0.5 : 0.58)
  const at = Math.min(width - half - 8, Math.max(half + 8, x))
  return {
    key: `line:${name}`,
    thing: `node:${name}`,
    x: 0,
    y: 0,
    shapes: [
      path(`M${r(x)} ${HEAD - 6}V${r(bottom)}`, `world-line ${role} ${isThere ? '' : 'away'}`.trim()),
      rect({ x: at - half - 4, y: 2, width: 2 * half + 8, height: 21 }, 'name-plate', 4),
      label(at, 17, text, `name ${isSmall ? 'small ' : ''}${role}`, 'middle'),
    ],
  }
}

/** Frames that the other run has sent and this one has not: thin dashed lines, at the heights of their times. */
function ghostArrows({ arrows, times }: SpaceRows, other: SpaceRows, { x, y, firstRow, each, context }: Lines): Mark[] {
  const name = ({ from, to, frame, sentMs }: Arrow) =>
    `${from} ${to} ${frame.name} ${frame.type} ${frame.keys.join()} ${sentMs}`
  const own = new Set(arrows.map(name))
  const firstMs = times[firstRow] ?? 0
  const height = (atMs: number) => {
    const row = times.findLastIndex((time) => time <= atMs)
    return y(Math.max(firstRow, row)) + (times[row] === atMs ? 0 : each / 2)
  }
  return other.arrows
    .filter((arrow) => !own.has(name(arrow)) && arrow.sentMs >= firstMs)
    .slice(-FRAMES_MAX)
    .map(({ n, from, to, sentMs, arrivesMs }) => {
      const d = `M${r(x.get(from)!)} ${r(height(sentMs))}L${r(x.get(to)!)} ${r(height(Math.min(arrivesMs, context.atMs)) + each / 2)}`
      return { key: `ghost:${n}`, x: 0, y: 0, shapes: [path(d, 'ghost')] }
    })
}

/** A fault of a node: its line behind frosted glass for as long as it stands, with its name where it begins. */
function bandMarks({ id, node, text, fromRow, toRow }: Band, lines: Lines, bottom: number): Mark[] {
  const { x, y, each, firstRow, taken, context } = lines
  if (toRow !== undefined && toRow < firstRow) return []
  const at = x.get(node)!
  const top = y(Math.max(firstRow, fromRow)) - each / 2
  const foot = toRow === undefined ? bottom : y(toRow) + each / 2
  const box = { x: at - 9, y: top, width: 18, height: Math.max(4, foot - top) }
  const width = textWidth(text)
  const isRight = at + 14 + width < context.width
  const place = { x: isRight ? at + 13 : at - 13 - width, y: top, width, height: 14 }
  taken.push(place)
  const shapes = [
    rect(box, 'fault-span', 4),
    hatching(box, 6, 'fault-hatch'),
    label(isRight ? at + 13 : at - 13, top + 12, text, 'small fault-text halo', isRight ? 'start' : 'end'),
  ]
  return [{ key: `fault:${node}:${id}`, x: 0, y: 0, shapes }]
}

/** A link that has become slow or held: a dashed line between the two lines, with what it is. */
function linkMark({ id, from, to, text, row }: LinkNote, { x, y, taken }: Lines): Mark {
  const [a, b, at] = [x.get(from)!, x.get(to)!, y(row)]
  const middle = (a + b) / 2
  taken.push({ x: middle - textWidth(text) / 2, y: at - 12, width: textWidth(text), height: 12 })
  return {
    key: `link-fault:${id}`,
    x: 0,
    y: 0,
    shapes: [
      path(`M${r(a)} ${r(at)}H${r(b)}`, 'fault-line'),
      label(middle, at - 4, text, 'small fault-text halo', 'middle'),
    ],
  }
}

/** The time of each row where it has changed, and a break where it has changed much. */
function timeMarks({ times }: SpaceRows, { y, firstRow, each }: Lines, gutter: number, width: number): Mark[] {
  const marks: Mark[] = []
  let lastY = Number.NEGATIVE_INFINITY
  for (let row = firstRow; row < times.length; row++) {
    const [now, before] = [times[row]!, row === firstRow ? undefined : times[row - 1]!]
    if (before !== undefined && now === before) continue
    const shapes: Shape[] = []
    const at = y(row)
    const gap = before === undefined ? 0 : now - before
    if (gap >= PAUSE_MS) {
      const middle = at - each / 2
      shapes.push(path(`M${r(gutter - 8)} ${r(middle)}H${r(width - 4)}`, 'pause'))
      if (each >= ROW.wide)
        shapes.push(label(width - 4, middle - 3, `${shortTime(gap)} later`, 'small faint halo', 'end'))
    }
    if (at - lastY >= 13) {
      shapes.push(label(gutter - 10, at + 4.3, (now / 1_000).toFixed(3), 'small number faint', 'end'))
      lastY = at
    }
    marks.push({ key: `time:${row}`, x: 0, y: 0, shapes })
  }
  return marks
}

function arrowMark(arrow: Arrow, lines: Lines): Mark {
  const { x, y, context } = lines
  const { from, to, frame, sentRow, endRow, isLost, sentMs, arrivesMs, n } = arrow
  const [x1, y1] = [x.get(from)!, y(sentRow)]
  const share =
    endRow === undefined ? Math.max(0.12, Math.min(0.92, (context.atMs - sentMs) / Math.max(1, arrivesMs - sentMs))) : 1
  const [fullX, fullY] = [x.get(to)!, endRow === undefined ? y(sentRow + 1) : y(endRow)]
  const stop = isLost ? 0.6 : share
  const [x2, y2] = [x1 + (fullX - x1) * stop, y1 + (fullY - y1) * stop]
  const isAnswer = frame.type === 'response'
  const shapes: Shape[] = [
    path(`M${r(x1)} ${r(y1)}L${r(x2)} ${r(y2)}`, `world-frame ${isAnswer ? 'answer' : ''}`.trim()),
  ]
  if (isLost) shapes.push(path(`M${r(x2 - 4)} ${r(y2 - 4)}l8 8m0 -8l-8 8`, 'dot-cross'))
  else shapes.push(head(x1, y1, x2, y2, isAnswer))
  shapes.push(circle(x1, y1, 2.5, 'world-start'))
  const words = flightLabel(frame)
  if (words !== '') {
    const place = freePlace(words, { x: x1, y: y1 }, { x: fullX, y: fullY }, lines)
    if (place !== undefined) shapes.push(label(place.x, place.y, words, 'small halo', 'middle'))
  }
  if (endRow === undefined) shapes.push(...underWay({ x: x2, y: y2 }, fullX > x1, lines))
  const tag = frame.keys[0] === undefined ? undefined : tagNumbers(context.scene)(frame.keys[0])
  const className = tag === undefined ? 'world' : `carries tag-${tag}`
  return { key: `frame:${n}`, thing: `frame:${n}`, className, x: 0, y: 0, shapes }
}

/** What the point of an arrow says that has not arrived: else it seems to end in the air. */
function underWay(at: Spot, goesRight: boolean, { taken, context }: Lines): readonly Shape[] {
  const words = 'under way'
  const width = textWidth(words)
  const x = goesRight ? at.x + 6 : at.x - 6 - width
  for (const y of [at.y + 4, at.y + 15, at.y - 7]) {
    const box = { x, y: y - 10, width, height: 12 }
    const isIn = box.x > 44 && box.x + width < context.width
    if (!isIn || taken.some((one) => touches(one, box))) continue
    taken.push(box)
    return [label(x, y, words, 'small faint halo')]
  }
  return []
}

/** A place above an arrow where its words cover no others: near its start, in its middle, near its end; or none. */
function freePlace(words: string, from: Spot, to: Spot, { taken, context }: Lines): Spot | undefined {
  const [width, length] = [textWidth(words), Math.abs(to.x - from.x)]
  if (length < 24) return undefined
  const half = Math.min(0.5, (width / 2 + 10) / length)
  for (const share of [half, 0.5, 1 - half, (half + 0.5) / 2]) {
    const at = { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share - 4 }
    const box = { x: at.x - width / 2, y: at.y - 10, width, height: 12 }
    const isIn = box.x > 44 && box.x + width < context.width
    if (!isIn || taken.some((one) => touches(one, box))) continue
    taken.push(box)
    return at
  }
  return undefined
}

function touches(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/** The point of an arrow. */
function head(x1: number, y1: number, x2: number, y2: number, isAnswer: boolean): Shape {
  const angle = Math.atan2(y2 - y1, x2 - x1)
  const side = (by: number) => `${r(x2 - 9 * Math.cos(angle + by))} ${r(y2 - 9 * Math.sin(angle + by))}`
  return path(
    `M${side(0.4)}L${r(x2)} ${r(y2)}L${side(-0.4)}${isAnswer ? '' : 'Z'}`,
    `world-head ${isAnswer ? 'answer' : ''}`.trim(),
  )
}

function pointMark(point: Point, lines: Lines, { arrows }: SpaceRows): Mark {
  const { n, node, kind, row, key, term } = point
  const { x, y, context, taken } = lines
  const [at, down] = [x.get(node)!, y(row)]
  const said =
    term === undefined ? (POINT_WORDS[kind] ?? kind) : `${term.isOwn ? 'begins' : 'hears of'} term ${term.number}`
  const words = [said, key].filter(Boolean).join(' ')
  // The words stand on the side where no arrow leaves in the next row.
  const goesRight = arrows.some(
    (one) =>
      (one.from === node && Math.abs(one.sentRow - row) <= 1 && (x.get(one.to) ?? 0) > at) ||
      (one.to === node && one.endRow !== undefined && Math.abs(one.endRow - row) <= 1 && (x.get(one.from) ?? 0) > at),
  )
  const width = textWidth(words)
  const hasLeft = at - 8 - width > 56
  const hasRight = at + 8 + width < context.width
  const isLeft = hasLeft && (goesRight || !hasRight)
  const tag = key === '' ? 3 : tagNumbers(context.scene)(key)
  const shapes: Shape[] = [circle(0, 0, 4.5, key === '' ? 'world-dot' : `dot done tag-${tag}`)]
  if (hasLeft || hasRight) taken.push({ x: isLeft ? at - 8 - width : at + 8, y: down - 6, width, height: 12 })
  if (hasLeft || hasRight) shapes.push(label(isLeft ? -8 : 8, 4.3, words, 'small halo', isLeft ? 'end' : 'start'))
  const thing = kind === 'record.appended' ? `record:${n}` : key === '' ? `node:${node}` : `message:${key}`
  return { key: `point:${n}`, thing, x: r(at), y: r(down), shapes }
}
