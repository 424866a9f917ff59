/**
 * Finds messages by their key. The index finds candidates by the hash of the key. Then the topic and the key of each
 * candidate are compared.
 *
 * RocketMQ: `DefaultMessageStore.queryMessage`. In RocketMQ, the client compares topic and key (`MQAdminImpl.queryMessage`).
 */
import { PROPERTY } from '../common/message.ts'
import { decodeRecord } from '../common/message-codec.ts'
import type { CommitLog } from './commit-log.ts'
import { type IndexService, keysOf } from './index-service.ts'
import { NOTHING_FOUND, type QueryMessageResult, recordAt } from './message-lookup.ts'

// #region query-message
/**
 * Returns the messages of `topic` that have the key `key` and were stored from `beginMs` to `endMs`. RocketMQ queries the
 * index up to three times: when the log no longer has the messages that a query has found, the next query looks for older
 * ones. Unlike RocketMQ, this function queries the index only once. The log deletes its oldest messages first. So when the
 * messages that the query has found are deleted, all older messages are deleted, too.
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
