/**
 * One frame or one record, byte by byte: its parts to scale, then every field with its name, its bytes and its text.
 *
 * `shows.event`: `frame NAME` or `answer NAME`: the first such one of the passage that has happened; `record KEY`: the record of
 * that message, also from before the passage; `entry KEY`: its twenty bytes in its queue; `timer KEY` and `slot KEY`: its entry in the
 * timer log, and its slot in the timer wheel. `shows.fields`: only these, with commas.
 */
import { decodeUtf8 } from '../../../../reference/common/utf8.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { type ByteField, type Decoded, entryOf, frameOf, recordOf, timerEntryOf, timerSlotOf } from '../bytes.ts'
import type { EventLog } from '../log.ts'
import { type Drawing, label, type Mark, path, r, rect, type Shape, textWidth } from '../marks.ts'
import type { View, ViewContext } from '../view.ts'
import { clipped, note } from './parts/look.ts'

const MONO_PX = 7.25
const ROW = 17
const STRIP = { y: 24, height: 20 } as const
const TABLE_Y = 62
/** What everything keeps from the sides of the picture. */
const MARGIN = 8

/** What SendMessageRequestHeaderV2 calls its fields, to save bytes. */
const ONE_LETTER: Readonly<Record<string, string>> = {
  a: 'producerGroup',
  b: 'topic',
  c: 'defaultTopic',
  d: 'defaultTopicQueueNums',
  e: 'queueId',
  f: 'sysFlag',
  g: 'bornTimestamp',
  h: 'flag',
  i: 'properties',
  j: 'reconsumeTimes',
  k: 'unitMode',
  l: 'maxReconsumeTimes',
  m: 'batch',
  n: 'brokerName',
}

/** What was asked for, decoded. */
interface Found {
  readonly title: string
  readonly thing: string
  readonly decoded: Decoded
  readonly isV2: boolean
}

/** A part of the whole: where it is, and how it looks. */
interface Part {
  readonly name: string
  readonly at: number
  readonly size: number
  readonly look: number
}

export const bytes: View = (context) => {
  const { width, height, marks } = drawn({ ...context, width: context.width - 2 * MARGIN })
  return { width: width + 2 * MARGIN, height, marks: marks.map((mark) => ({ ...mark, x: mark.x + MARGIN })) }
}

function drawn(context: ViewContext): Drawing {
  const { width, height, passage } = context
  const asked = String(passage.shows?.['event'] ?? '')
  const found = find(asked, context)
  const other = context.ghost === undefined ? undefined : find(asked, { ...context, ...context.ghost })
  if (found === undefined) {
    const what = asked.replace(/^\w+ /, '')
    const text = other === undefined ? `${what}: not yet.` : `${what}: not in your run; the text’s run has it by now.`
    return { width, height: 80, marks: [note(text, width, 80)] }
  }
  const { decoded, thing, title, isV2 } = found
  const parts = partsOf(decoded)
  const only = passage.shows?.['fields'] === undefined ? undefined : String(passage.shows['fields']).split(',')
  const fields = decoded.fields.filter(({ name, size }) => size > 0 && (only === undefined || only.includes(name)))
  const total = `${decoded.bytes.length.toLocaleString('en')} bytes`
  const head: Shape[] = [
    label(2, 14, clipped(title, width - textWidth(total) - 16), 'strong'),
    label(width - 4, 14, total, 'small faint', 'end'),
  ]
  if (decoded.fault !== '') head.push(label(2, TABLE_Y, clipped(decoded.fault, width), 'small bad'))
  const marks: Mark[] = [
    { key: 'head', thing, x: 0, y: 0, shapes: head },
    ...strip(parts, decoded.bytes.length, width, thing),
  ]
  const rows = Math.floor((height - TABLE_Y + ROW - 8) / ROW)
  const columns = width >= 520 && fields.length > rows ? 2 : 1
  const room = rows * columns
  const shown = fields.length > room ? fields.slice(0, room - 1) : fields
  const each = columns === 1 ? shown.length : Math.ceil((shown.length + (fields.length > room ? 1 : 0)) / columns)
  const columnWidth = (width - (columns - 1) * 20) / columns
  for (const [i, field] of shown.entries()) {
    const [column, row] = [Math.floor(i / each), i % each]
    const place = { x: column * (columnWidth + 20), y: TABLE_Y + row * ROW, width: columnWidth }
    const look = parts.find(({ at, size }) => field.at >= at && field.at < at + size)?.look ?? 0
    marks.push(fieldMark(field, i, decoded.bytes, place, look, isV2, thing))
    const was = other === undefined ? undefined : otherText(other.decoded, decoded.bytes, field)
    if (was !== undefined) marks.push(ghostMark(field, textOf(decoded.bytes, field), was, place))
  }
  if (shown.length < fields.length) {
    const x = (columns - 1) * (columnWidth + 20)
    const y = TABLE_Y + (shown.length - (columns - 1) * each) * ROW
    marks.push({
      key: 'more',
      thing,
      x: 0,
      y: 0,
      shapes: [label(x + 10, y, `and ${fields.length - shown.length} more: choose it to see all`, 'small faint')],
    })
  }
  const lowest = TABLE_Y + Math.max(1, Math.min(each, rows)) * ROW
  return { width, height: Math.min(height, lowest), marks }
}

