/** What the log view knows: each broker's records in their bytes, files, queue entries and index items, as the events tell. */

import type { TraceEvent, TraceEventOf } from '../../../../../reference/host/trace.ts'
import type { Fold } from './fold.ts'
import { fromBase64, i32At, i64At } from './raw.ts'

/** A record where it stands in the commit log. */
export interface LogRecord {
  readonly n: number
  readonly key: string
  readonly topic: string
  readonly at: number
  readonly sizeBytes: number
  /** Under a controller: the epoch in which it was written. */
  readonly epoch?: number
  /** A power cut has taken it, or it was cut off. */
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
  /** Records that were cut off, since another log is the right one; they stay here when something else lies in their place. */
  readonly cut: LogRecord[]
  /** Where each file of the commit log begins → its size. */
  readonly files: Map<number, number>
  /** Files that were removed. They stay in `files`, for what lay in them. */
  readonly removed: Set<number>
  /** What was written into each file, as far as it is known; for small files. */
  readonly bytes: Map<number, Uint8Array>
  /** The topics of the records, in the order in which they came. */
  readonly topics: string[]
  flushedTo: number
  /** Entries by `topic/queueId`. */
  readonly queues: Map<string, Entry[]>
  index: Entry[]
  /** Under a controller: where each epoch begins in this log. */
  epochs: { readonly epoch: number; readonly at: number }[]
  /** What was written into each index file, by its name; for small files. */
  readonly indexFiles: Map<string, Uint8Array>
}

export type Stores = Map<string, StoreState>

/** A store in which nothing has happened. */
export function emptyStore(): StoreState {
  return {
    records: [],
    cut: [],
    files: new Map(),
    removed: new Set(),
    bytes: new Map(),
    topics: [],
    flushedTo: 0,
    queues: new Map(),
    index: [],
    epochs: [],
    indexFiles: new Map(),
  }
}

/** The bytes of larger files are not kept: nobody looks at them one by one. */
const KEPT_FILE_BYTES_MAX = 65_536

/** The stores of all brokers. */
export const STORES: Fold<Stores> = { empty: () => new Map(), apply }

/** Bytes before the slots of an index file, and of one item. */
const INDEX_HEADER = 40
const INDEX_ITEM = 20
/** Bytes of an entry of a consume queue. */
const QUEUE_ENTRY = 20
/** The size in an entry that leads nowhere: it stands before the first entry of a queue whose older messages are gone. */
const FILLER_SIZE = 0x7fffffff

