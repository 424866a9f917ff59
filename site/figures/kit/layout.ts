/**
 * Where things stand in the stage view: any cast in a box of any size, in pixels, so that text keeps its size.
 *
 * Wide: NameServers and controllers in a row above, brokers one below the other in the middle, producers at the left, the
 * trays of the groups at the right. Narrow: brokers side by side, clients in a row below them. Only what takes part gets
 * room: without producers the brokers begin at the left edge.
 */
import type { Box, Curve, Point } from './marks.ts'
import { DEPTH } from './shapes.ts'
import type { CastMember, Role } from './types.ts'

/** Inside of a broker's box. */
export interface BrokerInside {
  readonly log: Box
  /** The cells of each lane begin here; its label stands left of it or above it. */
  readonly lanes: readonly Box[]
  readonly labelsAbove: boolean
  /** Too little room for labels. */
  readonly isBare: boolean
  readonly cell: { readonly width: number; readonly height: number }
}

/** Places of everything in the stage view. */
export interface Layout {
  readonly isTall: boolean
  readonly width: number
  readonly height: number
  readonly boxes: Readonly<Record<string, Box>>
  readonly brokers: Readonly<Record<string, BrokerInside>>
  /** The tray of each consumer's group, by consumer; members of one group share it. */
  readonly trays: Readonly<Record<string, Box>>
  /** The way from one node to another. */
  curve(from: string, to: string): Curve
}

/** From this width of the figure's column on, the wide layout. */
export const WIDE_FROM = 520

const HEX = { width: 236, height: 76 }
const CLIENT = { width: 112, height: 70 }
/** A producer and, below it, what it has sent: two rows, and a gap before the next producer. */
const SENDER_PX = CLIENT.height + 72
const TRAY_PAD = 10
const GAP = 46
/** What clients keep from the sides of the picture. */
const EDGE = 14

/** The layout of a cast for a box of `width` × `height` pixels; the result may be lower than asked, never higher. */
export function layoutFor(cast: readonly CastMember[], width: number, height: number): Layout {
  const parts = partsOf(cast)
  return width >= WIDE_FROM ? wide(parts, Math.min(width, 1240), height) : tall(parts, Math.max(300, width), height)
}

interface Parts {
  readonly above: readonly string[]
  readonly brokers: readonly CastMember[]
  readonly producers: readonly string[]
  readonly groups: readonly { readonly group: string; readonly members: readonly string[] }[]
  readonly sideOf: (name: string) => 'above' | 'broker' | 'left' | 'right'
}

function partsOf(cast: readonly CastMember[]): Parts {
  const names = (...roles: Role[]) => cast.filter(({ role }) => roles.includes(role)).map(({ name }) => name)
  const groups = new Map<string, string[]>()
  for (const { name, role, group = '' } of cast)
    if (role === 'consumer') groups.set(group, [...(groups.get(group) ?? []), name])
  const [above, producers] = [names('namesrv', 'controller'), names('producer')]
  const brokers = cast.filter(({ role }) => role === 'broker' || role === 'slave')
  return {
    above,
    producers,
    brokers,
    groups: [...groups].map(([group, members]) => ({ group, members })),
    sideOf: (name) =>
      above.includes(name)
        ? 'above'
        : producers.includes(name)
          ? 'left'
          : brokers.some((one) => one.name === name)
            ? 'broker'
            : 'right',
  }
}

