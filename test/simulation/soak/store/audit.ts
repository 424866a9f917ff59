/**
 * Looks at everything a store shows and everything that lies on its disk, and compares it with the model.
 *
 * Three views of the same messages must agree: the log as it lies on the disk (`log-reader.ts`), the queues' entries as they
 * lie on the disk, and what the store answers.
 */
import { readI32, readI64 } from '../../../../reference/common/bytes.ts'
import { decodeRecord, encodeRecord } from '../../../../reference/common/message-codec.ts'
import type { MessageStore } from '../../../../reference/store/message-store.ts'
import { demand } from '../violation.ts'
import { type FoundRecord, readLog, requireZeros } from './log-reader.ts'
import { DIRECTORY, STORE_IP, STORE_PORT, type StoreMachine } from './machine.ts'
import type { Entry, Model } from './model.ts'

const ENTRY_BYTES = 20
/** Where a record says its queue offset. */
const QUEUE_OFFSET_AT = 20
/** Entries of transactions that are not committed have no place in a queue. */
const TRANSACTION_BITS = 0xc

/** What happened just before an audit, and so what may be missing in it. */
export type Before = 'running' | 'kill' | 'powercut' | 'stop'

/** Looks at a store between two turns of its event loop: nothing is pending in its memory. */
export function audit(machine: StoreMachine, store: MessageStore, model: Model, before: Before): void {
  const { disk } = machine.node
  const log = readLog(disk, machine.settings.commitLogFileBytes, spoiledSizes(model, store.commitLogMaxOffset))
  demand(
    log.records.length === 0 || store.commitLogMaxOffset === log.endsAt,
    'derived',
    () => `the store ends its log at ${store.commitLogMaxOffset}, the disk at ${log.endsAt}`,
  )
  const found = identify(log.records, model)
  checkLost(model, found, before, log.endsAt)
  const queues = byQueue(log.records, found)
  for (const [queue, records] of queues) checkQueue(machine, store, queue, records, found, before)
  checkOtherQueues(machine, store, queues, before)
  if (machine.settings.indexEntries > 0) checkIndex(store, [...found.values()])
}

/** Whose record is it? Each must be byte for byte what its message encodes to. */
function identify(records: readonly FoundRecord[], model: Model): ReadonlyMap<number, Entry> {
  const atOffset = new Map<number, Entry>()
  for (const entry of model.live) if (entry.record !== undefined) atOffset.set(entry.physicalOffset, entry)
  const found = new Map<number, Entry>()
  let lastTimestamp = 0
  for (const { physicalOffset, bytes } of records) {
    const known = atOffset.get(physicalOffset)
    const isSame = known !== undefined && (known.isSpoiled || Buffer.compare(known.record!, bytes) === 0)
    const entry = isSame ? known : firstSight(physicalOffset, bytes, model)
    found.set(physicalOffset, entry)
    demand(
      !entry.mustGo,
      'invention',
      () => `message ${entry.id} at ${physicalOffset} was spoiled on the disk and is taken for good`,
    )
    if (entry.isSpoiled) continue
    const storeTimestamp = readI64(bytes, entry.message.bornIp.length === 16 ? 68 : 56)
    demand(storeTimestamp >= lastTimestamp, 'order', () => `store times fall at ${physicalOffset}`)
    lastTimestamp = storeTimestamp
  }
  return found
}

function firstSight(physicalOffset: number, bytes: Uint8Array, model: Model): Entry {
  const where = `the record at ${physicalOffset}`
  const decoded = decodeRecord(bytes, 0, true)
  demand('message' in decoded, 'invention', () => `${where} cannot be read: ${'fault' in decoded ? decoded.fault : ''}`)
  const { message } = decoded
  const entry = model.entries[message.flag]
  demand(entry !== undefined, 'invention', () => `${where} was never put`)
  demand(!entry.isGone, 'zombie', () => `${where} is message ${entry.id}, which a recovery had cut off`)
  demand(
    entry.record === undefined,
    'twice',
    () => `message ${entry.id} lies at ${entry.physicalOffset} and at ${physicalOffset}`,
  )
  demand(entry.status !== 'refused', 'invention', () => `${where} is message ${entry.id}, which was refused`)
  const { queueOffset, storeTimestamp } = message
  const place = { queueOffset, physicalOffset, storeTimestamp }
  const expected = encodeRecord({ ...entry.message, ...place, storeIp: STORE_IP, storePort: STORE_PORT })
  demand(
    Buffer.compare(expected, bytes) === 0,
    'invention',
    () => `${where} differs from message ${entry.id} as it was put, in ${difference(expected, bytes)}`,
  )
  if (entry.status === 'ok') {
    const said = entry.place!
    demand(
      said.queueOffset === queueOffset &&
        said.physicalOffset === physicalOffset &&
        said.storeTimestamp === storeTimestamp,
      'answer',
      () =>
        `message ${entry.id} lies at ${queueOffset} (${physicalOffset}), the answer said ${said.queueOffset} (${said.physicalOffset})`,
    )
  }
  entry.record = bytes.slice()
  entry.physicalOffset = physicalOffset
  return entry
}

