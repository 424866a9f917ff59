/**
 * Where each node of a lab stands in the glass cluster: NameServer above, brokers in the middle, clients below.
 */
import type { ViewNode } from './cluster-view.ts'

export interface Place {
  /** Centre. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export const WIDTH = 480
export const HEIGHT = 372

const ROWS: Readonly<Record<string, { readonly y: number; readonly height: number; readonly rank: number }>> = {
  namesrv: { y: 54, height: 84, rank: 0 },
  broker: { y: 186, height: 92, rank: 1 },
  producer: { y: 332, height: 60, rank: 2 },
  admin: { y: 332, height: 60, rank: 3 },
  consumer: { y: 332, height: 60, rank: 4 },
}
const OTHER = { y: 332, height: 60, rank: 5 }
const WIDTH_MOST = 132
const GAP = 18

/** A place for each node, by name. Nodes keep their order within a row: first started, first placed. */
export function placesOf(nodes: Iterable<Pick<ViewNode, 'name' | 'program'>>): ReadonlyMap<string, Place> {
  const rows = new Map<number, { name: string; rank: number; height: number }[]>()
  for (const { name, program } of nodes) {
    const { y, rank, height } = ROWS[program] ?? OTHER
    rows.set(y, [...(rows.get(y) ?? []), { name, rank, height }])
  }
  const places = new Map<string, Place>()
  for (const [y, row] of rows) {
    row.sort((a, b) => a.rank - b.rank)
    const width = Math.min(WIDTH_MOST, (WIDTH - GAP) / row.length - GAP)
    const step = WIDTH / row.length
    row.forEach(({ name, height }, i) => {
      const hexagonWidth = height > 80 && y < 100 ? WIDTH_MOST + 128 : width
      places.set(name, { x: step * (i + 0.5), y, width: row.length === 1 ? hexagonWidth : width, height })
    })
  }
  return places
}

/** Where a line from the centre of `from` towards `to` leaves the box of `from`. */
export function edgePoint(from: Place, to: { readonly x: number; readonly y: number }): { x: number; y: number } {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  if (dx === 0 && dy === 0) return { x: from.x, y: from.y }
  const scale = Math.min(from.width / 2 / Math.abs(dx || 1e-9), from.height / 2 / Math.abs(dy || 1e-9))
  return { x: from.x + dx * Math.min(1, scale), y: from.y + dy * Math.min(1, scale) }
}

export interface Point {
  readonly x: number
  readonly y: number
}

type Placed = Pick<ViewNode, 'name' | 'program'>

/** Lines of different clients through the same gap, apart. */
const LANE = 7

/**
 * The way of a connection: straight, but between a client and a NameServer through a gap in the row of brokers, so that no
 * line seems to touch a broker that it only passes.
 */
export function wayBetween(
  places: ReadonlyMap<string, Place>,
  nodes: readonly Placed[],
  a: string,
  b: string,
): readonly Point[] {
  const [from, to] = [places.get(a), places.get(b)]
  if (from === undefined || to === undefined) return []
  const brokers = nodes.filter(({ program }) => program === 'broker').length
  const row = ROWS['broker']!.y
  const passes = Math.min(from.y, to.y) < row && Math.max(from.y, to.y) > row && brokers > 0
  if (!passes) return [edgePoint(from, to), edgePoint(to, from)]
  const client = from.y > to.y ? from : to
  const clients = nodes.filter(({ name }) => (places.get(name)?.y ?? 0) > row)
  const lane = clients.findIndex(({ name }) => places.get(name) === client) - (clients.length - 1) / 2
  const step = WIDTH / brokers
  const gap = step * Math.min(brokers - 1, Math.max(1, Math.round(client.x / step)))
  const x = brokers === 1 ? (client.x < WIDTH / 2 ? WIDTH * 0.2 : WIDTH * 0.8) : gap + lane * LANE
  const half = ROWS['broker']!.height / 2 + 6
  const ways = [
    { x, y: row + half },
    { x, y: row - half },
  ]
  if (from.y < to.y) ways.reverse()
  return [edgePoint(from, ways[0]!), ...ways, edgePoint(to, ways[1]!)]
}

/** Where something is that has gone `part` of a way, from 0 to 1. */
export function pointOn(way: readonly Point[], part: number): Point {
  const lengths = lengthsOf(way)
  let left = part * lengths.reduce((sum, one) => sum + one, 0)
  for (const [i, length] of lengths.entries()) {
    const [a, b] = [way[i]!, way[i + 1]!]
    if (left <= length || i === lengths.length - 1) {
      const share = length === 0 ? 1 : Math.min(1, left / length)
      return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share }
    }
    left -= length
  }
  return way[0]!
}

/** How far along its way each corner is, from 0 to 1. */
export function cornersOf(way: readonly Point[]): readonly number[] {
  const lengths = lengthsOf(way)
  const whole = lengths.reduce((sum, one) => sum + one, 0)
  let gone = 0
  return [0, ...lengths.map((length) => (whole === 0 ? 1 : Math.min(1, (gone += length) / whole)))]
}

function lengthsOf(way: readonly Point[]): readonly number[] {
  return way.slice(1).map((point, i) => Math.sqrt((point.x - way[i]!.x) ** 2 + (point.y - way[i]!.y) ** 2))
}
