/**
 * Bytes with their meaning: frames and records cut into named fields, each with its place, for the inspector.
 *
 * Decoding is the reference's own (`remoting/frame-codec.ts`, `common/message-codec.ts`); here the fields only learn where
 * they stand.
 */
import { formatHost } from '../../../reference/common/address.ts'
import { decodeBase64 } from '../../../reference/common/base64.ts'
import { readI32, readI64 } from '../../../reference/common/bytes.ts'
import { decodeRecord } from '../../../reference/common/message-codec.ts'
import { decodeUtf8 } from '../../../reference/common/utf8.ts'
import { decodeFrame } from '../../../reference/remoting/frame-codec.ts'
import type { EventLog } from './log.ts'

/** One field. `size` 0 means that it has no bytes of its own to show. */
export interface ByteField {
  readonly name: string
  readonly at: number
  readonly size: number
  readonly value: string
}

/** Bytes, their fields, and what could not be read. */
export interface Decoded {
  readonly bytes: Uint8Array
  readonly fields: readonly ByteField[]
  readonly fault: string
}

const TEXT_SHOWN = 400

/** The frame that a `net.sent` carried. */
export function frameOf(payload: string): Decoded {
  const bytes = decodeBase64(payload)
  try {
    return { bytes, fields: frameFields(bytes), fault: '' }
  } catch (error) {
    return { bytes, fields: [], fault: error instanceof Error ? error.message : String(error) }
  }
}

function frameFields(bytes: Uint8Array): ByteField[] {
  const command = decodeFrame(bytes)
  const headerBytes = readI32(bytes, 4) & 0xffffff
  const isJson = bytes[4] === 0
  const fields: ByteField[] = [
    { name: 'length', at: 0, size: 4, value: `${readI32(bytes, 0)} bytes follow` },
    { name: 'serialize type', at: 4, size: 1, value: isJson ? '0, JSON' : `${bytes[4]}, binary` },
    { name: 'header length', at: 5, size: 3, value: `${headerBytes} bytes` },
  ]
  if (isJson) fields.push(...jsonFields(decodeUtf8(bytes, 8, 8 + headerBytes), 8))
  else
    fields.push({ name: 'header', at: 8, size: headerBytes, value: `code ${command.code}, opaque ${command.opaque}` })
  const bodyAt = 8 + headerBytes
  if (bodyAt < bytes.length) fields.push(...bodyFields(bytes, bodyAt))
  return fields
}

/** The members of a JSON header, each where it stands; the header is one level deep, and `extFields` one more. */
function jsonFields(text: string, at: number): ByteField[] {
  const header = JSON.parse(text) as Record<string, unknown>
  const fields: ByteField[] = []
  const add = (name: string, key: string, value: unknown, from: number) => {
    const start = text.indexOf(`${JSON.stringify(key)}:`, from)
    if (start < 0) return
    const written = `${JSON.stringify(key)}:${JSON.stringify(value)}`
    const size = text.startsWith(written, start) ? written.length : key.length + 2
    fields.push({ name, at: at + start, size, value: readable(value) })
  }
  const inner = text.indexOf('"extFields":')
  for (const [key, value] of Object.entries(header)) {
    if (value === null) continue
    if (key !== 'extFields') add(key, key, value, 0)
    else for (const [one, own] of Object.entries(value as Record<string, unknown>)) add(one, one, own, inner)
  }
  return fields.sort((a, b) => a.at - b.at)
}

function readable(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return clip(text.replaceAll('\u0001', ' = ').replaceAll('\u0002', ' · '))
}

/** A body is records, or text, or bytes. */
function bodyFields(bytes: Uint8Array, at: number): ByteField[] {
  const fields: ByteField[] = []
  for (let next = at; next < bytes.length; ) {
    const record = decodeRecord(bytes, next, true)
    if ('fault' in record) break
    const size = readI32(bytes, next)
    fields.push(
      ...recordFields(bytes.subarray(next, next + size)).map((one) => ({
        ...one,
        at: one.at + next,
        name: `record: ${one.name}`,
      })),
    )
    next += size
  }
  if (fields.length > 0) return fields
  return [{ name: 'body', at, size: bytes.length - at, value: clip(decodeUtf8(bytes, at, bytes.length)) }]
}