/** Which bytes differ, for people. */
function difference(expected: Uint8Array, found: Uint8Array): string {
  if (expected.length !== found.length) return `its length: ${found.length} for ${expected.length}`
  const at = [...expected.keys()].filter((i) => expected[i] !== found[i])
  return `the bytes ${at[0]} to ${at.at(-1)} of ${expected.length}, from "${found[at[0]!]}" for "${expected[at[0]!]}"`
}

function checkLost(model: Model, found: ReadonlyMap<number, Entry>, before: Before, endsAt: number): void {
  if (before === 'powercut')
    demand(
      endsAt >= model.claimedFlushed,
      'durability',
      () => `the store had said that its log was durable up to ${model.claimedFlushed}; it ends at ${endsAt}`,
    )
  const present = new Set(found.values())
  // A spoiled record may stay for long, until a recovery walks over it and cuts the log there.
  const cuts = model.live.filter((entry) => entry.isSpoiled && !present.has(entry)).map((entry) => entry.physicalOffset)
  const cutAt = Math.min(...cuts, Infinity)
  model.live = model.live.filter((entry) => {
    if (present.has(entry)) return true
    const lay = entry.place?.physicalOffset ?? entry.physicalOffset
    const isPromised = !entry.isSpoiled && lay < cutAt && (before === 'powercut' ? entry.isSafe : entry.status === 'ok')
    demand(
      !isPromised,
      'durability',
      () => `message ${entry.id}${placeOf(entry)} was acknowledged and is lost after ${before}`,
    )
    if (before !== 'running') entry.isGone = true
    return before === 'running'
  })
}

function placeOf(entry: Entry): string {
  return entry.place === undefined ? '' : ` (at ${entry.place.physicalOffset})`
}

interface QueueName {
  readonly topic: string
  readonly queueId: number
}

function byQueue(records: readonly FoundRecord[], found: ReadonlyMap<number, Entry>) {
  const queues = new Map<string, FoundRecord[]>()
  const names = new Map<string, QueueName>()
  for (const record of records) {
    const { topic, queueId, sysFlag } = found.get(record.physicalOffset)!.message
    const bits = sysFlag & TRANSACTION_BITS
    if (bits === 4 || bits === TRANSACTION_BITS) continue
    const key = `${topic}/${queueId}`
    const list = queues.get(key)
    if (list === undefined) {
      queues.set(key, [record])
      names.set(key, { topic, queueId })
    } else list.push(record)
  }
  return new Map([...queues].map(([key, list]) => [names.get(key)!, list] as const))
}

function checkQueue(
  machine: StoreMachine,
  store: MessageStore,
  { topic, queueId }: QueueName,
  records: readonly FoundRecord[],
  found: ReadonlyMap<number, Entry>,
  before: Before,
): void {
  const where = `queue ${topic}/${queueId}`
  const min = store.minOffset(topic, queueId)
  const max = store.maxOffset(topic, queueId)
  const first = readI64(records[0]!.bytes, QUEUE_OFFSET_AT)
  demand(min === first, 'order', () => `${where} begins at ${min}, its first record in the log is ${first}`)
  demand(
    max === min + records.length,
    'derived',
    () => `${where} has the offsets ${min} to ${max}, the log has ${records.length} records of it`,
  )
  const entries = queueBytes(machine, `${topic}/${queueId}`, max, before)
  let previous = 0
  for (const [i, { physicalOffset, bytes }] of records.entries()) {
    const entry = found.get(physicalOffset)!
    const at = (min + i) * ENTRY_BYTES
    demand(
      readI64(entries, at) === physicalOffset && readI32(entries, at + 8) === bytes.length,
      'derived',
      () => `${where}: entry ${i} points to ${readI64(entries, at)}, record ${i} lies at ${physicalOffset}`,
    )
    demand(physicalOffset >= previous, 'order', () => `${where}: positions fall at entry ${i}`)
    previous = physicalOffset
    if (entry.isSpoiled) continue
    const own = readI64(bytes, QUEUE_OFFSET_AT)
    demand(own === min + i, 'order', () => `${where}: record ${min + i} says it is ${own}`)
    demand(readI64(entries, at + 12) === entry.message.tagsCode, 'derived', () => `${where}: tags code of entry ${i}`)
  }
  checkReading(store, topic, queueId, min, records, found)
}

