/**
 * What a page keeps of a run: everything of the last minutes, and of what lies further back some states and the rows of the plots. A
 * stretch whose items are gone is repeated by the worker when somebody looks there.
 */
import { copyState, emptyState, fold, type PlayState } from '../run/state.ts'
import type { Chunk, Row, TapeItem } from '../run/tape.ts'

export const SEGMENT_MS = 10_000
/** Items that are kept; the oldest segments lose theirs first. */
export const ITEMS_MAX = 120_000
/** States of stretches without items that are kept; when there are more, every second one goes. */
export const STATES_MAX = 64
/** Rows that know the waiting messages of each queue; older ones know those of each group. */
export const DETAILED_ROWS = 900

/** A stretch of `SEGMENT_MS`. One with items has a state; one without may have lost its state, too. */
interface Segment {
  start: PlayState | undefined
  items: readonly TapeItem[] | undefined
}

export class History {
  readonly rows: Row[] = []
  readonly #segments: Segment[] = [{ start: emptyState(), items: [] }]
  #head = emptyState()
  #headMs = 0
  #itemCount = 0
  /** Of the stretches without items, each whose number is a multiple of this has a state. */
  #stride = 1
  /** The state that was asked for last: the next question is mostly a little later. */
  #cursor = { segment: 0, count: 0, state: emptyState() }

  get headMs(): number {
    return this.#headMs
  }

  /** The state at the end of the run. Do not change it. */
  get head(): PlayState {
    return this.#head
  }

  /** Items that are in memory: for the limit's test. */
  get itemCount(): number {
    return this.#itemCount
  }

  /** States that are in memory: for the limit's test. */
  get stateCount(): number {
    return this.#segments.reduce((count, { start }) => count + Number(start !== undefined), 0)
  }

  /** The run has gone on. */
  add({ items, rows, toMs }: Chunk): void {
    for (const item of items) {
      this.#reach(item.atMs)
      fold(this.#head, item)
      ;(this.#segments.at(-1)!.items as TapeItem[]).push(item)
      this.#itemCount++
    }
    this.#reach(toMs)
    this.#headMs = Math.max(this.#headMs, toMs)
    for (const row of rows) {
      this.rows.push(row)
      const old = this.rows.length - 1 - DETAILED_ROWS
      if (old >= 0) this.rows[old] = coarse(this.rows[old]!)
    }
    this.#forget()
  }

  /**
   * The state at a moment. `missing` is the segment that must be repeated for it; until then, `state` is the last earlier one that is
   * kept.
   */
  at(atMs: number): { readonly state: PlayState; readonly missing: number | undefined } {
    if (atMs >= this.#headMs) return { state: this.#head, missing: undefined }
    const index = Math.min(this.#segments.length - 1, Math.floor(Math.max(0, atMs) / SEGMENT_MS))
    const { start, items } = this.#segments[index]!
    if (items === undefined || start === undefined) return { state: this.#before(index), missing: index }
    const isOn =
      this.#cursor.segment === index && (items[this.#cursor.count - 1]?.atMs ?? -1) <= atMs && this.#cursor.count > 0
    if (!isOn) this.#cursor = { segment: index, count: 0, state: copyState(start) }
    const { state } = this.#cursor
    for (; this.#cursor.count < items.length && items[this.#cursor.count]!.atMs <= atMs; this.#cursor.count++)
      fold(state, items[this.#cursor.count]!)
    return { state, missing: undefined }
  }

  /** The items after `fromMs` up to `toMs`, as far as they are in memory. */
  between(fromMs: number, toMs: number): TapeItem[] {
    const found: TapeItem[] = []
    const last = Math.min(this.#segments.length - 1, Math.floor(toMs / SEGMENT_MS))
    for (let i = Math.max(0, Math.floor(fromMs / SEGMENT_MS)); i <= last; i++) {
      const { items = [] } = this.#segments[i]!
      for (let at = firstAfter(items, fromMs); at < items.length && items[at]!.atMs <= toMs; at++)
        found.push(items[at]!)
    }
    return found
  }

  /** A repeated segment has come, with the state at its beginning. */
  give(index: number, items: readonly TapeItem[], start: PlayState): void {
    const segment = this.#segments[index]
    if (segment === undefined || segment.items !== undefined) return
    segment.items = items
    segment.start = start
    this.#itemCount += items.length
    this.#forget(index)
  }

  #reach(atMs: number): void {
    while (atMs >= this.#segments.length * SEGMENT_MS) this.#segments.push({ start: copyState(this.#head), items: [] })
  }

  /** Drops the items of the oldest segments, but not those of one that has just come, or of the last three. */
  #forget(except = -1): void {
    for (let i = 0; this.#itemCount > ITEMS_MAX && i < this.#segments.length - 3; i++) {
      const segment = this.#segments[i]!
      if (segment.items === undefined || i === except) continue
      this.#itemCount -= segment.items.length
      segment.items = undefined
      if (i % this.#stride !== 0) segment.start = undefined
      else this.#thin()
    }
  }

  /** Keeps the states of long ago within their limit: a run of hours has as many as one of minutes. */
  #thin(): void {
    while (this.#segments.length / this.#stride > STATES_MAX) this.#stride *= 2
    for (const [i, segment] of this.#segments.entries())
      if (segment.items === undefined && i % this.#stride !== 0) segment.start = undefined
  }

  /** The state at the beginning of a segment, or of the last one before that has a state: the first always has. */
  #before(index: number): PlayState {
    let at = index
    while (this.#segments[at]!.start === undefined) at--
    return this.#segments[at]!.start!
  }
}

/** A row that knows only what waits for each group. */
function coarse(row: Row): Row {
  const waiting: Record<string, number> = {}
  for (const [name, count] of Object.entries(row.waiting)) {
    const group = name.split('|')[0]!
    waiting[group] = (waiting[group] ?? 0) + count
  }
  return { ...row, waiting }
}

function firstAfter(items: readonly TapeItem[], atMs: number): number {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (items[middle]!.atMs > atMs) high = middle
    else low = middle + 1
  }
  return low
}
