/**
 * Recovers a store when it starts. Recovery finds the end of the log and makes the queues and the index agree with the log.
 *
 * | last stop | how it is recognized    | the walk over the log begins at                                    |
 * | --------- | ----------------------- | ------------------------------------------------------------------ |
 * | clean     | there is no file `abort` | the log file with the last record that any queue has an entry for     |
 * | unclean   | there is a file `abort` | the newest file whose first record was stored at least 3 s before the times of the checkpoint |
 *
 * A walk reads the log record by record. When no queue has an entry, the walk begins at the start of the log, after a clean
 * and after an unclean stop.
 *
 * The walk stops at the first damaged record. Recovery removes this record and all bytes after it. A crash damages only
 * records that were not durable. So when the disk keeps what was synced, no removed record was reported as durable to a
 * producer. After an unclean stop, records and queue entries that are newer than the checkpoint are written again. One
 * reason is that a damaged queue entry can look valid. The other reason is that a sync may have failed before the crash. All
 * these repairs become durable before the store writes a new message.
 *
 * | what recovery finds                                | what it does                                                |
 * | -------------------------------------------------- | ----------------------------------------------------------- |
 * | a queue lacks entries, a file, or all its files    | it walks over the whole log (`recover-queues.ts`)           |
 * | the index lacks files, or its files cannot be trusted | it walks over the log from the end of the last trusted index file |
 *
 * RocketMQ: `CommitLog.recoverNormally`, `recoverAbnormally`.
 */
import type { MessageExt } from '../common/message.ts'
import { BLANK_BYTES } from '../common/message-codec.ts'
import type { Checkpoint } from './checkpoint.ts'
import { fileOfPosition, firstUncertainFile } from './first-record.ts'
import type { IndexService } from './index-service.ts'
import { WALK_CHUNK_BYTES } from './limits.ts'
import { type WalkResult, walkLog } from './log-walker.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'
import { OfferToQueues } from './offer-to-queues.ts'
import { indexedRecord, indexUntil, recoverIndex } from './recover-index.ts'
import { progressOf, rebuildQueues, type WalkedParts } from './recover-queues.ts'

/** The parts of a store that recovery reads and repairs. */
export interface RecoveredParts extends WalkedParts {
  /** Undefined when the index is switched off. */
  readonly index: IndexService | undefined
  readonly checkpoint: Checkpoint
  /**
   * Records that end after this position are not shown to consumers, because another master may not have them. The value is
   * infinity when no controller elects the master.
   */
  readonly confirmOffset: number
}

/** The result of a recovery. */
export interface Recovered {
  /** The end of the log. */
  readonly endsAt: number
  /** Every record before this position is in its queue. */
  readonly visibleAt: number
  /** The store time of the last confirmed record that the walk has read, or 0 when there is none. */
  readonly lastStoreTimestamp: number
  readonly areQueuesMadeAgain: boolean
}

// #region recover-store
/**
 * Makes the store consistent at its start. Repairs first the log, and then the queues and the index, which are derived from
 * the log.
 */
export function recoverStore(parts: RecoveredParts, wasStoppedCleanly: boolean): Recovered {
  const uncertainFrom = firstUncertainFile(parts.log, parts.checkpoint)
  const isDamaged = loadQueues(parts, wasStoppedCleanly, uncertainFrom)
  // One walk finds the end of the log, and adds the missing entries to the queues and the index.
  const from = walkFrom(parts, wasStoppedCleanly, uncertainFrom)
  const walk = new RecoveryWalk(parts, from, wasStoppedCleanly)
  const { endsAt, records } = walk.run()
  const visibleAt = walk.firstHidden ?? endsAt
  const removedBytes = cutLog(parts, walk, endsAt, wasStoppedCleanly)
  for (const queue of parts.queues.all()) queue.forgetAfter(visibleAt)
  // If the walk could not repair the queues, the queues are rebuilt from the whole log.
  const isAsNoted = agreesWithNote(parts, endsAt)
  const areQueuesMadeAgain = isDamaged || walk.offer.entriesAreMissing || !isAsNoted
  if (areQueuesMadeAgain) rebuildQueues(parts, visibleAt)
  if (wasStoppedCleanly || walk.lastIndexed >= visibleAt) recoverIndex(parts, parts.index, visibleAt, wasStoppedCleanly)
  const facts = { clean: wasStoppedCleanly ? 1 : 0, physicalOffset: endsAt, records, removedBytes }
  parts.trace.emit?.('log.recovered', facts)
  return { endsAt, visibleAt, lastStoreTimestamp: walk.lastStoreTimestamp, areQueuesMadeAgain }
}
// #endregion recover-store

/** Opens the queues. Returns true when a file of at least one queue was missing or too short. */
function loadQueues({ log, queues }: RecoveredParts, wasStoppedCleanly: boolean, uncertainFrom: number): boolean {
  const durableUpTo = wasStoppedCleanly ? Number.POSITIVE_INFINITY : uncertainFrom
  return queues.load(log.endsAt, wasStoppedCleanly, durableUpTo)
}

/** Returns the position at which the walk begins. See the first table of this file. */
function walkFrom({ log, queues }: RecoveredParts, wasStoppedCleanly: boolean, uncertainFrom: number): number {
  const isByQueues = wasStoppedCleanly || queues.isEmpty
  return isByQueues ? fileOfPosition(log, queues.maxPhysicalOffset - 1) : uncertainFrom
}