function wide(parts: Parts, width: number, height: number): Layout {
  const { above, brokers, producers, groups } = parts
  const boxes: Record<string, Box> = {}
  const trays: Record<string, Box> = {}
  const left = producers.length > 0 ? EDGE + CLIENT.width + GAP : 14
  const right = groups.length > 0 ? CLIENT.width + 2 * TRAY_PAD + EDGE + GAP : 14
  const middle = { x: left, width: Math.max(200, width - left - right) }
  spread(above, middle.x, middle.width, Math.min(HEX.width, width / Math.max(1, above.length) - 12), (name, x, w) => {
    boxes[name] = { x, y: 6, width: w, height: HEX.height }
  })
  const top = above.length > 0 ? HEX.height + 6 + GAP : 12
  const room = height - top - 12
  const rows = brokers.length
  const gap = rows > 2 ? 16 : 28
  const tallest = (queues: number) => 84 + 34 * Math.max(1, queues)
  const each = rows === 0 ? 0 : Math.floor((room - gap * (rows - 1)) / rows)
  const insides: Record<string, BrokerInside> = {}
  let y = top
  for (const { name, queues = [] } of brokers) {
    const box = { x: middle.x, y, width: middle.width, height: Math.min(each, tallest(queues.length)) }
    boxes[name] = box
    insides[name] = insideOf(box, queues.length, false)
    y += box.height + gap
  }
  const bottom = rows === 0 ? Math.min(height, top + 200) : y - gap
  const centre = (top + bottom) / 2
  const [many, half] = [Math.max(1, producers.length), CLIENT.height / 2 + 16]
  // Below each producer there is room for what it has sent. Several may need more height than the brokers take.
  const step = Math.min(SENDER_PX, Math.max(bottom - top, Math.min(height - 16, many * SENDER_PX)) / many)
  const senders = many === 1 ? centre : Math.max(centre, half + 4 + (step * (many - 1)) / 2)
  column(producers, senders, step, (name, at) => {
    boxes[name] = { x: EDGE, y: at - half, ...CLIENT }
  })
  const share = (bottom - top) / Math.max(1, groups.length)
  for (const [i, { members }] of groups.entries()) {
    const trayHeight = Math.min(share - 8, members.length === 1 ? 170 : members.length * (CLIENT.height + 14) + 34)
    const mid = groups.length === 1 ? centre : top + share * (i + 0.5)
    const tray = {
      x: width - CLIENT.width - 2 * TRAY_PAD - EDGE,
      y: Math.max(top - 8, mid - trayHeight / 2),
      width: CLIENT.width + 2 * TRAY_PAD,
      height: trayHeight,
    }
    const step = (trayHeight - 30) / members.length
    for (const [at, name] of members.entries()) {
      trays[name] = tray
      const memberHeight = Math.min(CLIENT.height, step - 8)
      boxes[name] = { x: tray.x + TRAY_PAD, y: tray.y + 12 + at * step, width: CLIENT.width, height: memberHeight }
    }
  }
  const sent = many === 1 ? 0 : senders + (step * (many - 1)) / 2 - half + SENDER_PX - 14
  const lowest = Math.max(bottom, sent, ...Object.values(trays).map((tray) => tray.y + tray.height))
  const curve = curveBetween(parts, boxes, trays, false)
  return { isTall: false, width, height: Math.min(height, lowest + 14), boxes, brokers: insides, trays, curve }
}

function tall(parts: Parts, width: number, height: number): Layout {
  const { above, brokers, producers, groups } = parts
  const boxes: Record<string, Box> = {}
  const trays: Record<string, Box> = {}
  const hexHeight = 58
  spread(above, 0, width, Math.min(width - 40, 210, width / Math.max(1, above.length) - 8), (name, x, w) => {
    boxes[name] = { x, y: 4, width: w, height: hexHeight }
  })
  const clients = producers.length + groups.length
  const isLow = height < 250
  const [clientHeight, trayHeight, way] = isLow ? [38, 66, 16] : [56, 88, 30]
  const foot = clients > 0 ? trayHeight + 4 : 8
  const top = above.length > 0 ? hexHeight + (isLow ? 18 : 34) : isLow ? 12 : 18
  const gap = 18
  const across = width - 6 - DEPTH - gap * (brokers.length - 1)
  const brokerWidth = Math.floor(across / Math.max(1, brokers.length))
  const insides: Record<string, BrokerInside> = {}
  const room = height - top - foot - (clients > 0 ? way : 6)
  let bottom = top
  for (const [i, { name, queues = [] }] of brokers.entries()) {
    const most = 64 + 40 * Math.max(1, queues.length)
    const box = {
      x: 3 + i * (brokerWidth + gap),
      y: top,
      width: brokerWidth,
      height: Math.max(38, Math.min(room, most)),
    }
    boxes[name] = box
    insides[name] = insideOf(box, queues.length, true)
    bottom = Math.max(bottom, box.y + box.height)
  }
  const y = bottom + way
  // a group of several members takes the room of several
  const shares = [...producers.map(() => 1), ...groups.map(({ members }) => Math.max(1, members.length * 0.9))]
  const unit =
    (width - 6) /
    Math.max(
      1,
      shares.reduce((sum, one) => sum + one, 0),
    )
  const slotOf = (index: number) => {
    const before = shares.slice(0, index).reduce((sum, one) => sum + one, 0)
    return { from: 3 + unit * before, room: unit * shares[index]! }
  }
  for (const [i, name] of producers.entries()) boxes[name] = producerBox(slotOf(i), y + 6, clientHeight + 2)
  for (const [i, { members }] of groups.entries()) {
    const slot = slotOf(producers.length + i)
    const trayWidth = Math.min(slot.room - 6, 30 + members.length * 108)
    const tray = {
      x: slot.from + (slot.room - trayWidth) / 2,
      y,
      width: trayWidth,
      height: trayHeight,
    }
    const step = (trayWidth - 12) / members.length
    for (const [at, name] of members.entries()) {
      trays[name] = tray
      boxes[name] = {
        x: tray.x + 6 + at * step + 2,
        y: y + 6,
        width: Math.min(104, step - 4),
        height: clientHeight - 2,
      }
    }
  }
  const lowest = clients > 0 ? y + trayHeight + 2 : bottom + 6
  const curve = curveBetween(parts, boxes, trays, true)
  return { isTall: true, width, height: Math.min(height, lowest), boxes, brokers: insides, trays, curve }
}