/** The record that an append wrote, from the `disk.written` that followed it. */
export function recordOf(log: EventLog, n: number): Decoded | undefined {
  const appended = log.event(n)
  if (appended?.kind !== 'record.appended') return undefined
  const from = log.indexOf(n) + 1
  for (let at = from; at < Math.min(from + 20, log.events.length); at++) {
    const event = log.events[at]!
    if (event.kind !== 'disk.written' || event.node !== appended.node || !event.path.includes('/commitlog/')) continue
    const start = appended.physicalOffset - fileStart(event.path) - event.atBytes
    if (start < 0 || start + appended.sizeBytes > event.sizeBytes) continue
    const bytes = decodeBase64(event.payload).subarray(start, start + appended.sizeBytes)
    const read = decodeRecord(bytes, 0, true)
    return { bytes, fields: 'fault' in read ? [] : recordFields(bytes), fault: 'fault' in read ? read.fault : '' }
  }
  return undefined
}

/** The entry of a message in its queue, from the newest write that holds it among the first `count` events; `n` of its append. */
export function entryOf(log: EventLog, n: number, count: number): Decoded | undefined {
  const appended = log.event(n)
  if (appended?.kind !== 'record.appended') return undefined
  const { node, topic, queueId, queueOffset } = appended
  for (let at = Math.min(count, log.events.length) - 1; at > log.indexOf(n); at--) {
    const event = log.events[at]!
    if (!('path' in event) || event.node !== node || !event.path.includes(`/consumequeue/${topic}/${queueId}/`))
      continue
    if (event.kind === 'disk.removed') return undefined
    if (event.kind !== 'disk.written') continue
    const start = queueOffset * ENTRY_BYTES - fileStart(event.path) - event.atBytes
    if (start < 0 || start + ENTRY_BYTES > event.sizeBytes) continue
    const bytes = decodeBase64(event.payload).subarray(start, start + ENTRY_BYTES)
    return { bytes, fields: entryFields(bytes), fault: '' }
  }
  return undefined
}

const ENTRY_BYTES = 20

function entryFields(bytes: Uint8Array): ByteField[] {
  return [
    { name: 'physicalOffset', at: 0, size: 8, value: `at byte ${readI64(bytes, 0)}` },
    { name: 'size', at: 8, size: 4, value: `${readI32(bytes, 8)} bytes` },
    { name: 'tagsCode', at: 12, size: 8, value: `hash ${readI64(bytes, 12)}` },
  ]
}

/** The newest entry of a message in the timer log among the first `count` events, from the write that follows it. */
export function timerEntryOf(log: EventLog, key: string, count: number): Decoded | undefined {
  for (let at = Math.min(count, log.events.length) - 1; at >= 0; at--) {
    const placed = log.events[at]!
    if (placed.kind !== 'timer.placed' || placed.key !== key) continue
    const bytes = writtenAt(log, at, placed.node, '/timerlog/', placed.position, TIMER_ENTRY_BYTES)
    return bytes && { bytes, fields: timerEntryFields(bytes), fault: '' }
  }
  return undefined
}

/** The slot of a message in the timer wheel, as it was last written among the first `count` events. */
export function timerSlotOf(log: EventLog, key: string, count: number): Decoded | undefined {
  const placed = log.events.slice(0, count).findLast((event) => event.kind === 'timer.placed' && event.key === key)
  if (placed?.kind !== 'timer.placed') return undefined
  for (let at = count - 1; at >= 0; at--) {
    const event = log.events[at]!
    if (event.kind !== 'disk.written' || event.node !== placed.node || !event.path.endsWith('timerwheel')) continue
    if (event.atBytes !== (Math.floor(placed.slotMs / 1_000) % TIMER_SLOTS) * TIMER_SLOT_BYTES) continue
    const bytes = decodeBase64(event.payload).subarray(0, TIMER_SLOT_BYTES)
    return { bytes, fields: timerSlotFields(bytes), fault: '' }
  }
  return undefined
}

/** The bytes of a write near event `at` that holds `size` bytes from `position` on of the files below `folder`. */
function writtenAt(log: EventLog, at: number, node: string, folder: string, position: number, size: number) {
  for (const event of log.events.slice(Math.max(0, at - 6), at + 6)) {
    if (event.kind !== 'disk.written' || event.node !== node || !event.path.includes(folder)) continue
    const start = position - fileStart(event.path) - event.atBytes
    if (start >= 0 && start + size <= event.sizeBytes) return decodeBase64(event.payload).subarray(start, start + size)
  }
  return undefined
}

