/**
 * Reads messages of a queue, beginning at an offset.
 *
 * | status                 | when                                           | offset for the next read     |
 * | ---------------------- | ---------------------------------------------- | ---------------------------- |
 * | FOUND                  | at least one message is returned               | after the last scanned entry |
 * | NO_MATCHED_MESSAGE     | no scanned message passed the filter           | after the last scanned entry |
 * | NO_MATCHED_LOGIC_QUEUE | there is no such queue                         | 0                            |
 * | NO_MESSAGE_IN_QUEUE    | the max offset of the queue is 0               | 0                            |
 * | OFFSET_OVERFLOW_ONE    | the offset is that of the next message, which has not arrived | the same offset |
 * | OFFSET_OVERFLOW_BADLY  | the offset is greater than that of the next message | the offset of the next message |
 * | OFFSET_TOO_SMALL       | the offset is lower than the min offset        | the min offset               |
 *
 * RocketMQ: `GetMessageStatus`, `GetMessageResult`, `DefaultMessageStore.getMessage`.
 */
import { assert } from '../common/assert.ts'
import { NO_BYTES } from '../common/bytes.ts'
import { newBytes } from '../common/new-bytes.ts'
import type { CommitLog } from './commit-log.ts'
import type { ConsumeQueue } from './consume-queue.ts'
import { ENTRIES_AT_ONCE, READ_GAP_BYTES_MAX, READ_RANGE_BYTES_MAX, SCANNED_ENTRIES_MAX } from './limits.ts'
import type { IsFull } from './message-sizes.ts'
import type { ConsumeQueueEntry } from './queue-entry.ts'

export const GetMessageStatus = {
  FOUND: 'FOUND',
  NO_MATCHED_MESSAGE: 'NO_MATCHED_MESSAGE',
  NO_MATCHED_LOGIC_QUEUE: 'NO_MATCHED_LOGIC_QUEUE',
  NO_MESSAGE_IN_QUEUE: 'NO_MESSAGE_IN_QUEUE',
  OFFSET_OVERFLOW_ONE: 'OFFSET_OVERFLOW_ONE',
  OFFSET_OVERFLOW_BADLY: 'OFFSET_OVERFLOW_BADLY',
  OFFSET_TOO_SMALL: 'OFFSET_TOO_SMALL',
} as const
/** The status of a read. The table at the start of this file explains each value. */
export type GetMessageStatus = (typeof GetMessageStatus)[keyof typeof GetMessageStatus]

/** The result of a read. `nextBeginOffset` is the offset at which the next read should begin. */
export interface GetMessageResult {
  readonly status: GetMessageStatus
  readonly nextBeginOffset: number
  readonly minOffset: number
  readonly maxOffset: number
  readonly count: number
  /**
   * The bytes of the records, in the order of the queue. One element may hold several records. The list is empty when the
   * status is not FOUND.
   */
  readonly records: readonly Uint8Array[]
}

/**
 * Returns true when it is possible that a message with this tags code matches the filter. The tags code is only a hash of
 * the tag, so different tags may have the same tags code.
 */
export type EntryFilter = (tagsCode: number) => boolean

// #region get
/**
 * Returns the messages of a queue that pass `filter`,
 * beginning at `offset`. Returns at most `maxCount` messages,
 * and 0 counts as 1. The first message that passes is
 * returned even when it alone is too large for an answer.
 */
export function getMessage(
  log: CommitLog,
  queue: ConsumeQueue | undefined,
  offset: number,
  maxCount: number,
  filter: EntryFilter,
  isFull: IsFull,
): GetMessageResult {
  const minOffset = queue?.minOffset ?? 0
  const maxOffset = queue?.maxOffset ?? 0
  const none = (status: GetMessageStatus, nextBeginOffset: number): GetMessageResult => {
    return { status, nextBeginOffset, minOffset, maxOffset, count: 0, records: [] }
  }
  if (queue === undefined) return none(GetMessageStatus.NO_MATCHED_LOGIC_QUEUE, 0)
  if (maxOffset === 0) return none(GetMessageStatus.NO_MESSAGE_IN_QUEUE, 0)
  if (offset < minOffset) {
    // rare: the messages were deleted before the group read them
    return none(GetMessageStatus.OFFSET_TOO_SMALL, minOffset)
  }
  if (offset === maxOffset) return none(GetMessageStatus.OFFSET_OVERFLOW_ONE, offset)
  if (offset > maxOffset) {
    // rare: somebody reads beyond the end of the queue
    return none(GetMessageStatus.OFFSET_OVERFLOW_BADLY, maxOffset)
  }

  const { found, nextBeginOffset } = scan(queue, offset, Math.max(maxCount, 1), filter, isFull)
  if (found.length === 0) return none(GetMessageStatus.NO_MATCHED_MESSAGE, nextBeginOffset)
  const records = readRecords(log, found)
  return { status: GetMessageStatus.FOUND, nextBeginOffset, minOffset, maxOffset, count: found.length, records }
}
// #endregion get