/** What the store answers is what lies there, in whatever portions it is asked for. */
function checkReading(
  store: MessageStore,
  topic: string,
  queueId: number,
  min: number,
  records: readonly FoundRecord[],
  found: ReadonlyMap<number, Entry>,
): void {
  let offset = min
  for (let turn = 1; offset < min + records.length; turn++) {
    const got = store.getMessage(topic, queueId, offset, 1 + (turn % 7), () => true)
    demand(got.status === 'FOUND' && got.count > 0, 'derived', () => `${topic}/${queueId}@${offset}: ${got.status}`)
    demand(
      got.nextBeginOffset === offset + got.count,
      'order',
      () => `${topic}/${queueId}@${offset}: ${got.count} messages, but next ${got.nextBeginOffset}`,
    )
    const expected = records.slice(offset - min, offset - min + got.count)
    const isSpoiled = expected.some(({ physicalOffset }) => found.get(physicalOffset)!.isSpoiled)
    const isSame = Buffer.compare(Buffer.concat(got.records), Buffer.concat(expected.map(({ bytes }) => bytes))) === 0
    demand(isSame || isSpoiled, 'invention', () => `${topic}/${queueId}@${offset}: other bytes than in the log`)
    offset = got.nextBeginOffset
  }
  const end = store.getMessage(topic, queueId, offset, 1, () => true)
  demand(end.count === 0, 'derived', () => `${topic}/${queueId} goes on behind its end`)
}

/** The entries of a queue as they lie on the disk; behind them are zeros only. */
function queueBytes(machine: StoreMachine, queue: string, max: number, before: Before): Uint8Array {
  const { disk } = machine.node
  const fileBytes = machine.settings.consumeQueueFileBytes
  const all = new Uint8Array(max * ENTRY_BYTES)
  for (const name of disk.list(`${DIRECTORY}consumequeue/${queue}`)) {
    const startsAt = Number(name)
    const file = disk.file(`${DIRECTORY}consumequeue/${queue}/${name}`)!
    // one that is being made again has its full size when it is durable
    const isShort = file.sizeBytes < fileBytes && file.sizeBytes % ENTRY_BYTES === 0 && before !== 'stop'
    demand(file.sizeBytes === fileBytes || isShort, 'derived', () => `${queue}/${name} has ${file.sizeBytes} bytes`)
    const bytes = file.read(0, fileBytes)
    const used = Math.max(0, Math.min(fileBytes, all.length - startsAt))
    all.set(bytes.subarray(0, used), Math.min(startsAt, all.length))
    requireZeros(bytes, used, `queue file ${queue}/${name}`)
  }
  return all
}

/** The newest messages, the oldest, and one in between are found by both of their keys. */
function checkIndex(store: MessageStore, entries: readonly Entry[]): void {
  if (entries.some((entry) => entry.isSpoiled)) return // it costs the index the rest of its log file
  const looked = new Set([0, entries.length >> 1, entries.length - 3, entries.length - 2, entries.length - 1])
  for (const i of looked) {
    const entry = entries[i]
    if (entry === undefined || entry.isSpoiled) continue
    const { topic, sysFlag } = entry.message
    if ((sysFlag & TRANSACTION_BITS) === TRANSACTION_BITS) continue // rolled back: nobody looks for it
    for (const key of [`key-${entry.id}`, String(entry.id)]) {
      const { records } = store.queryMessage(topic, key, 64, 0, Number.MAX_SAFE_INTEGER)
      const isFound = records.some((record) => Buffer.compare(record, entry.record!) === 0)
      demand(isFound, 'derived', () => `the index does not find message ${entry.id} by "${key}"`)
    }
  }
}

/** A queue of which the log has nothing (any more) is empty: it begins where it ends, and nothing lies behind that. */
function checkOtherQueues(
  machine: StoreMachine,
  store: MessageStore,
  queues: ReadonlyMap<QueueName, unknown>,
  before: Before,
): void {
  const { disk } = machine.node
  const known = new Set([...queues.keys()].map(({ topic, queueId }) => `${topic}/${queueId}`))
  for (const directory of disk.list(`${DIRECTORY}consumequeue`)) {
    const topic = directory.slice(0, -1)
    for (const name of disk.list(`${DIRECTORY}consumequeue/${topic}`)) {
      const queueId = Number(name.slice(0, -1))
      if (known.has(`${topic}/${queueId}`)) continue
      const min = store.minOffset(topic, queueId)
      const max = store.maxOffset(topic, queueId)
      demand(
        min === max,
        'derived',
        () => `queue ${topic}/${queueId} has the offsets ${min} to ${max}, the log nothing`,
      )
      queueBytes(machine, `${topic}/${queueId}`, max, before)
    }
  }
}

function spoiledSizes(model: Model, endsAt: number): ReadonlyMap<number, number> {
  const sizes = new Map<number, number>()
  for (const entry of model.live)
    if (entry.isSpoiled && entry.record !== undefined && entry.physicalOffset < endsAt)
      sizes.set(entry.physicalOffset, entry.record.length)
  return sizes
}
