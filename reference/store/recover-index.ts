/**
 * Recovers the index at the start of a store. Keeps the index files that can be trusted, and adds the keys of all later
 * records again. Unlike this store, RocketMQ adds only the keys of the records that the recovery of the log reads.
 *
 * RocketMQ: `IndexService.load`.
 */
import { readI32 } from '../common/bytes.ts'
import { type MessageExt, PROPERTY } from '../common/message.ts'
import type { Checkpoint } from './checkpoint.ts'
import { type IndexedRecord, type IndexService, keysOf } from './index-service.ts'
import { walkLog } from './log-walker.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'
import { type WalkedParts, walkFiles } from './recover-queues.ts'

/** The parts that the recovery of the index needs. */
export interface IndexedParts extends Pick<WalkedParts, 'log' | 'trace'> {
  readonly checkpoint: Checkpoint
}

// #region rebuild-index
/**
 * Keeps the trusted files and adds the missing keys of all
 * records before `position`. Returns the position of the last
 * record in the kept files, or -1.
 */
export function indexUntil(parts: IndexedParts, index: IndexService, position: number): number {
  const keptUpTo = openIndex(parts, index, parts.log.endsAt, false)
  const lastIndexed = index.lastPhyOffset
  indexBetween(parts, index, keptUpTo, position)
  return lastIndexed
}

/**
 * Opens the index when the end of the log is known, and adds the missing keys of all records before `endsAt`. Called after a
 * clean stop, and when the index had keys of records that recovery has removed. Does nothing when `index` is undefined.
 */
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

/**
 * Opens the trusted index files. Returns the position in the log up to which the opened files have every key of every
 * record.
 */
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
  // When files were removed, the checkpoint must no longer say that these files are durable.
  if (checkpoint.indexMsgTimestamp !== vouchedFor) {
    checkpoint.write()
    checkpoint.sync(() => {})
  }
  return keptUpTo
}

/**
 * Returns the position of the first record between `from` and `until` that has a key. Returns `until` when no record has a
 * key.
 */
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

/** Returns the fields of a record that the index needs. */
export function indexedRecord(message: MessageExt): IndexedRecord {
  const { topic, properties, sysFlag, physicalOffset, storeTimestamp } = message
  const uniqKey = properties.get(PROPERTY.UNIQ_KEY)
  return { topic, uniqKey, keys: properties.get(PROPERTY.KEYS), sysFlag, physicalOffset, storeTimestamp }
}
