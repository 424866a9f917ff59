/**
 * The end of a log file under a magnifier: its last record's last bytes, what fills the rest, and where the next file begins.
 *
 * The bytes are those that the disk was seen to get. Eight bytes of a file are too narrow to be drawn to scale, and they decide
 * whether a log can be read.
 */

import { label, type Mark, path, r, rect, type Shape, textWidth } from '../../marks.ts'
import { fileStart } from './log-layout.ts'
import type { LogRecord, StoreState } from './log-state.ts'
import { clipped } from './look.ts'
import { i32At } from './raw.ts'

/** As in `reference/common/message-codec.ts`, which is too heavy for the first screen of a page; a test compares them. */
export const BLANK_BYTES = 8
export const BLANK_MAGIC = 0xcbd43194 | 0

/** Height of the magnifier. */
export const EDGE_HEIGHT = 96
const CELL = 29
const CELL_Y = 38
const CELL_HEIGHT = 28

/** How a file ends. */
export interface Edge {
  readonly start: number
  readonly sizeBytes: number
  /** Position in the file behind its last record. */
  readonly end: number
  readonly last: LogRecord | undefined
  /** Bytes behind the last record. */
  readonly restBytes: number
  /** A blank begins behind the last record. */
  readonly isBlank: boolean
  /** The next file has begun: nothing more comes into this one. */
  readonly isClosed: boolean
}

/** How the file that begins at `start` ends now. */
export function edgeOf(store: StoreState, start: number): Edge {
  const sizeBytes = store.files.get(start) ?? 0
  let last: LogRecord | undefined
  for (const record of store.records)
    if (!record.isLost && fileStart(store, record.at) === start && record.at >= (last?.at ?? start)) last = record
  const end = last === undefined ? 0 : last.at + last.sizeBytes - start
  const bytes = store.bytes.get(start)
  const isBlank = bytes !== undefined && end + BLANK_BYTES <= bytes.length && i32At(bytes, end + 4) === BLANK_MAGIC
  const isClosed = [...store.files.keys()].some((one) => one > start)
  return { start, sizeBytes, end, last, restBytes: sizeBytes - end, isBlank, isClosed }
}

/** Some bytes in a row that belong together. */
interface Group {
  readonly owner: string
  readonly part: string
  readonly look: string
  readonly values: readonly (number | undefined)[]
  /** The record they belong to, for the inspector. */
  readonly n?: number
  /** The first bytes of a file: a wall stands before them. */
  readonly isNextFile: boolean
}

/** In place of a byte: more of its kind follow that are not shown. */
const MORE = -1

/** The magnifier: cells of one byte, their owners above, their meaning below. `look` colours a record. */
export function edgeMarks(
  broker: string,
  store: StoreState,
  edge: Edge,
  place: { readonly x: number; readonly y: number; readonly width: number },
  look: (record: LogRecord) => string,
): readonly Mark[] {
  const room = Math.floor((place.width - 12) / CELL)
  const groups = groupsOf(store, edge, room, look)
  const marks: Mark[] = []
  let x = place.x
  for (const [i, group] of groups.entries()) {
    if (group.isNextFile) {
      const wall = `M${r(x + 3)} ${r(place.y + 20)}v${CELL_Y + 14}M${r(x + 7)} ${r(place.y + 20)}v${CELL_Y + 14}`
      marks.push({ key: `edge:${broker}:wall`, x: 0, y: 0, shapes: [path(wall, 'edge-wall')] })
      x += 10
    }
    marks.push(groupMark(broker, group, i, x, place.y))
    x += group.values.length * CELL
  }
  const head = `Magnified: the end of file ${edge.start}, byte by byte`
  marks.push({
    key: `edge:${broker}:head`,
    x: 0,
    y: 0,
    shapes: [label(place.x, place.y + 11, clipped(head, place.width), 'small faint')],
  })
  return marks
}

function groupMark(broker: string, { owner, part, look, values, n }: Group, index: number, x: number, y: number): Mark {
  const width = values.length * CELL
  const shapes: Shape[] = []
  for (const [i, value] of values.entries()) {
    const at = x + i * CELL
    const text = value === undefined ? '' : value === MORE ? '…' : value.toString(16).padStart(2, '0')
    shapes.push(rect({ x: at + 0.5, y: y + CELL_Y, width: CELL - 1, height: CELL_HEIGHT }, `edge-cell ${look}`, 1))
    shapes.push(label(at + CELL / 2, y + CELL_Y + 18.5, text, 'mono', 'middle'))
  }
  if (owner !== '') shapes.push(label(x + 1, y + CELL_Y - 5, clipped(owner, width), 'small strong'))
  if (part !== '') shapes.push(label(x + 1, y + CELL_Y + CELL_HEIGHT + 14, clipped(part, width - 2, 6.2), 'small'))
  return { key: `edge:${broker}:${index}`, ...(n === undefined ? {} : { thing: `record:${n}` }), x: 0, y: 0, shapes }
}

