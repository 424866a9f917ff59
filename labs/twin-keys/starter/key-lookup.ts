/**
 * Finds messages by their key. The index knows hashes of keys, and for each the positions of records that may be meant.
 */
import { decodeRecord } from '../common/message-codec.ts'
import type { CommitLog } from './commit-log.ts'
import type { IndexService } from './index-service.ts'
import { NOTHING_FOUND, type QueryMessageResult, recordAt } from './message-lookup.ts'

/** What is asked for: at most `maxCount` messages, the newest ones, stored between two times. */
export interface KeyQuery {
  readonly topic: string
  readonly key: string
  readonly maxCount: number
  readonly beginMs: number
  readonly endMs: number
}

/** Returns the records of the messages that are asked for, in the order of the log. */
export function queryMessage(log: CommitLog, index: IndexService, query: KeyQuery): QueryMessageResult {
  const { topic, key, maxCount, beginMs, endMs } = query
  const found = new Map<number, Uint8Array>()
  // Called for one candidate after the other, the newest first. True: it is meant. False: look on. 'enough': look no further.
  const isMeant = (physicalOffset: number) => {
    const record = recordAt(log, physicalOffset)
    if (record === undefined || !isKeptIn(record, topic)) return false
    found.set(physicalOffset, record)
    return true
  }
  const updated = index.queryOffset(topic, key, maxCount, beginMs, endMs, isMeant)
  if (found.size === 0) return NOTHING_FOUND
  const { indexLastUpdateTimestamp, indexLastUpdatePhyoffset } = updated
  const records = [...found].sort(([a], [b]) => a - b).map(([, record]) => record)
  return { records, indexLastUpdateTimestamp, indexLastUpdatePhyoffset }
}

function isKeptIn(record: Uint8Array, topic: string): boolean {
  const decoded = decodeRecord(record, 0, false)
  return 'message' in decoded && decoded.message.topic === topic
}
