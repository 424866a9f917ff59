/**
 * Reads a queue through a filter over properties. The store knows only the hash of the tag of a message, so this module
 * finds in each record the properties that the filter names.
 *
 * Reading continues until the answer is full, or up to the limit that also applies to reads with a filter by tags. The result
 * contains the next offset, so skipped messages are not read again. RocketMQ:
 * `ExpressionMessageFilter.isMatchedByCommitLog`. Left out: `ConsumeQueueExt`.
 */
import { type GetMessageResult, GetMessageStatus } from '../../store/get-message.ts'
import { SCANNED_ENTRIES_MAX, TRANSFER_COUNT } from '../../store/limits.ts'
import type { IsFull } from '../../store/message-sizes.ts'
import { READ_AHEAD_MESSAGES_MAX } from '../limits.ts'
import { RecordCursor } from './record-cursor.ts'
import type { SqlFilter } from './sql92.ts'

/** Reads from the store: returns at most `maxCount` messages from an offset on. */
export type ReadFrom = (offset: number, maxCount: number) => GetMessageResult

// #region filtered-read
/**
 * Returns at most `maxCount` records that pass the filter. `read` reads messages from the store without a filter. `isFull`
 * returns true when the answer has no room for the next record.
 */
export function readFiltered(
  read: ReadFrom,
  offset: number,
  maxCount: number,
  passes: SqlFilter,
  isFull: IsFull,
): GetMessageResult {
  const wanted = Math.max(maxCount, 1)
  const records: Uint8Array[] = []
  const record = new RecordCursor()
  let bytes = 0
  let at = offset
  let last = read(at, TRANSFER_COUNT)
  while (last.status === GetMessageStatus.FOUND) {
    // The filter sees the properties of each record, until enough records have passed.
    record.walk(last.records)
    while (record.next()) {
      if (records.length === wanted || isFull(records.length, bytes, record))
        return { ...last, status: GetMessageStatus.FOUND, nextBeginOffset: at, count: records.length, records }
      at++
      if (record.isDamaged || !passes(record)) continue
      records.push(record.record())
      bytes += record.sizeBytes
    }
    at = last.nextBeginOffset
    if (records.length === wanted || at - offset >= SCANNED_ENTRIES_MAX) break
    last = read(at, nextCount(wanted - records.length, records.length, at - offset))
  }
  if (records.length > 0)
    return { ...last, status: GetMessageStatus.FOUND, nextBeginOffset: at, count: records.length, records }
  return at === offset
    ? last
    : { ...last, status: GetMessageStatus.NO_MATCHED_MESSAGE, nextBeginOffset: at, count: 0, records: [] }
}
// #endregion filtered-read

/**
 * Returns how many messages to read next: as many as probably contain `missing` messages that pass, when `passed` of the
 * first `seen` messages have passed. So one read fetches them, and few of them are read in vain.
 */
function nextCount(missing: number, passed: number, seen: number): number {
  const expected = passed === 0 ? 2 * seen : Math.ceil((missing * seen) / passed)
  return Math.min(Math.max(expected, TRANSFER_COUNT), READ_AHEAD_MESSAGES_MAX, SCANNED_ENTRIES_MAX - seen)
}
