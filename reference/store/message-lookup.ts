/**
 * Finds messages by something other than their queue offset.
 *
 * | by          | how                                                                                 |
 * | ----------- | ----------------------------------------------------------------------------------- |
 * | position    | the record that begins there, checked: a client may name any number                 |
 * | store time  | binary search over the queue, whose store times never fall                          |
 * | key         | the index returns candidates by hash; topic and key are compared in the record      |
 *
 * RocketMQ: `DefaultMessageStore.lookMessageByOffset`, `getOffsetInQueueByTime`, `queryMessage`;
 * `ConsumeQueue.binarySearchInQueueByTime`.
 */
import { readI32, readI64 } from '../common/bytes.ts'
import { PROPERTY } from '../common/message.ts'
import { decodeRecord, RECORD_AT, storeTimestampAt } from '../common/message-codec.ts'
import type { CommitLog } from './commit-log.ts'
import type { ConsumeQueue, ConsumeQueueEntry } from './consume-queue.ts'
import { type IndexService, keysOf } from './index-service.ts'

/** Which of two neighbours a search by time returns: `LOWER`, the default, or `UPPER`. */
export type BoundaryType = 'LOWER' | 'UPPER'

/** The result of a query by key. */
export interface QueryMessageResult {
  /** Whole records, in the order of the log. */
  readonly records: readonly Uint8Array[]
  readonly indexLastUpdateTimestamp: number
  readonly indexLastUpdatePhyoffset: number
}

/** The result without a match, or without an index: RocketMQ, too, then says nothing about the index. */
export const NOTHING_FOUND: QueryMessageResult = {
  records: [],
  indexLastUpdateTimestamp: 0,
  indexLastUpdatePhyoffset: 0,
}

/** Bytes of a record up to its store time, with the longest born host. */
const HEADER_BYTES = RECORD_AT.bornHost + 20 + 8

// #region record-at
/** The record that begins at a physical offset; undefined when no record begins there. */
export function recordAt(log: CommitLog, physicalOffset: number): Uint8Array | undefined {
  const sizeBytes = readI32(log.readRange(physicalOffset, 4), 0)
  if (sizeBytes <= 0 || sizeBytes > log.files.fileSizeBytes) return undefined
  const record = log.readRecord(physicalOffset, sizeBytes)
  const decoded = record === undefined ? undefined : decodeRecord(record, 0, false)
  const isThatRecord =
    decoded !== undefined && 'message' in decoded && decoded.message.physicalOffset === physicalOffset
  return isThatRecord ? record : undefined
}
// #endregion record-at

/** Store time of an entry's message, or -1. */
export function storeTimestampOf(log: CommitLog, entry: ConsumeQueueEntry | undefined): number {
  if (entry === undefined) return -1
  const header = log.readRange(entry.physicalOffset, Math.min(HEADER_BYTES, entry.sizeBytes))
  return header.length === HEADER_BYTES ? readI64(header, storeTimestampAt(header)) : -1
}

// #region offset-by-time
/**
 * The offset of a moment in a queue.
 *
 * | boundary | messages of that time | no message of that time | after all | before all |
 * | -------- | --------------------- | ----------------------- | --------- | ---------- |
 * | LOWER    | the first of them     | the next later one      | the end   | the first  |
 * | UPPER    | the last of them      | the last earlier one    | the last  | the first  |
 */
export function offsetByTime(log: CommitLog, queue: ConsumeQueue, timestamp: number, boundary: BoundaryType): number {
  const { minOffset, maxOffset } = queue
  let low = minOffset
  let high = maxOffset
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2)
    const storedAt = storeTimestampOf(log, queue.read(middle, 1)[0])
    const isBefore = boundary === 'LOWER' ? storedAt < timestamp : storedAt <= timestamp
    if (isBefore) low = middle + 1
    else high = middle
  }
  return boundary === 'LOWER' ? low : Math.max(low - 1, minOffset)
}
// #endregion offset-by-time

// #region query-message
/**
 * Messages of a topic with a key, stored between two times. RocketMQ asks its index up to three times, further back in
 * time, when the log has none of what was found. Messages older than a deleted one are deleted, too, so once is enough.
 */
export function queryMessage(
  log: CommitLog,
  index: IndexService,
  query: { topic: string; key: string; maxCount: number; beginMs: number; endMs: number },
): QueryMessageResult {
  const { topic, key, maxCount, beginMs, endMs } = query
  const found = new Map<number, Uint8Array>()
  const isMeant = (offset: number) => {
    const record = found.has(offset) ? undefined : recordAt(log, offset)
    if (record === undefined || !hasKey(record, topic, key)) return false
    found.set(offset, record)
    return true
  }
  const updated = index.queryOffset(topic, key, maxCount, beginMs, endMs, isMeant)
  const records = [...found].sort(([a], [b]) => a - b).map(([, record]) => record)
  return records.length > 0
    ? {
        records,
        indexLastUpdateTimestamp: updated.indexLastUpdateTimestamp,
        indexLastUpdatePhyoffset: updated.indexLastUpdatePhyoffset,
      }
    : NOTHING_FOUND
}

/** Compares topic and key: others may have the same hash, as `Aa` and `BB` do. RocketMQ leaves that to the client. */
function hasKey(record: Uint8Array, topic: string, key: string): boolean {
  const decoded = decodeRecord(record, 0, false)
  if (!('message' in decoded) || decoded.message.topic !== topic) return false
  const { sysFlag, properties } = decoded.message
  const [uniqKey, keys] = [properties.get(PROPERTY.UNIQ_KEY), properties.get(PROPERTY.KEYS)]
  return keysOf({ uniqKey, keys, sysFlag }).includes(key)
}
// #endregion query-message