function producerBox(slot: { readonly from: number; readonly room: number }, y: number, height: number): Box {
  const width = Math.min(104, slot.room - 8)
  return { x: slot.from + (slot.room - width) / 2, y, width, height }
}

/** Log strip and lanes of a broker, to what its box has room for. */
function insideOf(box: Box, queues: number, labelsAbove: boolean): BrokerInside {
  const count = Math.max(1, queues)
  const head = labelsAbove ? 24 : 34
  const inner = labelsAbove ? { x: box.x + 8, width: box.width - 16 } : { x: box.x + 88, width: box.width - 102 }
  const rest = box.height - head - 8
  const rows = count + 1
  const row = rest / rows
  const isBare = labelsAbove && row < 27
  const label = labelsAbove && !isBare ? 13 : 0
  const laneHeight = Math.max(11, Math.min(26, row - label - (isBare ? 3 : 5)))
  const place = (i: number) => box.y + head + row * i + label
  return {
    log: { ...inner, y: place(0), height: laneHeight },
    lanes: Array.from({ length: count }, (_, i) => ({ ...inner, y: place(i + 1) + 1, height: laneHeight })),
    labelsAbove,
    isBare,
    cell: { width: Math.round(laneHeight * 1.7), height: laneHeight },
  }
}

/** Lays names out side by side, centred. */
function spread(
  names: readonly string[],
  x: number,
  width: number,
  each: number,
  put: (name: string, x: number, width: number) => void,
): void {
  const gap = 12
  const all = names.length * each + (names.length - 1) * gap
  const start = Math.max(4, x + width / 2 - all / 2)
  for (const [i, name] of names.entries()) put(name, start + i * (each + gap), each)
}

/** Lays names out one below the other around a centre. */
function column(names: readonly string[], centre: number, each: number, put: (name: string, y: number) => void): void {
  for (const [i, name] of names.entries()) put(name, centre + (i - (names.length - 1) / 2) * each)
}

