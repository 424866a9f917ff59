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

/** Takes down all candidates first, and chooses afterwards. */
export function queryMessage(log: CommitLog, index: IndexService, query: KeyQuery): QueryMessageResult {
  const { topic, key, maxCount, beginMs, endMs } = query
  const candidates: number[] = []
  const { indexLastUpdateTimestamp, indexLastUpdatePhyoffset } = index.queryOffset(
    topic,
    key,
    maxCount,
    beginMs,
    endMs,
    (physicalOffset) => {
      if (!candidates.includes(physicalOffset)) candidates.push(physicalOffset)
      return false
    },
  )
  const meant = candidates.filter((at) => isMeant(recordAt(log, at), topic, key)).slice(0, Math.min(maxCount, 64))
  if (meant.length === 0) return NOTHING_FOUND
  const records = meant.sort((a, b) => a - b).map((at) => recordAt(log, at)!)
  return { records, indexLastUpdateTimestamp, indexLastUpdatePhyoffset }
}

function isMeant(record: Uint8Array | undefined, topic: string, key: string): boolean {
  if (record === undefined) return false
  const decoded = decodeRecord(record, 0, false)
  if (!('message' in decoded)) return false
  const { properties, sysFlag, topic: own } = decoded.message
  const all = keysOf({ uniqKey: properties.get(PROPERTY.UNIQ_KEY), keys: properties.get(PROPERTY.KEYS), sysFlag })
  return own === topic && all.some((one) => one === key)
}
