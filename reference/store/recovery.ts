/**
 * Recovery at the start of a store. Recovery finds the end of the log and makes queues and index agree with the log.
 *
 * | last stop | sign                    | the log is walked from                                             |
 * | --------- | ----------------------- | ------------------------------------------------------------------ |
 * | clean     | no file `abort`         | the file with the last record that any queue knows                 |
 * | unclean   | the file `abort` exists | the newest file whose first record is not newer than the checkpoint |
 *
 * "Walk" means: read the log record by record. When no queue has an entry, both walks begin at the start of the log.
 *
 * The walk stops at the first record that is damaged, and the log is cut there. A crash damages only records that were not
 * durable. So no record after the cut was ever acknowledged as durable. Records and queue entries that are newer than the
 * checkpoint are written again, because a torn entry can look valid, and because a sync may have failed before the crash.
 * The store makes all these repairs durable before it writes a new message.
 *
 * | found                                              | then                                                        |
 * | -------------------------------------------------- | ----------------------------------------------------------- |
 * | a queue lacks entries, a file, or all its files    | the whole log is walked again (`recover-queues.ts`)         |
 * | the index lacks files, or they cannot be trusted   | the log is walked from the end of the last good index file  |
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
import { indexedRecord, indexUntil, recoverIndex } from './recover-index.ts'
import { OfferToQueues, progressOf, rebuildQueues, type WalkedParts } from './recover-queues.ts'

/** The parts of a store that recovery reads and repairs. */
export interface RecoveredParts extends WalkedParts {
  /** Undefined when the index is switched off. */
  readonly index: IndexService | undefined
  readonly checkpoint: Checkpoint
}

/** The result of a recovery. */
export interface Recovered {
  /** End of the log. */
  readonly endsAt: number
  /** Store time of the last walked record, or 0 when no record was walked. */
  readonly lastStoreTimestamp: number
  readonly areQueuesMadeAgain: boolean
}

// #region recover-store
/**
 * Repairs the store after a crash: first the log, then the queues
 * and the index, which are derived from the log.
 */
export function recoverStore(parts: RecoveredParts, wasStoppedCleanly: boolean): Recovered {
  const uncertainFrom = firstUncertainFile(parts.log, parts.checkpoint)
  const isDamaged = loadQueues(parts, wasStoppedCleanly, uncertainFrom)
  // One walk finds the end of the log, and adds missing entries to queues and index.
  const from = walkFrom(parts, wasStoppedCleanly, uncertainFrom)
  const walk = new RecoveryWalk(parts, from, wasStoppedCleanly)
  const { endsAt, records } = walk.run()
  const removedBytes = cutLog(parts, walk, endsAt, wasStoppedCleanly)
  // If the walk could not repair the queues, they are rebuilt from the whole log.
  const isAsNoted = agreesWithNote(parts, endsAt)
  const areQueuesMadeAgain = isDamaged || walk.offer.entriesAreMissing || !isAsNoted
  if (areQueuesMadeAgain) rebuildQueues(parts, endsAt)
  if (wasStoppedCleanly || walk.lastIndexed >= endsAt) recoverIndex(parts, parts.index, endsAt, wasStoppedCleanly)
  const facts = { clean: wasStoppedCleanly ? 1 : 0, physicalOffset: endsAt, records, removedBytes }
  parts.trace.emit?.('log.recovered', facts)
  return { endsAt, lastStoreTimestamp: walk.lastStoreTimestamp, areQueuesMadeAgain }
}
// #endregion recover-store

/** Opens the queues. Returns true when a file of at least one queue was missing or too short. */
function loadQueues({ log, queues }: RecoveredParts, wasStoppedCleanly: boolean, uncertainFrom: number): boolean {
  const durableUpTo = wasStoppedCleanly ? Number.POSITIVE_INFINITY : uncertainFrom
  return queues.load(log.endsAt, wasStoppedCleanly, durableUpTo)
}

/** Returns the position where the walk begins; see the first table of this file. */
function walkFrom({ log, queues }: RecoveredParts, wasStoppedCleanly: boolean, uncertainFrom: number): number {
  const isByQueues = wasStoppedCleanly || queues.isEmpty
  return isByQueues ? fileOfPosition(log, queues.maxPhysicalOffset - 1) : uncertainFrom
}

// #region cut-log
/**
 * Cuts the log and the queues at the end of the last good record.
 * Returns how many used bytes were removed. Does not count bytes,
 * and returns 0, while the event log has no reader.
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

/** The walk to the end of the log. The walk passes each good record to the queues, the index and the uncertain tail. */
class RecoveryWalk {
  readonly #parts: RecoveredParts
  readonly #from: number
  readonly #indexing: IndexService | undefined
  readonly offer: OfferToQueues
  readonly tail: UncertainTail
  /**
   * Position of the last record in the index before the walk, or -1 when the index is empty or the walk does not fill it.
   */
  readonly lastIndexed: number
  lastStoreTimestamp = 0

  constructor(parts: RecoveredParts, from: number, wasStoppedCleanly: boolean) {
    const { log, index, checkpoint } = parts
    this.#parts = parts
    this.#from = from
    this.offer = new OfferToQueues(parts, from === log.startsAt)
    this.tail = new UncertainTail(log, wasStoppedCleanly ? Number.POSITIVE_INFINITY : checkpoint.minTimestamp)
    // After a clean stop, the index seldom lacks keys. `recoverIndex` then adds them.
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
    this.lastStoreTimestamp = Math.max(this.lastStoreTimestamp, message.storeTimestamp)
    this.offer.record(message)
    this.#indexing?.put(indexedRecord(message))
  }
  // #endregion recovery-walk
}

/**
 * Returns true when the queues hold as many entries as the summary in the checkpoint says, or when there is no summary that
 * fits the log. A log that is shorter than the summary says has lost durable records. Then nothing vouches for the queues, and
 * the function returns false.
 */
function agreesWithNote({ log, queues, checkpoint }: RecoveredParts, logEndsAt: number): boolean {
  const noted = checkpoint.readSummary(log.startsAt, logEndsAt)
  if (noted === undefined) return !(logEndsAt < checkpoint.notedLogEnd && Number.isFinite(checkpoint.notedLogEnd))
  const found = queues.summary(noted.from, noted.before)
  return noted.queues === found.queues && noted.entries === found.entries
}

/**
 * Writes again the records that are newer than the checkpoint. A sync may have failed before the crash. The system may then
 * have marked these pages as clean, so a sync saves them only after they are written again.
 */
class UncertainTail {
  readonly #log: MappedFileQueue
  readonly #afterTimestamp: number
  /** Ranges of records without a gap. Behind each range except the last, a blank follows. */
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
