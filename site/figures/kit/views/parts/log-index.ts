/**
 * An index file as a hash table: its items in a row, its slots below, and the chains that lead from a slot to its newest item and
 * from item to item. All of it is read off the bytes that the disk was seen to get.
 *
 * With a key, the walk of a query along one chain is numbered, and what each step finds stands below.
 */
import { type Box, circle, label, type Mark, path, polygon, r, rect, type Shape, textWidth } from '../../marks.ts'
import type { LogRecord, StoreState } from './log-state.ts'
import { clipped, fitting } from './look.ts'
import { i32At, i64At } from './raw.ts'

/** Height of the table below everything else. */
export const INDEX_HEIGHT = 214
const HEADER_BYTES = 40
const SLOT_BYTES = 4
const ITEM_BYTES = 20
const ITEM_Y = 62
const ITEM_HEIGHT = 36
const SLOT_Y = 152
const SLOT_HEIGHT = 24
const WORDS_Y = 196
const ITEM_PX_MAX = 74

/** One item of an index file. */
export interface IndexItem {
  readonly number: number
  readonly keyHash: number
  readonly physicalOffset: number
  readonly previous: number
  /** The record that it leads to; undefined when the log has none there. */
  readonly record: LogRecord | undefined
  /** The key it is for, or `id` for the id that the client made. */
  readonly name: string
}

/** The table in an index file. */
export interface IndexTable {
  /** In each slot the number of its newest item; 0 for none. */
  readonly slots: readonly number[]
  readonly items: readonly IndexItem[]
}

/** Reads the newest index file of a store. Undefined while nothing of one is written. */
export function indexTable({ indexFiles, records }: StoreState, slotCount: number): IndexTable | undefined {
  const newest = [...indexFiles.keys()].sort().at(-1)
  const bytes = newest === undefined ? undefined : indexFiles.get(newest)
  const itemsAt = HEADER_BYTES + slotCount * SLOT_BYTES
  if (bytes === undefined || bytes.length < itemsAt) return undefined
  const count = i32At(bytes, 36)
  if (count <= 1) return undefined
  const byOffset = new Map(records.filter(({ isLost }) => !isLost).map((one) => [one.at, one]))
  const items: IndexItem[] = []
  for (let number = 1; number < count && itemsAt + (number + 1) * ITEM_BYTES <= bytes.length; number++) {
    const at = itemsAt + number * ITEM_BYTES
    const physicalOffset = i64At(bytes, at + 4)
    const record = byOffset.get(physicalOffset)
    // of the items of a record, the first is for its id
    const isId = items.at(-1)?.physicalOffset !== physicalOffset
    const name = record === undefined ? '?' : isId ? 'id' : record.key
    items.push({ number, keyHash: i32At(bytes, at), physicalOffset, previous: i32At(bytes, at + 16), record, name })
  }
  const slots = Array.from({ length: slotCount }, (_, i) => i32At(bytes, HEADER_BYTES + i * SLOT_BYTES))
  return { slots, items }
}

/** Java's hash of `topic#key`, made non-negative, as `reference/store/index-service.ts` has it; a test compares them. */
export function hashOfKey(topic: string, key: string): number {
  let hash = 0
  for (const character of `${topic}#${key}`) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) | 0
  return hash === -0x8000_0000 ? 0 : Math.abs(hash)
}

/** A step of a query along a chain. */
interface Visit {
  readonly item: IndexItem
  readonly says: 'other hash' | 'same hash, other key' | 'found'
}

/** The items that a query for a key looks at, in its order. */
export function walkOf({ slots, items }: IndexTable, topic: string, key: string): readonly Visit[] {
  const hash = hashOfKey(topic, key)
  const visits: Visit[] = []
  for (let at = slots[hash % slots.length] ?? 0; at > 0; ) {
    const item = items[at - 1]
    if (item === undefined || visits.length > items.length) break
    const says = item.keyHash !== hash ? 'other hash' : item.name === key ? 'found' : 'same hash, other key'
    visits.push({ item, says })
    at = item.previous
  }
  return visits
}

/** The marks of the table, in a place of `INDEX_HEIGHT`. `look` colours a record. */
export function indexMarks(
  broker: string,
  store: StoreState,
  place: { readonly x: number; readonly y: number; readonly width: number },
  { slotCount, key, topic }: { readonly slotCount: number; readonly key: string; readonly topic: string },
  look: (record: LogRecord) => string,
): readonly Mark[] {
  const table = indexTable(store, slotCount)
  const title = 'Index file: items in a row, slots below them'
  const head = (words: string): Mark => ({
    key: `index:${broker}:head`,
    x: 0,
    y: 0,
    shapes: [label(place.x, place.y + ITEM_Y - 8, clipped(words, place.width), 'small faint halo')],
  })
  if (table === undefined)
    return [head('Index file: nothing is written yet'), ...slotMarks(broker, new Array(slotCount).fill(0), place, 0)]
  const cell = Math.min(ITEM_PX_MAX, place.width / Math.max(1, table.items.length))
  const boxOf = (number: number): Box => ({
    x: place.x + (number - 1) * cell,
    y: place.y + ITEM_Y,
    width: cell - 3,
    height: ITEM_HEIGHT,
  })
  const visits = key === '' ? [] : walkOf(table, topic, key)
  const slot = key === '' ? -1 : hashOfKey(topic, key) % slotCount
  const marks: Mark[] = [head(title)]
  marks.push(...chainMarks(broker, table, place, boxOf, new Set(visits.map(({ item }) => item.number)), slot))
  for (const item of table.items) {
    const step = visits.findIndex((one) => one.item === item)
    marks.push(itemMark(broker, item, boxOf(item.number), step, look))
  }
  marks.push(...slotMarks(broker, table.slots, place, slot))
  if (visits.length > 0) marks.push(...walkWords(broker, visits, key, slot, place))
  return marks
}

