/** What the log view knows: each broker's records in their bytes, files, queue entries and index items, as the events tell. */
import { decodeBase64 } from '../../../../../reference/common/base64.ts'
import { readI32, readI64 } from '../../../../../reference/common/bytes.ts'
import type { TraceEvent, TraceEventOf } from '../../../../../reference/host/trace.ts'
import type { Fold } from './fold.ts'

/** A record where it stands in the commit log. */
export interface LogRecord {
  readonly n: number
  readonly key: string
  readonly at: number
  readonly sizeBytes: number
  /** A power cut has taken it. */
  isLost: boolean
}

/** An entry of a consume queue, or an item of the index: it leads to a record. */
export interface Entry {
  /** Queue offset; in an index, the number of the item. */
  readonly number: number
  readonly physicalOffset: number
}

/** One broker's store. */
export interface StoreState {
  records: LogRecord[]
  /** Where each file of the commit log begins → its size. */
  readonly files: Map<number, number>
  flushedTo: number
  /** Entries by `topic/queueId`. */
  readonly queues: Map<string, Entry[]>
  index: Entry[]
}

export type Stores = Map<string, StoreState>

/** The stores of all brokers. */
export const STORES: Fold<Stores> = { empty: () => new Map(), apply }

/** Bytes before the slots of an index file, and of one item. */
const INDEX_HEADER = 40
const INDEX_ITEM = 20

function apply(stores: Stores, event: TraceEvent): void {
  switch (event.kind) {
    case 'record.appended': {
      const { n, key, physicalOffset: at, sizeBytes } = event
      const store = storeOf(stores, event.node)
      store.records = store.records.filter((one) => !one.isLost || one.at + one.sizeBytes <= at)
      store.records.push({ n, key, at, sizeBytes, isLost: false })
      break
    }
    case 'entry.dispatched': {
      const { queues } = storeOf(stores, event.node)
      const name = `${event.topic}/${event.queueId}`
      const entries = queues.get(name) ?? []
      queues.set(name, entries)
      if (!entries.some(({ number }) => number === event.queueOffset))
        entries.push({ number: event.queueOffset, physicalOffset: event.physicalOffset })
      break
    }
    case 'log.flushed':
      storeOf(stores, event.node).flushedTo = event.physicalOffset
      break
    case 'log.recovered':
      recover(storeOf(stores, event.node), event.physicalOffset)
      break
    case 'disk.resized': {
      const file = /\/commitlog\/(\d{20})$/.exec(event.path)
      if (file !== null && event.sizeBytes > 0) storeOf(stores, event.node).files.set(Number(file[1]), event.sizeBytes)
      break
    }
    case 'disk.lost':
      if (event.path.includes('/commitlog/')) lose(storeOf(stores, event.node))
      break
    case 'disk.written':
      if (event.path.includes('/index/')) readIndex(storeOf(stores, event.node), event)
      break
    case 'disk.removed':
      if (event.path.includes('/index/')) storeOf(stores, event.node).index = []
      break
  }
}

function storeOf(stores: Stores, node: string): StoreState {
  let store = stores.get(node)
  if (store === undefined) {
    store = { records: [], files: new Map(), flushedTo: 0, queues: new Map(), index: [] }
    stores.set(node, store)
  }
  return store
}

/** What was never flushed is taken to be gone, until the broker has looked at its disk again. */
function lose(store: StoreState): void {
  for (const record of store.records) record.isLost ||= record.at + record.sizeBytes > store.flushedTo
}

/** A broker that starts again says how far its log is whole; entries beyond that are cut off. */
function recover(store: StoreState, to: number): void {
  for (const record of store.records) record.isLost = record.at >= to
  for (const [name, entries] of store.queues)
    store.queues.set(
      name,
      entries.filter(({ physicalOffset }) => physicalOffset < to),
    )
}

/** Items of 20 bytes: hash of the key, physical offset, time, the item before it in the same slot. */
function readIndex(store: StoreState, { atBytes, sizeBytes, payload }: TraceEventOf<'disk.written'>): void {
  if (atBytes < INDEX_HEADER || sizeBytes % INDEX_ITEM !== 0) return
  const bytes = decodeBase64(payload)
  for (let at = 0; at + INDEX_ITEM <= bytes.length; at += INDEX_ITEM) {
    const number = (atBytes + at) / INDEX_ITEM
    // A slot of the hash table is no item: an item has a hash that is not 0, and its time fits into 32 bits.
    if (readI32(bytes, at) <= 0) continue
    if (!store.index.some((one) => one.number === number))
      store.index.push({ number, physicalOffset: readI64(bytes, at + 4) })
  }
}