function find(asked: string, { log, count, fromMs }: ViewContext): Found | undefined {
  const [kind, name = ''] = asked.split(' ')
  if (kind === 'entry') return findEntry(name, log, count)
  if (kind === 'timer' || kind === 'slot') return findTimer(kind, name, log, count)
  if (kind !== 'frame' && kind !== 'answer' && kind !== 'record')
    throw new Error(
      `shows.event is "${asked}"; write "frame NAME", "answer NAME", "record KEY", "entry KEY", "timer KEY" or "slot KEY"`,
    )
  for (let i = 0; i < count; i++) {
    const event = log.events[i]!
    if (kind !== 'record' && event.atMs < fromMs) continue
    if (kind === 'record' && event.kind === 'record.appended' && event.key === name) {
      const decoded = recordOf(log, event.n)
      // The bytes are known once the write has been seen, a few events later.
      const isWritten = (one: TraceEvent) =>
        one.kind === 'disk.written' && one.node === event.node && one.path.includes('/commitlog/')
      if (decoded === undefined || !log.events.slice(i + 1, count).some(isWritten)) return undefined
      const title = `${name} as ${event.node} keeps it`
      return { title, thing: `record:${event.n}`, decoded, isV2: false }
    }
    if (kind === 'record' || event.kind !== 'net.sent') continue
    const frame = log.frame(event.n)
    if (frame?.name !== name || (frame.type === 'response') !== (kind === 'answer')) continue
    const title = `${name}${kind === 'answer' ? ', the answer' : ''}: ${event.node} to ${event.peer}`
    return {
      title,
      thing: `frame:${event.n}`,
      decoded: frameOf(event.payload),
      isV2: name === 'SEND_MESSAGE_V2' && kind === 'frame',
    }
  }
  return undefined
}

function findTimer(kind: 'timer' | 'slot', key: string, log: EventLog, count: number): Found | undefined {
  const decoded = kind === 'timer' ? timerEntryOf(log, key, count) : timerSlotOf(log, key, count)
  const title = kind === 'timer' ? `${key} in the timer log` : `the slot of ${key} in the timer wheel`
  return decoded && { title, thing: `message:${key}`, decoded, isV2: false }
}

/** The entry of a message, as its queue holds it now. */
function findEntry(key: string, log: EventLog, count: number): Found | undefined {
  const appended = log.events.slice(0, count).find((event) => event.kind === 'record.appended' && event.key === key)
  const decoded = appended === undefined ? undefined : entryOf(log, appended.n, count)
  if (appended?.kind !== 'record.appended' || decoded === undefined) return undefined
  const title = `${key} in ${appended.topic}, queue ${appended.queueId}: entry ${appended.queueOffset}`
  return { title, thing: `record:${appended.n}`, decoded, isV2: false }
}

/** The large parts: of a frame its lengths, header, extFields and body; of a record its fields. */
function partsOf({ bytes: all, fields }: Decoded): readonly Part[] {
  if (fields[0]?.name !== 'length')
    return fields
      .filter(({ size }) => size > 0)
      .map(({ name, at, size }, i) => ({ name, at, size, look: name === 'body' ? 3 : i % 2 }))
  const headerSize = ((all[5] ?? 0) << 16) | ((all[6] ?? 0) << 8) | (all[7] ?? 0)
  const text = decodeUtf8(all, 8, 8 + headerSize)
  const start = text.indexOf('"extFields":{')
  const end = start < 0 ? -1 : text.indexOf('}', start) + 1
  const parts: Part[] = [
    { name: 'lengths', at: 0, size: 8, look: 0 },
    { name: 'header, JSON', at: 8, size: headerSize, look: 1 },
    { name: 'body', at: 8 + headerSize, size: all.length - 8 - headerSize, look: 3 },
  ]
  if (start >= 0)
    parts.splice(
      1,
      1,
      { name: 'header, JSON', at: 8, size: start, look: 1 },
      { name: 'extFields', at: 8 + start, size: end - start, look: 2 },
      { name: '', at: 8 + end, size: headerSize - end, look: 1 },
    )
  return parts.filter(({ size }) => size > 0)
}

