/**
 * Reading a queue, and what it can come to.
 *
 * | status                | when                                            | next offset to ask for |
 * | --------------------- | ----------------------------------------------- | ---------------------- |
 * | FOUND                 | at least one message                            | after the last one     |
 * | NO_MATCHED_MESSAGE    | messages are there, the filter let none through | after the last looked at |
 * | NO_MATCHED_LOGIC_QUEUE| no such queue                                   | 0                      |
 * | NO_MESSAGE_IN_QUEUE   | the queue is empty                              | 0                      |
 * | OFFSET_OVERFLOW_ONE   | exactly at the end: wait for the next message   | the same               |
 * | OFFSET_OVERFLOW_BADLY | beyond the end                                  | the end                |
 * | OFFSET_TOO_SMALL      | before the first message that is left           | the first              |
 *
 * RocketMQ: `GetMessageStatus`, `GetMessageResult`, `DefaultMessageStore.getMessage`.
 */
import { assert } from '../common/assert.ts'
import type { CommitLog } from './commit-log.ts'
import type { ConsumeQueue, ConsumeQueueEntry } from './consume-queue.ts'
import { SCANNED_ENTRIES_MAX } from './limits.ts'
import type { IsFull } from './message-sizes.ts'

export const GetMessageStatus = {
  FOUND: 'FOUND',
  NO_MATCHED_MESSAGE: 'NO_MATCHED_MESSAGE',
  NO_MATCHED_LOGIC_QUEUE: 'NO_MATCHED_LOGIC_QUEUE',
  NO_MESSAGE_IN_QUEUE: 'NO_MESSAGE_IN_QUEUE',
  OFFSET_OVERFLOW_ONE: 'OFFSET_OVERFLOW_ONE',
  OFFSET_OVERFLOW_BADLY: 'OFFSET_OVERFLOW_BADLY',
  OFFSET_TOO_SMALL: 'OFFSET_TOO_SMALL',
} as const
export type GetMessageStatus = (typeof GetMessageStatus)[keyof typeof GetMessageStatus]

export interface GetMessageResult {
  readonly status: GetMessageStatus
  readonly nextBeginOffset: number
  readonly minOffset: number
  readonly maxOffset: number
  readonly count: number
  /** The records back to back, in pieces; empty unless FOUND. */
  readonly records: readonly Uint8Array[]
}

/** Decides by the tags code of an entry whether its message may be wanted. */
export type EntryFilter = (tagsCode: number) => boolean

// #region get
/** The messages of a queue from `offset` on that `filter` lets through: at most `maxCount`, but the first always. */
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
  if (offset < minOffset) return none(GetMessageStatus.OFFSET_TOO_SMALL, minOffset)
  if (offset === maxOffset) return none(GetMessageStatus.OFFSET_OVERFLOW_ONE, offset)
  if (offset > maxOffset) return none(GetMessageStatus.OFFSET_OVERFLOW_BADLY, maxOffset)

  const found: ConsumeQueueEntry[] = []
  let bytes = 0
  let nextBeginOffset = offset
  for (const entry of queue.read(offset, SCANNED_ENTRIES_MAX)) {
    if (found.length >= Math.max(maxCount, 1) || isFull(found.length, bytes, entry)) break
    nextBeginOffset = entry.queueOffset + 1
    if (!filter(entry.tagsCode)) continue
    found.push(entry)
    bytes += entry.sizeBytes
  }
  if (found.length === 0) return none(GetMessageStatus.NO_MATCHED_MESSAGE, nextBeginOffset)
  const records = readRecords(log, found)
  return { status: GetMessageStatus.FOUND, nextBeginOffset, minOffset, maxOffset, count: found.length, records }
}
// #endregion get

// #region read-records
/** Records that lie next to each other are read in one piece: a quiet broker serves one topic from one stretch of log. */
function readRecords(log: CommitLog, entries: readonly ConsumeQueueEntry[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let i = 0; i < entries.length; ) {
    const startsAt = entries[i]!.physicalOffset
    let endsAt = startsAt
    while (
      i < entries.length &&
      entries[i]!.physicalOffset === endsAt &&
      endsAt % log.files.fileSizeBytes >= startsAt % log.files.fileSizeBytes
    ) {
      endsAt += entries[i++]!.sizeBytes
    }
    const piece = log.readRange(startsAt, endsAt - startsAt)
    assert(piece.length === endsAt - startsAt, `the queue points to ${startsAt}..${endsAt}, beyond the log`)
    pieces.push(piece)
  }
  return pieces
}
// #endregion read-records