/** Curves for every pair of nodes, from side to side, so that lines do not cross boxes they do not end at. */
function curveBetween(
  parts: Parts,
  boxes: Readonly<Record<string, Box>>,
  trays: Readonly<Record<string, Box>>,
  isTall: boolean,
): Layout['curve'] {
  const { sideOf, brokers } = parts
  const indexOf = (name: string) => brokers.findIndex((one) => one.name === name)
  const rank = { above: 0, broker: 1, left: 2, right: 3 }
  const between = (from: string, to: string): Curve => {
    const [a, b] = [trays[from] ?? boxes[from]!, boxes[to]!]
    const [side, other] = [sideOf(from), sideOf(to)]
    if (side === 'broker' && other === 'above') return upFromBroker(a, b, indexOf(from), isTall)
    if (side === 'broker' && other === 'broker') return besides(a, b, isTall)
    if (other === 'above') return upFromClient(a, b, side === 'left', isTall)
    return isTall ? upToBroker(a, b, side === 'left') : sideways(a, b, side === 'left', indexOf(to), brokers.length)
  }
  return (from, to) => {
    const isBack = rank[sideOf(from)] < rank[sideOf(to)]
    const known = boxes[from] !== undefined && boxes[to] !== undefined
    if (!known) return straight({ x: 0, y: 0 }, { x: 0, y: 0 })
    return isBack ? reverse(between(to, from)) : between(from, to)
  }
}

/** The first broker goes straight up; one below another goes round it at the left. */
function upFromBroker(a: Box, b: Box, index: number, isTall: boolean): Curve {
  const foot = { x: b.x + b.width / 2, y: b.y + b.height + 5 }
  if (isTall || index === 0) {
    const x = isTall ? a.x + a.width / 2 : Math.max(a.x + 20, Math.min(a.x + a.width - 20, foot.x))
    return straight({ x, y: a.y - 6 }, { x: isTall ? (x + foot.x) / 2 : foot.x, y: foot.y })
  }
  const start = { x: a.x, y: a.y + 22 }
  const end = { x: b.x + 8, y: b.y + b.height / 2 + 12 }
  return [start, { x: a.x - 50, y: a.y - 40 }, { x: a.x - 50, y: end.y }, end]
}

/** Two brokers: an arc at the right of both, or a short line between neighbours. */
function besides(a: Box, b: Box, isTall: boolean): Curve {
  if (isTall) {
    const [l, r] = a.x < b.x ? [a, b] : [b, a]
    const line = straight({ x: l.x + l.width, y: l.y + 34 }, { x: r.x, y: r.y + 34 })
    return a.x < b.x ? line : reverse(line)
  }
  const x = a.x + a.width * 0.82
  const isDown = a.y < b.y
  return straight({ x, y: isDown ? a.y + a.height + 3 : a.y - 3 }, { x, y: isDown ? b.y - 3 : b.y + b.height + 3 })
}

function upFromClient(a: Box, b: Box, isLeft: boolean, isTall: boolean): Curve {
  const start = { x: a.x + a.width / 2 + (isLeft ? -14 : 14), y: a.y }
  if (isTall) {
    const end = { x: b.x + b.width / 2 + (isLeft ? -5 : 5), y: b.y + b.height + 5 }
    // into the gap between the brokers first, then straight up
    return [start, { x: end.x, y: start.y - 6 }, { x: end.x, y: start.y - 12 }, end]
  }
  const end = { x: isLeft ? b.x : b.x + b.width, y: b.y + b.height / 2 }
  return [start, { x: start.x, y: start.y - 90 }, { x: (start.x + end.x) / 2, y: end.y }, end]
}

function upToBroker(a: Box, b: Box, isLeft: boolean): Curve {
  const start = { x: a.x + a.width / 2, y: a.y }
  const end = { x: b.x + b.width * (isLeft ? 0.36 : 0.64), y: b.y + b.height }
  const bend = (start.y - end.y) * 0.6
  return [start, { x: start.x, y: start.y - bend }, { x: end.x, y: end.y + bend }, end]
}

function sideways(a: Box, b: Box, isLeft: boolean, index: number, count: number): Curve {
  const spreadBy = (index - (count - 1) / 2) * 16
  const start = { x: isLeft ? a.x + a.width : a.x, y: a.y + a.height / 2 + spreadBy }
  const end = { x: isLeft ? b.x : b.x + b.width + 6, y: b.y + b.height * 0.56 }
  const bend = (end.x - start.x) * 0.5
  return [start, { x: start.x + bend, y: start.y }, { x: end.x - bend, y: end.y }, end]
}

function straight(a: Point, b: Point): Curve {
  const at = (share: number): Point => ({ x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share })
  return [a, at(1 / 3), at(2 / 3), b]
}

function reverse([a, b, c, d]: Curve): Curve {
  return [d, c, b, a]
}