function itemMark(broker: string, item: IndexItem, box: Box, step: number, look: (record: LogRecord) => string): Mark {
  const { number, record, name } = item
  const tag = record === undefined ? '' : look(record)
  // a number of two digits and the number of a step do not fit side by side
  const isNarrow = box.width < 40
  const shapes: Shape[] = [
    rect(box, `edge-cell ${tag}`, 2),
    label(box.x + (isNarrow ? 3 : 5), box.y + 15, isNarrow && step >= 0 ? '' : String(number), 'small number'),
    label(box.x + box.width / 2, box.y + 30, fitting(name, box.width - 4), 'small strong', 'middle'),
  ]
  if (step >= 0) {
    const x = box.x + box.width - 9
    shapes.push(
      circle(x, box.y + 10, 7.5, 'visit'),
      label(x, box.y + 14, String(step + 1), 'small visit-number', 'middle'),
    )
  }
  return {
    key: `item:${broker}:${number}`,
    ...(record === undefined ? {} : { thing: `record:${record.n}` }),
    x: 0,
    y: 0,
    shapes,
  }
}

function slotBox(
  place: { readonly x: number; readonly y: number; readonly width: number },
  slot: number,
  count: number,
): Box {
  const width = Math.min(56, place.width / count)
  return { x: place.x + slot * width, y: place.y + SLOT_Y, width: width - 4, height: SLOT_HEIGHT }
}

function slotMarks(
  broker: string,
  slots: readonly number[],
  place: { readonly x: number; readonly y: number; readonly width: number },
  chosen: number,
): readonly Mark[] {
  return slots.map((newest, slot) => {
    const box = slotBox(place, slot, slots.length)
    const shapes: Shape[] = [
      rect(box, slot === chosen ? 'edge-cell slot-chosen' : 'edge-cell', 2),
      label(box.x + 4, box.y + 11, String(slot), 'tiny faint'),
      label(box.x + box.width / 2 + 3, box.y + 16.5, newest === 0 ? '–' : String(newest), 'small number', 'middle'),
    ]
    return { key: `slot:${broker}:${slot}`, x: 0, y: 0, shapes }
  })
}

/** Lines from each slot to its newest item, and from each item to the one before it. */
function chainMarks(
  broker: string,
  { slots, items }: IndexTable,
  place: { readonly x: number; readonly y: number; readonly width: number },
  boxOf: (number: number) => Box,
  walked: ReadonlySet<number>,
  chosen: number,
): readonly Mark[] {
  const marks: Mark[] = []
  const bottom = (number: number) => {
    const { x, y, width, height } = boxOf(number)
    return { x: x + width / 2, y: y + height }
  }
  for (const [slot, newest] of slots.entries()) {
    if (newest === 0 || newest > items.length) continue
    const { x, y, width } = slotBox(place, slot, slots.length)
    const [from, to] = [x + width / 2, bottom(newest)]
    const d = `M${r(from)} ${r(y)}C${r(from)} ${r(y - 22)} ${r(to.x + 5)} ${r(to.y + 26)} ${r(to.x + 5)} ${r(to.y + 6)}`
    const shapes = [path(d, slot === chosen ? 'chain walked' : 'chain'), tip(to.x + 5, to.y, slot === chosen)]
    marks.push({ key: `chain:${broker}:slot:${slot}`, x: 0, y: 0, shapes })
  }
  for (const { number, previous } of items) {
    if (previous <= 0 || previous >= number) continue
    const [from, to] = [bottom(number), bottom(previous)]
    const depth = Math.min(40, 16 + (from.x - to.x) / 6)
    const d = `M${r(from.x - 5)} ${r(from.y)}C${r(from.x - 5)} ${r(from.y + depth)} ${r(to.x + 5)} ${r(to.y + depth)} ${r(to.x + 5)} ${r(to.y + 6)}`
    const isWalked = walked.has(number)
    marks.push({
      key: `chain:${broker}:${number}`,
      x: 0,
      y: 0,
      shapes: [path(d, isWalked ? 'chain walked' : 'chain'), tip(to.x + 5, to.y, isWalked)],
    })
  }
  return marks
}

/** The tip of an arrow that points up at an item. */
function tip(x: number, y: number, isWalked: boolean): Shape {
  return polygon([x, y + 0.5, x - 3.5, y + 7, x + 3.5, y + 7], isWalked ? 'chain-tip walked' : 'chain-tip')
}

/** What each step of the walk finds, in words: as many lines as there is room for. */
function walkWords(
  broker: string,
  visits: readonly Visit[],
  key: string,
  slot: number,
  place: { readonly x: number; readonly y: number; readonly width: number },
): readonly Mark[] {
  const words = [`${key}: slot ${slot}.`, ...visits.map(({ says }, i) => `${i + 1} ${says}.`)]
  const lines: string[] = ['']
  for (const one of words) {
    const longer = `${lines.at(-1)} ${one}`.trim()
    if (textWidth(longer) <= place.width) lines[lines.length - 1] = longer
    else lines.push(one)
  }
  return [
    {
      key: `index:${broker}:walk`,
      x: 0,
      y: 0,
      shapes: lines.slice(0, 2).map((line, i) => label(place.x, place.y + WORDS_Y + i * 15, line, 'small strong')),
    },
  ]
}
