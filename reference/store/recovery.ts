/**
 * The start of a store: where the log ends, and how queues and index are brought into agreement with it.
 *
 * | last stop | sign                   | the log is walked from                                           |
 * | --------- | ---------------------- | ---------------------------------------------------------------- |
 * | clean     | no file `abort`        | the file with the last record that any queue knows               |
 * | unclean   | `abort` is still there | the newest file whose first record is older than the checkpoint  |
 *
 * The walk stops at the first record that is torn, and the log is cut there: what follows was never acknowledged as
 * durable. Records and queue entries that the checkpoint does not vouch for are written once more: a torn entry can look
 * whole, and a failed sync of the process before has saved nothing. The store makes all this durable before its first
 * write.
 *
 * | found                                              | then                                                        |
 * | -------------------------------------------------- | ----------------------------------------------------------- |
 * | a queue lacks entries, a file, or all of them      | the whole log is walked once more (`recover-queues.ts`)     |
 * | the index lacks files, or they cannot be trusted   | the log is walked from the end of the last good index file  |
 *
 * RocketMQ: `CommitLog.recoverNormally`, `recoverAbnormally`.
 */
import type { MessageExt } from '../common/message.ts'
import type { Checkpoint } from './checkpoint.ts'
import { fileOfPosition, firstUncertainFile } from './first-record.ts'
import type { IndexService } from './index-service.ts'
import { WALK_CHUNK_BYTES } from './limits.ts'
import { type WalkResult, walkLog } from './log-walker.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'
import { indexedRecord, indexUntil, recoverIndex } from './recover-index.ts'
import { OfferToQueues, progressOf, rebuildQueues, type WalkedParts } from './recover-queues.ts'

/** Bytes of a blank: its size and its magic. */
const BLANK_BYTES = 8

/** The parts of a store that recovery brings into agreement. */
export interface RecoveredParts extends WalkedParts {
  /** Undefined when it is switched off. */
  readonly index: IndexService | undefined
  readonly checkpoint: Checkpoint
}

export interface Recovered {
  /** End of the log. */
  readonly endsAt: number
  /** Store time of the last walked record. */
  readonly lastStoreTimestamp: number
  readonly areQueuesMadeAgain: boolean
}

// #region recover-store
/**
 * Repairs what a crash left: first the log, then queues and
 * index, which depend on it.
 */
export function recoverStore(parts: RecoveredParts, wasStoppedCleanly: boolean): Recovered {
  const uncertainFrom = firstUncertainFile(parts.log, parts.checkpoint)
  const isDamaged = loadQueues(parts, wasStoppedCleanly, uncertainFrom)
  // One walk finds the end of the log, and fills queues and index.
  const from = walkFrom(parts, wasStoppedCleanly, uncertainFrom)
  const walk = new RecoveryWalk(parts, from, wasStoppedCleanly)
  const { endsAt, records } = walk.run()
  const removedBytes = cutLog(parts, walk, endsAt, wasStoppedCleanly)
  // What the walk could not mend is built again from the whole log.
  const isAsNoted = agreesWithNote(parts, endsAt)
  const areQueuesMadeAgain = isDamaged || walk.offer.entriesAreMissing || !isAsNoted
  if (areQueuesMadeAgain) rebuildQueues(parts, endsAt)
  if (wasStoppedCleanly || walk.lastIndexed >= endsAt) recoverIndex(parts, parts.index, endsAt, wasStoppedCleanly)
  const facts = { clean: wasStoppedCleanly ? 1 : 0, physicalOffset: endsAt, records, removedBytes }
  parts.trace.emit?.('log.recovered', facts)
  return { endsAt, lastStoreTimestamp: walk.lastStoreTimestamp, areQueuesMadeAgain }
}
// #endregion recover-store

/** Opens the queues; returns true when a file of one was missing or short. */
function loadQueues({ log, queues }: RecoveredParts, wasStoppedCleanly: boolean, uncertainFrom: number): boolean {
  const durableUpTo = wasStoppedCleanly ? Number.POSITIVE_INFINITY : uncertainFrom
  return queues.load(log.endsAt, wasStoppedCleanly, durableUpTo)
}

/** Where the walk begins; see the table above. */
function walkFrom({ log, queues }: RecoveredParts, wasStoppedCleanly: boolean, uncertainFrom: number): number {
  const isByQueues = wasStoppedCleanly || queues.isEmpty
  return isByQueues ? fileOfPosition(log, queues.maxPhysicalOffset - 1) : uncertainFrom
}

// #region cut-log
/**
 * Cuts the log where the walk stopped, and the queues with it.
 * Returns how many used bytes were removed.
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

/** The walk to the end of the log; each good record is passed to all that depend on the log. */
class RecoveryWalk {
  readonly #parts: RecoveredParts
  readonly #from: number
  readonly #indexing: IndexService | undefined
  readonly offer: OfferToQueues
  readonly tail: UncertainTail
  /** The last record that the index knew before the walk; -1 when it is not filled by the walk. */
  readonly lastIndexed: number
  lastStoreTimestamp = 0

  constructor(parts: RecoveredParts, from: number, wasStoppedCleanly: boolean) {
    const { log, index, checkpoint } = parts
    this.#parts = parts
    this.#from = from
    this.offer = new OfferToQueues(parts, from === log.startsAt)
    this.tail = new UncertainTail(log, wasStoppedCleanly ? Number.POSITIVE_INFINITY : checkpoint.minTimestamp)
    // After a clean stop the index seldom lacks anything.
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

/** True when the queues hold as many entries as the checkpoint's note says, or when there is no note. */
function agreesWithNote({ log, queues, checkpoint }: RecoveredParts, logEndsAt: number): boolean {
  const noted = checkpoint.readSummary(log.startsAt, logEndsAt)
  if (noted === undefined) return true
  const found = queues.summary(noted.from, noted.before)
  return noted.queues === found.queues && noted.entries === found.entries
}

/**
 * Writes records once more that the checkpoint does not vouch
 * for. A sync of the process before may have failed: the system
 * then takes its pages for saved, and a sync without a write
 * before it saves nothing.
 */
class UncertainTail {
  readonly #log: MappedFileQueue
  readonly #afterTimestamp: number
  /** Stretches of records; each but the last ends at a blank. */
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