function strip(parts: readonly Part[], total: number, width: number, thing: string): Mark[] {
  const scale = (at: number) => 2 + (at / total) * (width - 6)
  return parts.map(({ name, at, size, look }) => {
    const box = {
      x: scale(at),
      y: STRIP.y,
      width: Math.max(1.5, scale(at + size) - scale(at) - 1),
      height: STRIP.height,
    }
    const shapes: Shape[] = [rect(box, `byte-part part-${look}`, 1)]
    if (box.width > textWidth(name) + 6)
      shapes.push(label(box.x + box.width / 2, STRIP.y + 14.5, name, 'small', 'middle'))
    return { key: `part:${at}`, thing, x: 0, y: 0, shapes }
  })
}

/** Where a field's row is. */
interface FieldPlace {
  readonly x: number
  readonly y: number
  readonly width: number
}

/** Where the names, the bytes and the texts of the rows begin. */
function columnsOf(x: number, width: number) {
  const isNarrow = width < 420
  const nameX = x + 10 + (isNarrow ? 0 : 34)
  const nameWidth = isNarrow ? width * 0.36 : 170
  const hexWidth = isNarrow ? width * 0.24 : 184
  return { isNarrow, nameX, nameWidth, hexX: nameX + nameWidth, hexWidth, textX: nameX + nameWidth + hexWidth }
}

const textStart = (x: number, width: number) => columnsOf(x, width).textX

/** One field in a row: where it begins, its name, its bytes, its text. */
function fieldMark(
  field: ByteField,
  index: number,
  all: Uint8Array,
  { x, y, width }: FieldPlace,
  look: number,
  isV2: boolean,
  thing: string,
): Mark {
  const { isNarrow, nameX, nameWidth, hexX, hexWidth, textX } = columnsOf(x, width)
  const long = isV2 ? ONE_LETTER[field.name] : undefined
  const name = long === undefined ? field.name : `${field.name}  ${long}`
  const shapes: Shape[] = [rect({ x: x + 2, y: y - 12, width: 4, height: ROW - 1 }, `byte-part part-${look}`, 1)]
  if (!isNarrow) shapes.push(label(nameX - 8, y, String(field.at), 'small mono faint', 'end'))
  shapes.push(
    label(nameX, y, clipped(name, nameWidth - 6, isNarrow ? 6.9 : 6.3), 'small strong'),
    label(hexX, y, hexOf(all, field, Math.floor((hexWidth - 8) / (MONO_PX * 3))), 'mono faint'),
    label(textX, y, clipped(textOf(all, field), x + width - textX - 4, MONO_PX), 'mono'),
  )
  if (index > 0 && index % 4 === 0) shapes.push(path(`M${r(x + 8)} ${r(y - 12.5)}H${r(x + width - 4)}`, 'grid-line'))
  return { key: `field:${field.at}:${field.name}`, thing, x: 0, y: 0, shapes }
}

/** What a field holds in the other run, when that is something else. */
function otherText({ bytes: all, fields }: Decoded, own: Uint8Array, field: ByteField): string | undefined {
  const same = fields.find(({ name }) => name === field.name)
  const text = same === undefined ? 'not there' : textOf(all, same)
  return text === textOf(own, field) ? undefined : text
}

/** Behind a field's text: what the text's run has there, as far as there is room; else a sign that it differs. */
function ghostMark(field: ByteField, own: string, was: string, { x, y, width }: FieldPlace): Mark {
  const [textX, end] = [textStart(x, width), x + width]
  const from = textX + (own.length + 1) * MONO_PX
  const words = clipped(`text’s run: ${was}`, end - from - 4)
  const shapes =
    words.length > 14 ? [label(from, y, words, 'small ghost-text')] : [label(textX - 10, y, '≠', 'small ghost-text')]
  return { key: `ghost:${field.at}:${field.name}`, x: 0, y: 0, shapes }
}

function hexOf(all: Uint8Array, { at, size }: ByteField, room: number): string {
  const shown = Math.min(size, size > room ? room - 1 : room)
  const list = [...all.subarray(at, at + Math.max(1, shown))].map((byte) => byte.toString(16).padStart(2, '0'))
  return list.join(' ') + (size > shown ? ' …' : '')
}

/** JSON as it stands; numbers and text of binary fields as they are read. */
function textOf(all: Uint8Array, { at, size, value }: ByteField): string {
  return all[at] === 0x22 && size > 2
    ? decodeUtf8(all, at, at + size)
        .replaceAll('\\u0001', '=')
        .replaceAll('\\u0002', ' ')
    : value
}
