/**
 * Finds messages in three ways: by their position in the commit log, by their store time, and by their key.
 *
 * | way         | how the messages are found                                                          |
 * | ----------- | ----------------------------------------------------------------------------------- |
 * | position    | the record at the position is checked, because a client may send any number         |
 * | store time  | by binary search over the queue, because a later message of a queue never has an earlier store time |
 * | key         | the index finds candidates by the hash of the key. The topic and the key of each candidate are then compared |
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

/** Selects one of several messages when a message is searched by time. See `offsetByTime`. */
export type BoundaryType = 'LOWER' | 'UPPER'

/** The result of a query by key. */
export interface QueryMessageResult {
  /** The complete records, in the order of the log. */
  readonly records: readonly Uint8Array[]
  readonly indexLastUpdateTimestamp: number
  readonly indexLastUpdatePhyoffset: number
}

/**
 * The result when no message was found, or when the index is switched off. The fields of the index are 0, as in RocketMQ.
 */
export const NOTHING_FOUND: QueryMessageResult = {
  records: [],
  indexLastUpdateTimestamp: 0,
  indexLastUpdatePhyoffset: 0,
}

/** Number of bytes from the start of a record to the end of its store time, when the born host is an IPv6 address. */
const HEADER_BYTES = RECORD_AT.bornHost + 20 + 8

// #region record-at
/** Returns the record that begins at `physicalOffset`. Returns undefined when no record begins at this offset. */
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

/**
 * Returns the store time of the message of `entry`. Returns -1 when `entry` is undefined, or when the log no longer has the
 * message.
 */
export function storeTimestampOf(log: CommitLog, entry: ConsumeQueueEntry | undefined): number {
  if (entry === undefined) return -1
  const header = log.readRange(entry.physicalOffset, Math.min(HEADER_BYTES, entry.sizeBytes))
  return header.length === HEADER_BYTES ? readI64(header, storeTimestampAt(header)) : -1
}

// #region offset-by-time
/**
 * Returns the queue offset of the message that belongs to a time.
 *
 * | boundary | some messages have this time | no message has it, but earlier and later ones exist | all messages are earlier | all are later |
 * | -------- | ---------------------------- | --------------------------------------------------- | ------------------------ | ------------- |
 * | LOWER    | the first of these messages  | the first later message                             | the end of the queue     | the first message |
 * | UPPER    | the last of these messages   | the last earlier message                            | the last message         | the first message |
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
 * Returns messages of a topic that have a key and were stored between two times. In RocketMQ, the index is queried up to
 * three times: when the log has none of the found messages, the next query finds older messages. Here, the index is queried
 * only once, because the log deletes the oldest messages first: when it has lost the found messages, it has lost all older
 * ones.
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

/**
 * Returns true when the record has this topic and key. The comparison is necessary because different keys may have the same
 * hash, for example `Aa` and `BB`. In RocketMQ, the client makes this comparison.
 */
function hasKey(record: Uint8Array, topic: string, key: string): boolean {
  const decoded = decodeRecord(record, 0, false)
  if (!('message' in decoded) || decoded.message.topic !== topic) return false
  const { sysFlag, properties } = decoded.message
  const [uniqKey, keys] = [properties.get(PROPERTY.UNIQ_KEY), properties.get(PROPERTY.KEYS)]
  return keysOf({ uniqKey, keys, sysFlag }).includes(key)
}
// #endregion query-message