const TIMER_ENTRY_BYTES = 52
const TIMER_SLOT_BYTES = 32
/** Slots of the wheel's file: a second each of fourteen days. */
const TIMER_SLOTS = 14 * 86_400

function timerEntryFields(bytes: Uint8Array): ByteField[] {
  const i64 = (at: number) => String(readI64(bytes, at))
  return [
    { name: 'size', at: 0, size: 4, value: `${readI32(bytes, 0)} bytes` },
    { name: 'prevPos', at: 4, size: 8, value: i64(4) },
    { name: 'magic', at: 12, size: 4, value: String(readI32(bytes, 12)) },
    {
      name: 'currWriteTime',
      at: 16,
      size: 8,
      value: `${new Date(readI64(bytes, 16)).toISOString().slice(11, 19)} UTC`,
    },
    { name: 'delayDelta', at: 24, size: 4, value: `${readI32(bytes, 24)} ms` },
    { name: 'commitLogOffset', at: 28, size: 8, value: `at byte ${i64(28)}` },
    { name: 'msgSize', at: 36, size: 4, value: `${readI32(bytes, 36)} bytes` },
    { name: 'topicHash', at: 40, size: 4, value: String(readI32(bytes, 40)) },
    { name: 'reserved', at: 44, size: 8, value: i64(44) },
  ]
}

function timerSlotFields(bytes: Uint8Array): ByteField[] {
  const seconds = readI64(bytes, 0)
  return [
    {
      name: 'time',
      at: 0,
      size: 8,
      value: `${seconds} s: ${new Date(seconds * 1_000).toISOString().slice(11, 19)} UTC`,
    },
    { name: 'firstPos', at: 8, size: 8, value: String(readI64(bytes, 8)) },
    { name: 'lastPos', at: 16, size: 8, value: String(readI64(bytes, 16)) },
    { name: 'num', at: 24, size: 4, value: String(readI32(bytes, 24)) },
    { name: 'magic', at: 28, size: 4, value: String(readI32(bytes, 28)) },
  ]
}

/** A log file's name is the offset it begins at. */
function fileStart(path: string): number {
  return Number(path.slice(path.lastIndexOf('/') + 1))
}

/** The fields of one record, in the order of the disk. */
export function recordFields(bytes: Uint8Array): ByteField[] {
  const fields: ByteField[] = []
  let at = 0
  const add = (name: string, size: number, show: (at: number) => string) => {
    fields.push({ name, at, size, value: size === 0 ? '' : show(at) })
    at += size
  }
  const i32 = (from: number) => String(readI32(bytes, from))
  const i64 = (from: number) => String(readI64(bytes, from))
  const hex = (from: number) => `0x${(readI32(bytes, from) >>> 0).toString(16)}`
  const clock = (from: number) => `${new Date(readI64(bytes, from)).toISOString().slice(11, 23)} UTC`
  const host = (from: number) => formatHost(bytes.subarray(from, from + 4), readI32(bytes, from + 4))
  const text = (size: number) => (from: number) => readable(decodeUtf8(bytes, from, from + size))
  add('totalSize', 4, (from) => `${i32(from)} bytes`)
  add('magicCode', 4, hex)
  add('bodyCRC', 4, hex)
  add('queueId', 4, i32)
  add('flag', 4, i32)
  add('queueOffset', 8, i64)
  add('physicalOffset', 8, i64)
  add('sysFlag', 4, i32)
  add('bornTimestamp', 8, clock)
  add('bornHost', 8, host)
  add('storeTimestamp', 8, clock)
  add('storeHost', 8, host)
  add('reconsumeTimes', 4, i32)
  add('preparedTransactionOffset', 8, i64)
  const bodySize = readI32(bytes, at)
  add('bodyLength', 4, i32)
  add('body', bodySize, text(bodySize))
  const topicSize = bytes[at] ?? 0
  add('topicLength', 1, () => String(topicSize))
  add('topic', topicSize, text(topicSize))
  const propertiesSize = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  add('propertiesLength', 2, () => String(propertiesSize))
  add('properties', propertiesSize, text(propertiesSize))
  return fields
}

function clip(text: string): string {
  return text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text
}
