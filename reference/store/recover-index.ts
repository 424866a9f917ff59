/**
 * Recovery of the index: the files that can be trusted are kept, and the keys of later records are entered again.
 *
 * RocketMQ: `IndexService.load`. RocketMQ indexes again only what its log recovery walks over.
 */
import { readI32 } from '../common/bytes.ts'
import { type MessageExt, PROPERTY } from '../common/message.ts'
import type { Checkpoint } from './checkpoint.ts'
import { type IndexedRecord, type IndexService, keysOf } from './index-service.ts'
import { walkLog } from './log-walker.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'
import { type WalkedParts, walkFiles } from './recover-queues.ts'

/** What is needed beside the log. */
export interface IndexedParts extends Pick<WalkedParts, 'log' | 'trace'> {
  readonly checkpoint: Checkpoint
}

// #region rebuild-index
/**
 * Keeps the trusted files and enters what they lack of the log
 * before `position`. Returns the last record that they knew.
 */
export function indexUntil(parts: IndexedParts, index: IndexService, position: number): number {
  const keptUpTo = openIndex(parts, index, parts.log.endsAt, false)
  const lastIndexed = index.lastPhyOffset
  indexBetween(parts, index, keptUpTo, position)
  return lastIndexed
}

/** The same for a log whose end is known, and for an index that knew more than is left of the log. */
export function recoverIndex(
  parts: IndexedParts,
  index: IndexService | undefined,
  endsAt: number,
  wasStoppedCleanly: boolean,
): void {
  if (index === undefined) return
  index.forget()
  const keptUpTo = openIndex(parts, index, endsAt, wasStoppedCleanly)
  indexBetween(parts, index, keptUpTo, endsAt)
}

function indexBetween(parts: IndexedParts, index: IndexService, from: number, until: number): void {
  const onRecord = (message: MessageExt) => index.put(indexedRecord(message))
  walkFiles(parts, from, until, 'making the index', onRecord)
}
// #endregion rebuild-index

/** Opens the index files that can be trusted; returns the position up to which they hold the keys of the log. */
function openIndex(parts: IndexedParts, index: IndexService, endsAt: number, wasStoppedCleanly: boolean): number {
  const { log, checkpoint } = parts
  const view = {
    startsAt: log.startsAt,
    endsAt,
    firstKeyed: (from: number, until: number) => firstKeyed(log, from, Math.min(until, endsAt)),
    endOfRecord: (at: number) => at + Math.max(1, readI32(log.read(at, 4), 0)),
  }
  const vouchedFor = checkpoint.indexMsgTimestamp
  const keptUpTo = index.recover(view, wasStoppedCleanly, vouchedFor)
  // The checkpoint must not vouch for files that were removed.
  if (checkpoint.indexMsgTimestamp !== vouchedFor) {
    checkpoint.write()
    checkpoint.sync(() => {})
  }
  return keptUpTo
}

/** Position of the first record with a key between two positions; `until` when there is none. */
function firstKeyed(log: MappedFileQueue, from: number, until: number): number {
  let found = until
  const onRecord = (message: MessageExt) => {
    if (keysOf(indexedRecord(message)).length === 0) return true
    found = message.physicalOffset
    return false
  }
  walkLog(log, { from, until, checkCrc: false, onRecord })
  return found
}

/** The fields of a record that the index needs. */
export function indexedRecord(message: MessageExt): IndexedRecord {
  const { topic, properties, sysFlag, physicalOffset, storeTimestamp } = message
  const uniqKey = properties.get(PROPERTY.UNIQ_KEY)
  return { topic, uniqKey, keys: properties.get(PROPERTY.KEYS), sysFlag, physicalOffset, storeTimestamp }
}