// #region scan-entries
/**
 * Returns the entries that pass the filter. Stops when the answer is full, after `SCANNED_ENTRIES_MAX` entries, or at the
 * end of a file of the queue. Reads only a few entries at a time, because most answers are soon full.
 */
function scan(queue: ConsumeQueue, offset: number, countMax: number, filter: EntryFilter, isFull: IsFull) {
  const found: ConsumeQueueEntry[] = []
  let bytes = 0
  let nextBeginOffset = offset
  const scanUntil = Math.min(offset + SCANNED_ENTRIES_MAX, queue.endOfFile(offset))
  while (nextBeginOffset < scanUntil) {
    const entries = queue.read(nextBeginOffset, Math.min(ENTRIES_AT_ONCE, scanUntil - nextBeginOffset))
    if (entries.length === 0) break
    for (const entry of entries) {
      if (found.length >= countMax || isFull(found.length, bytes, entry)) return { found, nextBeginOffset }
      nextBeginOffset = entry.queueOffset + 1
      if (!filter(entry.tagsCode)) continue
      found.push(entry)
      bytes += entry.sizeBytes
    }
  }
  return { found, nextBeginOffset }
}
// #endregion scan-entries

// #region read-records
/**
 * Returns the bytes of the records. One read fetches records
 * that lie near each other in the log, and also the few bytes
 * of other records between them. An element of the result
 * holds the records of one read.
 */
function readRecords(log: CommitLog, entries: readonly ConsumeQueueEntry[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let i = 0; i < entries.length; ) {
    const startsAt = entries[i]!.physicalOffset
    const { endsAt, next, recordBytes } = nearTo(log, entries, i)
    const rangeBytes = endsAt - startsAt
    const hasGaps = recordBytes < rangeBytes
    const bytes = log.readRange(startsAt, rangeBytes, hasGaps ? readRoom(rangeBytes) : undefined)
    assert(bytes.length === rangeBytes, () => `the queue points to ${startsAt}..${endsAt}, beyond the log`)
    pieces.push(hasGaps ? withoutGaps(bytes, startsAt, entries.slice(i, next), recordBytes) : bytes)
    i = next
  }
  return pieces
}

/**
 * Returns the end of the records that are read together with the record of the entry `first`, the index of the entry after
 * them, and the number of bytes of all these records.
 */
function nearTo(log: CommitLog, entries: readonly ConsumeQueueEntry[], first: number) {
  const fileOf = (at: number) => Math.floor(at / log.files.fileSizeBytes)
  const { physicalOffset: startsAt, sizeBytes } = entries[first]!
  let endsAt = startsAt + sizeBytes
  let recordBytes = sizeBytes
  let next = first + 1
  for (; next < entries.length; next++) {
    const { physicalOffset, sizeBytes: nextBytes } = entries[next]!
    const gapBytes = physicalOffset - endsAt
    const isNear = gapBytes >= 0 && gapBytes <= READ_GAP_BYTES_MAX && fileOf(physicalOffset) === fileOf(startsAt)
    if (!isNear || physicalOffset + nextBytes - startsAt > READ_RANGE_BYTES_MAX) break
    endsAt = physicalOffset + nextBytes
    recordBytes += nextBytes
  }
  return { endsAt, next, recordBytes }
}

/** Returns a copy of the records of `entries`, one after the other. `range` are the bytes of the log from `startsAt` on. */
function withoutGaps(
  range: Uint8Array,
  startsAt: number,
  entries: readonly ConsumeQueueEntry[],
  recordBytes: number,
): Uint8Array {
  const records = newBytes(recordBytes)
  let at = 0
  for (const { physicalOffset, sizeBytes } of entries) {
    const from = physicalOffset - startsAt
    records.set(range.subarray(from, from + sizeBytes), at)
    at += sizeBytes
  }
  return records
}
// #endregion read-records

/** Memory for ranges with gaps. Their records are copied before the next read, so all stores of a process can share it. */
let room: Uint8Array = NO_BYTES

function readRoom(rangeBytes: number): Uint8Array {
  if (room.length < rangeBytes) room = new Uint8Array(Math.min(2 * rangeBytes, READ_RANGE_BYTES_MAX))
  return room
}
