/**
 * Orders that have a time: what each lane is called, when its order was wanted, and how far from that it came.
 *
 * `shows.names`: `order-1=2 h,order-2=1 s`, what stands beside the key. `shows.wishes`: `order-1=900000`, ms after the order was
 * sent at which its sender wants it; without it, the time that the broker has noted counts. `shows.late`: from so many ms on, a
 * delivery that is early or late has a bar from the wanted time to the delivery.
 */
import { label, type Mark, rect, textWidth } from '../../marks.ts'
import type { Passage } from '../../types.ts'
import type { Scale } from './axis.ts'
import type { Row } from './lane-rows.ts'
import { hatching } from './look.ts'

/** A bar as high as a dot. */
const BAR_PX = 9

/** The rows with their names (without the key where there is little room), and with the wanted times in place of those that the broker has noted. */
export function wantedRows(rows: readonly Row[], { shows = {} }: Passage, width: number): readonly Row[] {
  const names = listOf(shows['names'])
  const wishes = listOf(shows['wishes'])
  if (names.size === 0 && wishes.size === 0) return rows
  return rows.map((row) => {
    const [name, wish] = [names.get(row.key), wishes.get(row.key)]
    const label = width < 520 ? name : `${row.label}: ${name}`
    const labelled = name === undefined ? row : { ...row, label: label ?? row.label }
    const sentMs = row.fills[0]?.fromMs
    if (wish === undefined || sentMs === undefined) return labelled
    const others = row.dots.filter(({ kind }) => kind !== 'due')
    const wanted = { n: 0, atMs: sentMs + Number(wish), key: row.key, kind: 'due', node: '', group: '' } as const
    return { ...labelled, dots: [wanted, ...others] }
  })
}

function listOf(text: string | number | undefined): ReadonlyMap<string, string> {
  if (text === undefined) return new Map()
  const pairs = String(text).split(',')
  return new Map(pairs.map((pair) => pair.split('=') as [string, string]))
}

/** From which lateness on there is a bar, and the box of the lanes. */
interface LateBox {
  readonly late: number
  readonly x: Scale
  readonly left: number
  readonly right: number
  readonly atMs: number
}

/** A bar from the wanted time of an order to its delivery, or to now when it is overdue, and where its words stand. */
export interface Lateness {
  readonly mark: Mark
  readonly words: { readonly from: number; readonly to: number }
}

/** How far from its time an order came; undefined while it is in time. */
export function lateOf(row: Row, y: number, { late, x, left, right, atMs }: LateBox): Lateness | undefined {
  const wanted = row.dots.find(({ kind }) => kind === 'due')
  if (wanted === undefined) return undefined
  const come = row.dots.find(({ kind, n }) => kind === 'done' && n >= wanted.n)
  const endMs = come?.atMs ?? atMs
  if (come !== undefined && come.atMs > atMs) return undefined
  if (come === undefined && endMs <= wanted.atMs) return undefined
  const offMs = Math.round(endMs - wanted.atMs)
  if (Math.abs(offMs) < late) return undefined
  const [from, to] = [x(Math.min(wanted.atMs, endMs)), Math.min(right, x(Math.max(wanted.atMs, endMs)))]
  const box = { x: from, y: y - BAR_PX / 2, width: Math.max(1, to - from), height: BAR_PX }
  const words = `${lengthOf(Math.abs(offMs))} ${offMs < 0 ? 'early' : come === undefined ? 'overdue' : 'late'}`
  const shapes = [rect(box, 'late', 1), hatching(box, 4, 'late-hatch')]
  const long = textWidth(words)
  // beside the bar where there is room, else on a plate in its middle
  const at = to + long + 12 < right ? to + 9 : from - long - 9 > left ? from - 9 - long : undefined
  const start = at ?? Math.max(left, (from + to - long) / 2)
  if (at === undefined) shapes.push(rect({ x: start - 4, y: y - 8, width: long + 8, height: 16 }, 'name-plate', 3))
  shapes.push(label(start, y + 4.5, words, 'small bad halo'))
  return {
    mark: { key: `late:${row.key}`, thing: row.thing, x: 0, y: 0, shapes },
    words: { from: start - 4, to: start + long + 4 },
  }
}

/** A length of time as people say it: `15 min`, `6.4 s`, `148 ms`. */
function lengthOf(ms: number): string {
  if (ms >= 120_000) return `${Math.round(ms / 60_000)} min`
  return ms >= 1_000 ? `${Math.round(ms / 100) / 10} s` : `${ms} ms`
}
