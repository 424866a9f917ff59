import { PROPERTY } from '../common/message.ts'
import { decodeRecord } from '../common/message-codec.ts'
import type { CommitLog } from './commit-log.ts'
import type { IndexService } from './index-service.ts'
import { NOTHING_FOUND, type QueryMessageResult, recordAt } from './message-lookup.ts'

export interface KeyQuery {
  readonly topic: string
  readonly key: string
  readonly maxCount: number
  readonly beginMs: number
  readonly endMs: number
}

interface Found {
  readonly at: number
  readonly record: Uint8Array
}

export function queryMessage(log: CommitLog, index: IndexService, query: KeyQuery): QueryMessageResult {
  const seen = new Set<number>()
  const found: Found[] = []
  const look = (at: number): boolean => {
    if (seen.has(at)) return false
    seen.add(at)
    const record = recordAt(log, at)
    if (record === undefined || !names(record, query)) return false
    found.unshift({ at, record })
    return true
  }
  const { maxCount, beginMs, endMs } = query
  const end = index.queryOffset(query.topic, query.key, maxCount, beginMs, endMs, look)
  const { indexLastUpdateTimestamp, indexLastUpdatePhyoffset } = end
  if (found.length === 0) return NOTHING_FOUND
  const records = found.sort((a, b) => a.at - b.at).map(({ record }) => record)
  return { records, indexLastUpdateTimestamp, indexLastUpdatePhyoffset }
}

function names(record: Uint8Array, { topic, key }: KeyQuery): boolean {
  const read = decodeRecord(record, 0, false)
  if ('fault' in read || read.message.topic !== topic) return false
  const words = [
    read.message.properties.get(PROPERTY.UNIQ_KEY),
    ...(read.message.properties.get(PROPERTY.KEYS) ?? '').split(' '),
  ]
  return words.includes(key)
}
