/**
 * Where things stand: one layout for wide columns, one for narrow ones, both in pixels, so that text keeps its size.
 *
 * Wide: the NameServer above, brokers one below the other in the middle, producer left, consumer right. Narrow: brokers side
 * by side as tall boxes, clients below them.
 */
import type { Box, Curve, Point } from './marks.ts'
import type { CastMember } from './types.ts'

/** Inside of a broker's box. */
export interface BrokerInside {
  readonly log: Box
  /** The cells of each lane begin here; its label stands left of it or above it. */
  readonly lanes: readonly Box[]
  readonly labelsAbove: boolean
  readonly cell: { readonly width: number; readonly height: number }
}

export interface Layout {
  readonly isTall: boolean
  readonly width: number
  readonly height: number
  readonly boxes: Readonly<Record<string, Box>>
  readonly brokers: Readonly<Record<string, BrokerInside>>
  /** The tray of a consumer's group. */
  readonly trays: Readonly<Record<string, Box>>
  /** The way from one node to another. */
  curve(from: string, to: string): Curve
}

/** From this width of the figure's column on, the wide layout. */
export const WIDE_FROM = 700
/** Widths the stills are made for. */
export const STILL_WIDTHS = { wide: 833, tall: 360 } as const

/** The layout for a column of `width` pixels. */
export function layoutFor(cast: readonly CastMember[], width: number): Layout {
  return width >= WIDE_FROM ? wide(cast, Math.min(width, 1240)) : tall(cast, Math.max(320, Math.min(width, 560)))
}

function wide(cast: readonly CastMember[], width: number): Layout {
  const namesrv = byRole(cast, 'namesrv')[0]!
  const brokers = byRole(cast, 'broker')
  const [producer, consumer] = [byRole(cast, 'producer')[0]!, byRole(cast, 'consumer')[0]!]
  const side = Math.max(196, Math.round(width * 0.262))
  const brokerHeight = 178
  const middle = { x: side, width: width - side * 2 - 14 }
  const boxes: Record<string, Box> = {}
  const insides: Record<string, BrokerInside> = {}
  const hexWidth = Math.min(340, middle.width - 30)
  boxes[namesrv] = { x: middle.x + middle.width / 2 - hexWidth / 2, y: 10, width: hexWidth, height: 94 }
  for (const [i, name] of brokers.entries()) {
    const box = { x: middle.x, y: 152 + i * (brokerHeight + 40), width: middle.width, height: brokerHeight }
    boxes[name] = box
    const inside = { x: box.x + 90, width: box.width - 90 - 16 }
    insides[name] = {
      log: { ...inside, y: box.y + 42, height: 30 },
      lanes: [0, 1].map((lane) => ({ ...inside, y: box.y + 93 + lane * 43, height: 28 })),
      labelsAbove: false,
      cell: { width: 42, height: 28 },
    }
  }
  const last = boxes[brokers.at(-1)!]!
  const centre = (152 + last.y + last.height) / 2
  boxes[producer] = { x: 6, y: centre - 40, width: 124, height: 80 }
  const tray = { x: width - 154, y: centre - 98, width: 150, height: 196 }
  boxes[consumer] = { x: tray.x + 12, y: centre - 78, width: tray.width - 24, height: 76 }
  const height = last.y + last.height + 14
  const curve = (from: string, to: string): Curve => {
    if (brokers.includes(to) && !brokers.includes(from)) return reverse(curve(to, from))
    const a = boxes[from]!
    const b = boxes[to] ?? a
    if (brokers.includes(from)) {
      const index = brokers.indexOf(from)
      if (to === namesrv && index === 0)
        return straight({ x: b.x + b.width / 2, y: a.y - 8 }, { x: b.x + b.width / 2, y: b.y + b.height + 6 })
      if (to === namesrv) {
        const start = { x: a.x, y: a.y + 30 }
        const end = { x: b.x + 11, y: b.y + b.height / 2 + 15 }
        return [start, { x: a.x - 62, y: a.y - 60 }, { x: a.x - 62, y: end.y }, end]
      }
      const isLeft = to === producer
      const start = { x: isLeft ? a.x : a.x + a.width + 9, y: a.y + a.height * 0.58 }
      const end = { x: isLeft ? b.x + b.width : tray.x, y: centre + (index === 0 ? -14 : 14) }
      const bend = (end.x - start.x) * 0.5
      return [start, { x: start.x + bend, y: start.y }, { x: end.x - bend, y: end.y }, end]
    }
    if (from === namesrv) return reverse(curve(to, from))
    const isLeft = from === producer
    const start = { x: isLeft ? a.x + 46 : tray.x + tray.width / 2, y: isLeft ? a.y : tray.y }
    const end = { x: isLeft ? b.x : b.x + b.width, y: b.y + b.height / 2 }
    return [start, { x: start.x, y: start.y - 150 }, { x: (start.x + end.x) / 2, y: end.y }, end]
  }
  return { isTall: false, width, height, boxes, brokers: insides, trays: { [consumer]: tray }, curve }
}

