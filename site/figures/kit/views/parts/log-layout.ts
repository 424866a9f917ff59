/** Where the parts of the log view stand: a block a broker, in it rows of files on one axis, and strips below. */
import type { Box } from '../../marks.ts'
import { linear, type Scale } from './axis.ts'
import type { Entry, StoreState } from './log-state.ts'

/** A file of the commit log as a row. */
export interface FileRow {
  /** Where the file begins. */
  readonly start: number
  readonly sizeBytes: number
  readonly box: Box
}

/** A queue or the index as a strip of cells. */
export interface Strip {
  /** `topic/queueId`, or `index`. */
  readonly name: string
  readonly box: Box
  readonly cell: number
  /** The entries that have room, the last ones. */
  readonly shown: readonly Entry[]
}

/** Everything of one broker. */
export interface Block {
  readonly broker: string
  readonly top: number
  readonly rows: readonly FileRow[]
  readonly strips: readonly Strip[]
}

export interface LogLayout {
  readonly blocks: readonly Block[]
  /** From an offset within a file to x. */
  readonly x: Scale
  readonly axisY: number
  readonly left: number
  readonly right: number
  readonly bottom: number
}

/** What a broker shows. */
export interface BrokerParts {
  readonly broker: string
  readonly store: StoreState
  readonly queues: readonly string[]
}

/** What a passage wants of the layout. */
export interface LogLook {
  /** The axis has the length of a whole file, and of so many bytes before there is one; 0: as long as it is written. */
  readonly wholeBytes: number
  /** Each file's full name stands above its row. */
  readonly isNamed: boolean
  /** There is room for words above each row, and rows are tall. */
  readonly hasCaptions?: boolean
  /** Room below each row, for records that were cut off. */
  readonly below?: number
  /** Rows of one broker that there is always room for, so that the picture does not jump when a file begins. */
  readonly rows: number
  /** Room for the magnifier below the axis. */
  readonly edgeHeight: number
}

const HEAD = 22
const AXIS = 24
const NAME = 17
/** Widest and narrowest record that is still worth a drawing of its own. */
const RECORD_PX_MIN = 9
/** Where two logs are compared, the beginning of both matters more than what stands in a record. */
const RECORD_PX_LEAST = 4

/** The layout for a box; as low as what is in it allows. */
export function layLog(
  parts: readonly BrokerParts[],
  width: number,
  height: number,
  { wholeBytes, isNamed, hasCaptions = false, below = 0, rows: rowsMin, edgeHeight }: LogLook,
): LogLayout {
  const isWide = width >= 520
  const [left, right] = [isNamed ? 8 : isWide ? 62 : 50, width - 14]
  const x = domainOf(parts, left, right, wholeBytes, hasCaptions ? RECORD_PX_LEAST : RECORD_PX_MIN)
  const [name, isTall] = [isNamed || hasCaptions ? NAME : 0, isNamed || hasCaptions]
  const isFirstPart = x.from === 0
  const files = parts.map(({ store }) => filesOf(store, isFirstPart))
  const columns = isWide ? 4 : 2
  const stripRows = parts.map(({ queues, store }) =>
    Math.ceil((queues.length + (store.index.length > 0 ? 1 : 0)) / columns),
  )
  const rowCount = files.reduce((sum, one) => sum + Math.max(rowsMin, one.length), 0)
  const stripCount = stripRows.reduce((sum, one) => sum + one, 0)
  const room = height - AXIS - 4 - parts.length * HEAD - edgeHeight - rowCount * (name + below)
  const hasStrips = stripCount > 0 && room / (rowCount + 1.9 * stripCount) >= 17
  const unit = Math.min(isTall ? 72 : 38, room / (rowCount + (hasStrips ? 2.1 * stripCount : 0)))
  const rowHeight = Math.max(12, Math.min(isTall ? 62 : 34, unit - 4))
  const stripHeight = Math.min(26, rowHeight)
  const rest = room - rowCount * (rowHeight + 4) - (hasStrips ? stripCount * (stripHeight + 16) : 0)
  const ribbon = hasStrips ? Math.max(8, Math.min(110, rest / Math.max(1, stripCount))) : 0
  let y = 2
  let axisY = 0
  const blocks = parts.map((part, i): Block => {
    const top = y
    y += HEAD
    const rows = files[i]!.map(([start, sizeBytes]): FileRow => {
      y += name
      const box = { x: left, y, width: right - left, height: rowHeight }
      y += rowHeight + 4 + below
      return { start, sizeBytes, box }
    })
    y += Math.max(0, rowsMin - rows.length) * (rowHeight + 4 + below + name)
    if (i === parts.length - 1 && !hasStrips) axisY = y
    const strips: Strip[] = []
    if (hasStrips) {
      if (i === 0) axisY = y
      const names = [...part.queues, ...(part.store.index.length > 0 ? ['index'] : [])]
      const perRow = Math.min(columns, names.length)
      const gap = 18
      const stripWidth = (right - left - gap * (perRow - 1)) / Math.max(1, perRow)
      for (let at = 0; at < names.length; at += perRow) {
        y += (i === 0 && at === 0 ? Math.max(ribbon, AXIS + 6) : ribbon) + 16
        for (const [column, name] of names.slice(at, at + perRow).entries()) {
          const box = { x: left + column * (stripWidth + gap), y, width: stripWidth, height: stripHeight }
          strips.push(stripOf(name, box, part.store))
        }
        y += stripHeight
      }
      y += 6
    }
    return { broker: part.broker, top, rows, strips }
  })
  const bottom = (hasStrips ? y : axisY + AXIS) + edgeHeight
  return { blocks, x, axisY, left, right, bottom: Math.min(height, bottom) }
}