// #region cut-log
/**
 * Removes all content of the log after the last valid record, and
 * the queue entries for this content. Writes the uncertain
 * records again. Returns the number of removed bytes, or 0 when
 * nothing reads the event log.
 */
function cutLog(parts: RecoveredParts, walk: RecoveryWalk, endsAt: number, wasStoppedCleanly: boolean): number {
  const { log, queues, trace } = parts
  const removedBytes = trace.emit === undefined ? 0 : log.usedBytesAfter(endsAt)
  if (!wasStoppedCleanly || log.hasBytesAt(endsAt)) log.truncateAfter(endsAt, true)
  walk.tail.writeAgain()
  for (const queue of queues.all()) queue.forgetAfter(endsAt)
  queues.correctMinOffsets(log.startsAt)
  return removedBytes
}
// #endregion cut-log

/**
 * The walk to the end of the log. The walk passes each valid record to the queues, to the index, and to `UncertainTail`,
 * which writes the uncertain records again.
 */
class RecoveryWalk {
  readonly #parts: RecoveredParts
  readonly #from: number
  readonly #indexing: IndexService | undefined
  readonly offer: OfferToQueues
  readonly tail: UncertainTail
  /**
   * The position of the last record in the index before the walk. The value is -1 when the index is empty, or when the walk
   * adds no keys to the index.
   */
  readonly lastIndexed: number
  lastStoreTimestamp = 0
  /** The position of the first record that is not confirmed, or undefined. */
  firstHidden: number | undefined

  constructor(parts: RecoveredParts, from: number, wasStoppedCleanly: boolean) {
    const { log, index, checkpoint } = parts
    this.#parts = parts
    this.#from = from
    this.offer = new OfferToQueues(parts, from === log.startsAt)
    this.tail = new UncertainTail(log, wasStoppedCleanly ? Number.POSITIVE_INFINITY : checkpoint.minTimestamp)
    // After a clean stop, keys are seldom missing in the index. So this walk adds no keys, and `recoverIndex` adds the keys
    // that are missing.
    this.#indexing = wasStoppedCleanly ? undefined : index
    this.lastIndexed = this.#indexing === undefined ? -1 : indexUntil(parts, this.#indexing, from)
  }

  // #region recovery-walk
  run(): WalkResult {
    const { log } = this.#parts
    const onRecord = (message: MessageExt) => this.#record(message)
    const onProgress = progressOf(this.#parts, 'recovering')
    return walkLog(log, { from: this.#from, checkCrc: true, onRecord, onProgress })
  }

  #record(message: MessageExt): void {
    this.tail.record(message)
    // Everything before the walk was dispatched, so it was confirmed, even when the checkpoint is older.
    const isHidden = message.physicalOffset + message.storeSize > Math.max(this.#parts.confirmOffset, this.#from)
    if (isHidden) this.firstHidden ??= message.physicalOffset
    if (this.firstHidden !== undefined) return
    this.lastStoreTimestamp = Math.max(this.lastStoreTimestamp, message.storeTimestamp)
    this.offer.record(message)
    this.#indexing?.put(indexedRecord(message))
  }
  // #endregion recovery-walk
}

/**
 * Returns true when the queues have as many entries as the summary in the checkpoint says. Also returns true when the
 * checkpoint has no summary for this log. Returns false when the log is shorter than the summary says. In this case, durable
 * records of the log are lost, and the summary cannot show whether the queues are complete.
 */
function agreesWithNote({ log, queues, checkpoint }: RecoveredParts, logEndsAt: number): boolean {
  const noted = checkpoint.readSummary(log.startsAt, logEndsAt)
  if (noted === undefined) return !(logEndsAt < checkpoint.notedLogEnd && Number.isFinite(checkpoint.notedLogEnd))
  const found = queues.summary(noted.from, noted.before)
  return noted.queues === found.queues && noted.entries === found.entries
}

/**
 * Writes the records that are newer than the checkpoint a second time. A sync may have failed before the crash. After a
 * failed sync, the operating system may have marked the pages of these records as clean. A new sync writes these pages only
 * after the records are written again.
 */
class UncertainTail {
  readonly #log: MappedFileQueue
  readonly #afterTimestamp: number
  /** The ranges of the log that must be written again. A blank lies between two ranges. */
  readonly #stretches: { readonly startsAt: number; endsAt: number }[] = []

  constructor(log: MappedFileQueue, afterTimestamp: number) {
    this.#log = log
    this.#afterTimestamp = afterTimestamp
  }

  // #region uncertain-tail
  record({ physicalOffset, storeSize, storeTimestamp }: MessageExt): void {
    if (storeTimestamp <= this.#afterTimestamp) return
    const last = this.#stretches.at(-1)
    const endsAt = physicalOffset + storeSize
    if (last?.endsAt === physicalOffset) last.endsAt = endsAt
    else this.#stretches.push({ startsAt: physicalOffset, endsAt })
  }

  writeAgain(): void {
    for (const { startsAt, endsAt } of this.#stretches) {
      const isLast = this.#stretches.at(-1)?.startsAt === startsAt
      const until = isLast ? endsAt : endsAt + BLANK_BYTES
      for (let at = startsAt; at < until; at += WALK_CHUNK_BYTES) {
        const lengthBytes = Math.min(WALK_CHUNK_BYTES, until - at)
        this.#log.write(at, this.#log.read(at, lengthBytes).slice())
      }
    }
  }
  // #endregion uncertain-tail
}
