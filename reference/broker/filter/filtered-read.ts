/**
 * Reads a queue through a filter over properties. The store knows only the hash of the tag of a message, so this module
 * finds in each record the properties that the filter names.
 *
 * Reading continues until the answer is full, or up to the limit that also applies to reads with a filter by tags. The result
 * contains the next offset, so skipped messages are not read again. RocketMQ:
 * `ExpressionMessageFilter.isMatchedByCommitLog`. Left out: the bit map in the extension of the queue.
 */
import { readI32 } from '../../common/bytes.ts'
import { propertiesTextOf, RECORD_AT } from '../../common/message-codec.ts'
import { propertyOf } from '../../common/message-properties.ts'
import { type GetMessageResult, GetMessageStatus } from '../../store/get-message.ts'
import { SCANNED_ENTRIES_MAX, TRANSFER_COUNT } from '../../store/limits.ts'
import type { IsFull } from '../../store/message-sizes.ts'
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
  let bytes = 0
  let at = offset
  let last = read(at, TRANSFER_COUNT)
  while (last.status === GetMessageStatus.FOUND) {
    // The filter sees the properties of each record, until enough records have passed.
    for (const record of split(last.records)) {
      const physicalOffset = offsetOf(record)
      if (records.length === wanted || isFull(records.length, bytes, { physicalOffset, sizeBytes: record.length }))
        return { ...last, status: GetMessageStatus.FOUND, nextBeginOffset: at, count: records.length, records }
      at++
      const text = propertiesTextOf(record)
      if (text === undefined || !passes({ get: (name) => propertyOf(text, name) })) continue
      records.push(record)
      bytes += record.length
    }
    at = last.nextBeginOffset
    if (records.length === wanted || at - offset >= SCANNED_ENTRIES_MAX) break
    last = read(at, TRANSFER_COUNT)
  }
  if (records.length > 0)
    return { ...last, status: GetMessageStatus.FOUND, nextBeginOffset: at, count: records.length, records }
  return at === offset
    ? last
    : { ...last, status: GetMessageStatus.NO_MATCHED_MESSAGE, nextBeginOffset: at, count: 0, records: [] }
}
// #endregion filtered-read

/** Yields each record in `pieces`. A piece may contain several records, one after the other. */
function* split(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const piece of pieces)
    for (let at = 0; at < piece.length; ) {
      const sizeBytes = readI32(piece, at)
      if (sizeBytes <= 0) return // rare: a damaged record
      yield piece.subarray(at, at + sizeBytes)
      at += sizeBytes
    }
}

/** Returns the position in the log that a record names. In a damaged record, the result may be any number. */
function offsetOf(record: Uint8Array): number {
  return (
    readI32(record, RECORD_AT.physicalOffset) * 0x1_0000_0000 + (readI32(record, RECORD_AT.physicalOffset + 4) >>> 0)
  )
}
