/**
 * Finds messages by their position in the commit log and by their store time. `key-lookup.ts` finds messages by their key.
 *
 * | way         | how the messages are found                                                          |
 * | ----------- | ----------------------------------------------------------------------------------- |
 * | position    | reads the record at the position, and checks it, because a client can request any position |
 * | store time  | searches the queue by bisection, because a later message of a queue never has an earlier store time |
 *
 * RocketMQ: `DefaultMessageStore.lookMessageByOffset`, `getOffsetInQueueByTime`; `ConsumeQueue.binarySearchInQueueByTime`.
 */
import { readI32, readI64 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { decodeRecord, RECORD_AT, storeTimestampAt } from '../common/message-codec.ts'
import type { CommitLog } from './commit-log.ts'
import type { ConsumeQueue } from './consume-queue.ts'
import type { ConsumeQueueEntry } from './queue-entry.ts'

/** Selects the message that belongs to a time. The table of `offsetByTime` explains both values. */
export type BoundaryType = 'LOWER' | 'UPPER'

/** The result of a query by key. */
export interface QueryMessageResult {
  /** The complete records, in the order of the log. */
  readonly records: readonly Uint8Array[]
  readonly indexLastUpdateTimestamp: number
  readonly indexLastUpdatePhyoffset: number
}

/**
 * The result when no message was found, or when the index is switched off. As in RocketMQ, the fields about the index are 0.
 */
export const NOTHING_FOUND: QueryMessageResult = {
  records: [],
  indexLastUpdateTimestamp: 0,
  indexLastUpdatePhyoffset: 0,
}

/** The number of bytes from the start of a record to the end of its store time, when the born host has an IPv6 address. */
const HEADER_BYTES = RECORD_AT.bornHost + 20 + 8

/** Most records are not longer, so one read finds the size of a record and its bytes. */
const LIKELY_RECORD_BYTES = 2 * 1024

// #region record-at
/** Returns the message whose record begins at `physicalOffset`. Returns undefined when no record begins at this offset. */
export function messageAt(log: CommitLog, physicalOffset: number): MessageExt | undefined {
  const record = bytesAt(log, physicalOffset)
  const decoded = record === undefined ? undefined : decodeRecord(record, 0, false)
  const message = decoded !== undefined && 'message' in decoded ? decoded.message : undefined
  return message?.physicalOffset === physicalOffset ? message : undefined
}

/** Returns the record that begins at `physicalOffset`. Returns undefined when no record begins at this offset. */
export function recordAt(log: CommitLog, physicalOffset: number): Uint8Array | undefined {
  return messageAt(log, physicalOffset) === undefined ? undefined : bytesAt(log, physicalOffset)
}

/** Returns as many bytes from `physicalOffset` on as the four bytes at `physicalOffset` say. The bytes may be no record. */
function bytesAt(log: CommitLog, physicalOffset: number): Uint8Array | undefined {
  const start = log.readRange(physicalOffset, LIKELY_RECORD_BYTES)
  const sizeBytes = start.length < 4 ? 0 : readI32(start, 0)
  if (sizeBytes <= 0 || sizeBytes > log.files.fileSizeBytes) return undefined
  if (sizeBytes > start.length) return log.readRecord(physicalOffset, sizeBytes)
  return physicalOffset + sizeBytes <= log.writtenAt ? start.subarray(0, sizeBytes) : undefined
}
// #endregion record-at

/**
 * Returns the store time of the message of `entry`. Returns -1 when `entry` is undefined, or when the message is no longer
 * in the log.
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
 * | boundary | some messages have this time | no message has this time, but earlier and later messages exist | all messages are earlier | all messages are later |
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