/** One axis for all: what is written, in a length that seldom changes; of a long log, its end. */
function domainOf(
  parts: readonly BrokerParts[],
  left: number,
  right: number,
  wholeBytes: number,
  recordPx: number,
): Scale {
  let used = 0
  let records = 0
  let bytes = 0
  let fileSize = Math.max(1024, wholeBytes)
  for (const { store } of parts) {
    const last = Math.max(0, ...store.files.keys())
    for (const [start, size] of store.files) if (start === last || start === 0) fileSize = Math.max(fileSize, size)
    // what was cut off stays in the picture, and so the axis stays as it is
    for (const { at, sizeBytes } of [...store.records, ...store.cut]) {
      const start = fileStart(store, at)
      used = Math.max(used, at + sizeBytes - start)
      records++
      bytes += sizeBytes
    }
  }
  if (wholeBytes > 0) return linear(0, fileSize, left, right, right - left > 450 ? 6 : 3, true)
  const average = records === 0 ? 256 : bytes / records
  const most = Math.max(1024, ((right - left) / recordPx) * average)
  let length = 1024
  while (length < used && length * 2 <= most) length *= 2
  const end = Math.min(fileSize, length)
  const from = used <= end ? 0 : Math.ceil((used - length) / (length / 2)) * (length / 2)
  return linear(from, from + Math.max(512, end), left, right, right - left > 450 ? 6 : 3, true)
}

/** Where the file begins that holds an offset. */
export function fileStart({ files }: Pick<StoreState, 'files'>, offset: number): number {
  let start = 0
  for (const one of files.keys()) if (one <= offset && one > start) start = one
  return start
}

/** The files that are shown, the last three; of a long log only the one that is written. */
function filesOf({ files }: StoreState, isFirstPart: boolean): readonly (readonly [number, number])[] {
  const all = [...files].sort(([a], [b]) => a - b)
  if (all.length === 0) return [[0, 0]]
  return all.slice(isFirstPart ? -3 : -1)
}

function stripOf(name: string, box: Box, store: StoreState): Strip {
  const isIndex = name === 'index'
  const entries = isIndex ? store.index : (store.queues.get(name) ?? [])
  const highest = entries.at(-1)?.number ?? 0
  const cell = isIndex ? 14 : highest > 99 ? 34 : 28
  const room = Math.max(1, Math.floor(box.width / cell) - (isIndex ? 0 : 1))
  return { name, box, cell, shown: entries.slice(-room) }
}