function groupsOf(store: StoreState, edge: Edge, room: number, look: (record: LogRecord) => string): readonly Group[] {
  const { start, sizeBytes, end, last, restBytes, isBlank, isClosed } = edge
  const bytes = store.bytes.get(start)
  const cut = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, i) => bytes?.[from + i])
  const groups: Group[] = []
  const add = (owner: string, part: string, of: string, values: Group['values'], n?: number, isNextFile = false) => {
    const left = room - groups.reduce((sum, one) => sum + one.values.length, 0)
    const shown = values.slice(0, left)
    if (shown.length > 0)
      groups.push({ owner, part, look: of, values: shown, ...(n === undefined ? {} : { n }), isNextFile })
  }
  const before = Math.min(end, room >= 20 ? 6 : 3)
  if (last !== undefined) {
    const isThere = isWritten(store, last)
    const values = isThere ? cut(end - before, end) : new Array<undefined>(before).fill(undefined)
    add(`${nameOf(last)} ends`, isThere ? '' : 'not yet written', look(last), values, last.n)
  }
  const from = isBlank ? end + BLANK_BYTES : end
  const shown = isBlank ? 3 : 10
  const rest = cut(from, Math.min(sizeBytes, from + shown))
  if (from + shown < sizeBytes) rest[rest.length - 1] = MORE
  if (isBlank) {
    const size = bytes === undefined ? 0 : i32At(bytes, end)
    add('blank', `size ${size.toLocaleString('en')}`, 'blank-part', cut(end, end + 4))
    add('', 'magic', 'blank-part', cut(end + 4, end + BLANK_BYTES))
    add('', 'never written', 'unused', rest)
  } else {
    const words = isClosed ? `${restBytes} bytes, no blank` : `${restBytes.toLocaleString('en')} bytes free`
    add(restBytes === 0 ? '' : words, '', isClosed ? 'hole' : 'unused', rest)
  }
  const next = store.records.find(({ at }) => at === start + sizeBytes)
  const nextBytes = store.bytes.get(start + sizeBytes)
  if (next === undefined || nextBytes === undefined || next.isLost) return groups
  const of = look(next)
  if (!isWritten(store, next)) {
    add(nameOf(next), 'not yet written', of, new Array<undefined>(8).fill(undefined), next.n, true)
    return groups
  }
  const size = i32At(nextBytes, 0)
  add(nameOf(next), `size ${size.toLocaleString('en')}`, of, [...nextBytes.subarray(0, 4)], next.n, true)
  add('', 'magic', of, [...nextBytes.subarray(4, 8)], next.n)
  add('', '', of, [...nextBytes.subarray(8, 11), MORE], next.n)
  return groups
}

/** The disk has got the record's bytes: its size stands where it begins. */
function isWritten(store: StoreState, { at, sizeBytes }: LogRecord): boolean {
  const start = fileStart(store, at)
  const bytes = store.bytes.get(start)
  return bytes !== undefined && at - start + 4 <= bytes.length && i32At(bytes, at - start) === sizeBytes
}

/** A record's name in a picture: its key, or its topic when all it has is the id that the client made. */
export function nameOf({ key, topic }: LogRecord): string {
  return key === '' || MADE_BY_CLIENT.test(key) ? topic : key
}

/** How a client writes `UNIQ_KEY`: RocketMQ's `MessageClientIDSetter`. */
const MADE_BY_CLIENT = /^[0-9A-F]{32}$/

/** What stands at the end of a file's row: the blank, or the bytes that nothing says anything about. */
export function restShapes(
  edge: Edge,
  box: { x: number; y: number; width: number; height: number },
  to: number,
): Shape[] {
  const { isClosed, isBlank, restBytes, last } = edge
  if (!isClosed || restBytes === 0 || last === undefined) return []
  const width = to - box.x
  const words = isBlank ? `blank ${restBytes}` : `${restBytes} B`
  const shapes: Shape[] = []
  if (width > 2) shapes.push(rect({ ...box, width }, isBlank ? 'blank' : 'blank hole', 1))
  else shapes.push(path(`M${r(to)} ${r(box.y - 2)}v${r(box.height + 4)}`, isBlank ? 'blank-line' : 'hole-line'))
  if (width > textWidth(words) + 6)
    shapes.push(label(box.x + width / 2, box.y + box.height / 2 + 4.5, words, 'small faint', 'middle'))
  return shapes
}