function apply(stores: Stores, event: TraceEvent): void {
  switch (event.kind) {
    case 'record.appended': {
      const { n, key, topic, physicalOffset: at, sizeBytes } = event
      const store = storeOf(stores, event.node)
      // what was lost is seen until something else lies in its place
      store.records = store.records.filter(
        (one) => !one.isLost || one.at + one.sizeBytes <= at || one.at >= at + sizeBytes,
      )
      const epoch = store.epochs.findLast((one) => one.at <= at)?.epoch ?? 0
      store.records.push({ n, key, topic, at, sizeBytes, epoch, isLost: false })
      beginNext(store, at)
      if (!store.topics.includes(topic)) store.topics.push(topic)
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
    case 'log.rolled':
      beginNext(storeOf(stores, event.node), Number(event.file))
      break
    case 'log.flushed':
      storeOf(stores, event.node).flushedTo = event.physicalOffset
      break
    case 'log.recovered':
      recover(storeOf(stores, event.node), event.physicalOffset)
      break
    case 'epoch.began': {
      const store = storeOf(stores, event.node)
      const earlier = store.epochs.filter(({ epoch, at }) => epoch < event.epoch && at <= event.physicalOffset)
      store.epochs = [...earlier, { epoch: event.epoch, at: event.physicalOffset }]
      break
    }
    case 'log.truncated': {
      const store = storeOf(stores, event.node)
      store.cut.push(...store.records.filter(({ at, isLost }) => !isLost && at >= event.physicalOffset))
      recover(store, event.physicalOffset)
      store.flushedTo = Math.min(store.flushedTo, event.physicalOffset)
      store.epochs = store.epochs.filter(({ at }) => at <= event.physicalOffset)
      break
    }
    case 'disk.resized': {
      const start = logFile(event.path)
      if (start !== undefined) resize(storeOf(stores, event.node), start, event.sizeBytes)
      const name = indexFile(event.path)
      if (name !== undefined && event.sizeBytes <= KEPT_FILE_BYTES_MAX)
        storeOf(stores, event.node).indexFiles.set(name, new Uint8Array(event.sizeBytes))
      break
    }
    case 'disk.lost': {
      const start = logFile(event.path)
      if (start === undefined) break
      // Which of its bytes are left is not told.
      storeOf(stores, event.node).bytes.delete(start)
      lose(storeOf(stores, event.node))
      break
    }
    case 'disk.written': {
      const start = logFile(event.path)
      if (start !== undefined)
        storeOf(stores, event.node).bytes.get(start)?.set(fromBase64(event.payload), event.atBytes)
      else if (event.path.includes('/index/')) {
        const store = storeOf(stores, event.node)
        store.indexFiles.get(indexFile(event.path) ?? '')?.set(fromBase64(event.payload), event.atBytes)
        readIndex(store, event)
      } else if (event.path.includes('/consumequeue/')) readQueue(storeOf(stores, event.node), event)
      break
    }
    case 'disk.removed':
    case 'disk.renamed': {
      const start = logFile(event.path)
      if (start !== undefined) storeOf(stores, event.node).removed.add(start)
      else if (event.path.includes('/index/')) {
        const store = storeOf(stores, event.node)
        store.index = []
        store.indexFiles.delete(indexFile(event.path) ?? '')
      } else storeOf(stores, event.node).queues.delete(queueOf(event.path) ?? '')
      break
    }
  }
}

function storeOf(stores: Stores, node: string): StoreState {
  let store = stores.get(node)
  if (store === undefined) {
    store = emptyStore()
    stores.set(node, store)
  }
  return store
}

/** Where a file of the commit log begins, by its path; undefined for other files. */
function logFile(path: string): number | undefined {
  const name = /\/commitlog\/(\d{20})$/.exec(path)?.[1]
  return name === undefined ? undefined : Number(name)
}

/** The name of an index file, by its path; undefined for other files. */
function indexFile(path: string): string | undefined {
  return /\/index\/(\d{17})$/.exec(path)?.[1]
}

/** Begins the file after the newest one, when a position lies there: the disk is told of it a moment later. */
function beginNext(store: StoreState, position: number): void {
  const newest = Math.max(-1, ...store.files.keys())
  const sizeBytes = store.files.get(newest)
  if (sizeBytes === undefined || position < newest + sizeBytes) return
  resize(store, newest + sizeBytes, sizeBytes)
}

/** A new file is all zeros; one that is cut and made long again has zeros from there on. */
function resize({ files, removed, bytes }: StoreState, start: number, sizeBytes: number): void {
  bytes.get(start)?.fill(0, sizeBytes)
  if (sizeBytes === 0) return
  const isNew = !files.has(start) || removed.has(start)
  removed.delete(start)
  if (isNew && sizeBytes <= KEPT_FILE_BYTES_MAX) bytes.set(start, new Uint8Array(sizeBytes))
  files.set(start, Math.max(sizeBytes, files.get(start) ?? 0))
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

/** The queue of a file, as `topic/queueId`; undefined for other files. */
function queueOf(path: string): string | undefined {
  return /\/consumequeue\/([^/]+\/\d+)\/\d{20}$/.exec(path)?.[1]
}

/** Entries of 20 bytes: physical offset, size, tag. Those of a queue that is built again are told by nobody but the disk. */
function readQueue(store: StoreState, { path, atBytes, payload }: TraceEventOf<'disk.written'>): void {
  const name = queueOf(path)
  if (name === undefined) return
  const entries = store.queues.get(name) ?? []
  const bytes = fromBase64(payload)
  const first = (Number(path.slice(-20)) + atBytes) / QUEUE_ENTRY
  for (let i = 0; (i + 1) * QUEUE_ENTRY <= bytes.length && Number.isInteger(first); i++) {
    const size = i32At(bytes, i * QUEUE_ENTRY + 8)
    if (size <= 0 || size === FILLER_SIZE || entries.some(({ number }) => number === first + i)) continue
    entries.push({ number: first + i, physicalOffset: i64At(bytes, i * QUEUE_ENTRY) })
  }
  if (entries.length > 0) store.queues.set(name, entries)
}

/** Items of 20 bytes: hash of the key, physical offset, time, the item before it in the same slot. */
function readIndex(store: StoreState, { atBytes, sizeBytes, payload }: TraceEventOf<'disk.written'>): void {
  if (atBytes < INDEX_HEADER || sizeBytes % INDEX_ITEM !== 0) return
  const bytes = fromBase64(payload)
  for (let at = 0; at + INDEX_ITEM <= bytes.length; at += INDEX_ITEM) {
    const number = (atBytes + at) / INDEX_ITEM
    // A slot of the hash table is no item: an item has a hash that is not 0, and its time fits into 32 bits.
    if (i32At(bytes, at) <= 0) continue
    if (!store.index.some((one) => one.number === number))
      store.index.push({ number, physicalOffset: i64At(bytes, at + 4) })
  }
}