function tall(cast: readonly CastMember[], width: number): Layout {
  const namesrv = byRole(cast, 'namesrv')[0]!
  const brokers = byRole(cast, 'broker')
  const [producer, consumer] = [byRole(cast, 'producer')[0]!, byRole(cast, 'consumer')[0]!]
  const gap = 34
  const brokerWidth = Math.floor((width - gap - 12) / brokers.length)
  const boxes: Record<string, Box> = {}
  const insides: Record<string, BrokerInside> = {}
  const hexWidth = Math.min(width - 60, 280)
  boxes[namesrv] = { x: (width - hexWidth) / 2, y: 6, width: hexWidth, height: 94 }
  for (const [i, name] of brokers.entries()) {
    const box = { x: 2 + i * (brokerWidth + gap), y: 150, width: brokerWidth, height: 226 }
    boxes[name] = box
    const inside = { x: box.x + 11, width: box.width - 22 }
    insides[name] = {
      log: { ...inside, y: box.y + 58, height: 28 },
      lanes: [0, 1].map((lane) => ({ ...inside, y: box.y + 122 + lane * 62, height: 28 })),
      labelsAbove: true,
      cell: { width: 39, height: 28 },
    }
  }
  const foot = 376 + 66
  boxes[producer] = { x: 4, y: foot + 30, width: 122, height: 76 }
  const tray = { x: width - 150, y: foot, width: 146, height: 188 }
  boxes[consumer] = { x: tray.x + 14, y: foot + 20, width: tray.width - 28, height: 72 }
  const curve = (from: string, to: string): Curve => {
    if (from === namesrv || (brokers.includes(from) && to !== namesrv)) return reverse(curve(to, from))
    const a = boxes[from]!
    const b = boxes[to] ?? a
    if (brokers.includes(from)) {
      const isFirst = from === brokers[0]
      const start = { x: a.x + a.width / 2, y: a.y - 7 }
      return straight(start, { x: b.x + b.width * (isFirst ? 0.3 : 0.7), y: b.y + b.height + 6 })
    }
    const isProducer = from === producer
    const start = { x: isProducer ? a.x + a.width * 0.55 : tray.x + tray.width * 0.42, y: isProducer ? a.y : tray.y }
    if (to === namesrv) {
      const x = width / 2 + (isProducer ? -7 : 9)
      return [start, { x, y: start.y - 60 }, { x, y: 330 }, { x, y: b.y + b.height + 6 }]
    }
    const index = brokers.indexOf(to)
    const shift = isProducer ? -1 : 1
    const end = { x: b.x + b.width * (0.5 + shift * 0.16), y: b.y + b.height }
    const from2 = { x: start.x + (index - 0.5) * 26, y: start.y }
    const bend = (from2.y - end.y) * 0.5
    return [from2, { x: from2.x, y: from2.y - bend }, { x: end.x, y: end.y + bend }, end]
  }
  return { isTall: true, width, height: foot + 194, boxes, brokers: insides, trays: { [consumer]: tray }, curve }
}

function byRole(cast: readonly CastMember[], role: CastMember['role']): readonly string[] {
  return cast.filter((one) => one.role === role).map(({ name }) => name)
}

function straight(a: Point, b: Point): Curve {
  const at = (share: number): Point => ({ x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share })
  return [a, at(1 / 3), at(2 / 3), b]
}

function reverse([a, b, c, d]: Curve): Curve {
  return [d, c, b, a]
}
