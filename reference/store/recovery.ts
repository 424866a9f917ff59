/**
 * After a start: where does the log end, and do queues and index agree with it?
 *
 * | last stop | sign                   | the log is walked from                                                        |
 * | --------- | ---------------------- | ----------------------------------------------------------------------------- |
 * | clean     | no file `abort`        | the file that holds the last record any queue knows                             |
 * | unclean   | `abort` is still there | the newest file whose first record is older than the checkpoint                 |
 *
 * The walk stops at the first record that is torn, and the log is cut there: what follows was never acknowledged as
 * durable, and an extra file of zeros goes with it. Every record walked is offered to its queue; a queue takes only what
 * it lacks. RocketMQ offers only records that begin *after* the last known one ends, and so misses one that begins exactly
 * there; offering it again is harmless.
 *
 * Records and queue entries that the checkpoint does not vouch for are written once more: a torn entry can look whole, and
 * a sync that failed in the process before has saved nothing. The store then makes all this durable before its first write.
 *
 * | found                                             | then                                                        |
 * | ------------------------------------------------- | ----------------------------------------------------------- |
 * | a queue lacks entries, a file, or all of them      | the whole log is walked once more and fills every queue      |
 * | the index lacks files, or they are not trustworthy | the log is walked from the end of the last index file kept    |
 *
 * RocketMQ: `CommitLog.recoverNormally`, `recoverAbnormally`, `ConsumeQueueStore.recover`, `IndexService.load`.
 */

import { readI32 } from '../common/bytes.ts'
import { type MessageExt, PROPERTY } from '../common/message.ts'
import { decodeRecord } from '../common/message-codec.ts'
import { SYS_FLAG, transactionValue } from '../common/sys-flag.ts'
import type { Trace } from '../host/trace.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import { delayOfLevelMs, SCHEDULE_TOPIC } from './delay-level.ts'
import { type IndexService, keysOf } from './index-service.ts'
import { WALK_CHUNK_BYTES } from './limits.ts'
import { walkLog } from './log-walker.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'
import { tagsCodeOf } from './put-message.ts'

/** The first record of a file is read in one piece of at most this size; its header is all that matters. */
const FIRST_RECORD_BYTES_MAX = 8 * 1024 * 1024

/** What a blank has: its size and its magic. */
const BLANK_BYTES = 8

/** The parts of a store that recovery brings into agreement. */
export interface StoreParts {
  /** Files of the commit log, loaded. */
  readonly log: MappedFileQueue
  readonly queues: ConsumeQueueStore
  /** Undefined when it is switched off. */
  readonly index: IndexService | undefined
  readonly checkpoint: Checkpoint
  readonly trace: Trace
  /** When messages of `SCHEDULE_TOPIC` are due, by level: their entries carry that. */
  readonly delayLevelsMs: readonly number[]
}

export interface Recovered {
  /** Where the log ends. */
  readonly endsAt: number
  /** Store time of the last record walked. */
  readonly lastStoreTimestamp: number
  readonly areQueuesMadeAgain: boolean
}

// #region recover-store
/** Repairs what a crash left, in the order of what depends on what: log, queues, index. */
export function recoverStore(parts: StoreParts, clean: boolean): Recovered {
  const { log, queues, index, checkpoint } = parts
  const uncertainFrom = firstUncertainFile(log, checkpoint)
  const isDamaged = queues.load(log.endsAt, clean, clean ? Number.POSITIVE_INFINITY : uncertainFrom)
  const from = clean || queues.isEmpty ? fileOfPosition(log, queues.maxPhysicalOffset - 1) : uncertainFrom
  const offer = new OfferToQueues(parts, from === log.startsAt)
  let lastStoreTimestamp = 0
  const tail = new UncertainTail(log, clean ? Number.POSITIVE_INFINITY : checkpoint.minTimestamp)
  // After a crash the index is made again in the same walk; after a clean stop there is seldom anything to make.
  const indexing = clean ? undefined : index
  const lastIndexed = indexing === undefined ? -1 : indexUntil(parts, indexing, from)
  const onRecord = (message: MessageExt) => {
    tail.record(message)
    lastStoreTimestamp = Math.max(lastStoreTimestamp, message.storeTimestamp)
    offer.record(message)
    indexing?.put(indexedRecord(message))
  }
  const { endsAt, records } = walkLog(log, { from, checkCrc: true, onRecord, onProgress: told(parts, 'recovering') })
  const removedBytes = parts.trace.emit === undefined ? 0 : log.usedBytesAfter(endsAt)
  if (!clean || log.hasBytesAt(endsAt)) log.truncateAfter(endsAt, true)
  tail.writeAgain()
  for (const queue of queues.all()) queue.forgetAfter(endsAt)
  queues.correctMinOffsets(log.startsAt)

  const noted = checkpoint.readSummary(log.startsAt, endsAt)
  const found = noted === undefined ? undefined : queues.summary(noted.from, noted.before)
  const isAsNoted = noted?.queues === found?.queues && noted?.entries === found?.entries
  const areQueuesMadeAgain = isDamaged || offer.entriesAreMissing || !isAsNoted
  if (areQueuesMadeAgain) rebuildQueues(parts, endsAt)
  if (clean || lastIndexed >= endsAt) recoverIndex(parts, endsAt, clean)
  const facts = { clean: clean ? 1 : 0, physicalOffset: endsAt, records, removedBytes }
  parts.trace.emit?.('log.recovered', facts)
  return { endsAt, lastStoreTimestamp, areQueuesMadeAgain }
}
// #endregion recover-store

// #region uncertain-tail
/**
 * Records that the checkpoint does not vouch for are written once more, as they are. A sync of the process before may
 * have failed: the system then takes its pages for saved, and a sync without a write before it saves nothing.
 */
class UncertainTail {
  readonly #log: MappedFileQueue
  readonly #after: number
  /** Stretches of records; each but the last ends at a blank. */
  readonly #stretches: { readonly startsAt: number; endsAt: number }[] = []

  constructor(log: MappedFileQueue, afterTimestamp: number) {
    this.#log = log
    this.#after = afterTimestamp
  }

  record({ physicalOffset, storeSize, storeTimestamp }: MessageExt): void {
    if (storeTimestamp <= this.#after) return
    const last = this.#stretches.at(-1)
    const endsAt = physicalOffset + storeSize
    if (last?.endsAt === physicalOffset) last.endsAt = endsAt
    else this.#stretches.push({ startsAt: physicalOffset, endsAt })
  }

  writeAgain(): void {
    for (const [i, { startsAt, endsAt }] of this.#stretches.entries()) {
      const until = i < this.#stretches.length - 1 ? endsAt + BLANK_BYTES : endsAt
      for (let at = startsAt; at < until; at += WALK_CHUNK_BYTES)
        this.#log.write(at, this.#log.read(at, Math.min(WALK_CHUNK_BYTES, until - at)).slice())
    }
  }
}
// #endregion uncertain-tail

/** Tells how far a walk has come. */
function told({ log, trace }: StoreParts, what: string): (position: number) => void {
  return (position) => trace.log('info', `${what}: at ${position} of at most ${log.endsAt} bytes of the commit log`)
}

// #region uncertain-file
/** The newest file whose first record is older than what the checkpoint vouches for. */
function firstUncertainFile(files: MappedFileQueue, checkpoint: Checkpoint): number {
  for (const startsAt of [...files.fileStarts].reverse()) {
    const first = firstRecord(files, startsAt)
    if (first !== undefined && first.storeTimestamp <= checkpoint.minTimestamp) return startsAt
  }
  return files.startsAt
}

/**
 * Whether a log file that begins at `startsAt`, with this record, was not durable when the checkpoint was written: then a
 * power cut may have kept its name by chance. So it is when its first record is torn. When the times are equal, or the
 * checkpoint's cannot be believed, the position noted in it decides; without one, nothing speaks against the file.
 */
export function wasNeverDurable(startsAt: number, record: Uint8Array, checkpoint: Checkpoint): boolean {
  const isBeyondNote = startsAt >= checkpoint.notedLogEnd
  if (!checkpoint.isTrustworthy) return isBeyondNote
  const decoded = decodeRecord(record, 0, true)
  if ('fault' in decoded || decoded.message.physicalOffset !== startsAt) return true
  const { storeTimestamp } = decoded.message
  return storeTimestamp === checkpoint.physicMsgTimestamp
    ? isBeyondNote
    : storeTimestamp > checkpoint.physicMsgTimestamp
}

/** The newest file that begins at or before a position with a record. */
function fileOfPosition(files: MappedFileQueue, position: number): number {
  const found = files.fileStarts.findLast((start) => start <= position && firstRecord(files, start) !== undefined)
  return found ?? files.startsAt
}
// #endregion uncertain-file

/** The record a file begins with; undefined when it begins with none, or with a damaged one. */
export function firstRecord(files: MappedFileQueue, startsAt: number): MessageExt | undefined {
  const sizeBytes = readI32(files.read(startsAt, 8), 0)
  if (sizeBytes <= 0 || sizeBytes > FIRST_RECORD_BYTES_MAX) return undefined
  const decoded = decodeRecord(files.read(startsAt, sizeBytes), 0, true)
  return 'message' in decoded && decoded.message.physicalOffset === startsAt ? decoded.message : undefined
}

// #region offer-to-queues
/** Gives walked records to their queues, and notices queues that cannot take them. */
class OfferToQueues {
  readonly #queues: ConsumeQueueStore
  readonly #delayLevelsMs: readonly number[]
  readonly #isWholeLog: boolean
  /** A queue lacks entries that lie before the walk. */
  entriesAreMissing = false

  /** `isWholeLog`: the walk begins where the log begins, so what a queue lacks before its first record is gone for good. */
  constructor({ queues, delayLevelsMs }: StoreParts, isWholeLog: boolean) {
    this.#queues = queues
    this.#delayLevelsMs = delayLevelsMs
    this.#isWholeLog = isWholeLog
  }

  record(message: MessageExt): void {
    if (!hasQueueEntry(message.sysFlag)) return
    const { topic, queueId, queueOffset, physicalOffset, storeSize } = message
    const queue = this.#queues.findOrMake(topic, queueId)
    // Only a file removed by hand makes a queue begin after a message that is still in the log.
    if (queueOffset < queue.firstOffset) {
      if (this.#isWholeLog) queue.deleteAll()
      else this.entriesAreMissing = true
    }
    if (queue.contradicts(queueOffset, physicalOffset)) queue.forgetFrom(queueOffset) // the log decides
    const isNew = this.#isWholeLog && queue.maxOffset === 0
    if (queueOffset > queue.maxOffset && !isNew) {
      this.entriesAreMissing = true
      return
    }
    queue.put(queueOffset, {
      physicalOffset,
      sizeBytes: storeSize,
      tagsCode: entryTagsCode(message, this.#delayLevelsMs),
    })
  }
}
// #endregion offer-to-queues

// #region rebuild-queues
/**
 * Walks the whole log and gives every queue what it lacks. The checkpoint already vouches for some of it, so a power cut
 * must not leave a part that looks whole: files made now are short until they are durable.
 */
function rebuildQueues(parts: StoreParts, endsAt: number): void {
  const { log, queues, trace } = parts
  trace.log('warn', 'consume queues lack entries of messages in the commit log: they are made again from it')
  const offer = new OfferToQueues(parts, true)
  queues.isMakingAgain = true
  walkFiles(parts, log.startsAt, endsAt, 'making consume queues', (message) => offer.record(message))
  for (const queue of queues.all()) queue.writeOut()
  queues.isMakingAgain = false
  queues.correctMinOffsets(log.startsAt)
  if (offer.entriesAreMissing) trace.log('error', 'some queues end early: a damaged record stands in the commit log')
}

function walkFiles(
  parts: StoreParts,
  from: number,
  until: number,
  what: string,
  onRecord: (message: MessageExt) => void,
): void {
  for (let at = from; at < until; ) {
    const walk = { from: at, until, checkCrc: false, onRecord, onProgress: told(parts, what) }
    const { stoppedAt, reason } = walkLog(parts.log, walk)
    if (stoppedAt >= until) return
    parts.trace.log('warn', `${what}: ${reason}; it is left out`)
    at = afterDamage(parts.log, stoppedAt)
  }
}

/** Where to go on after a damaged record: behind it if a good one follows, otherwise in the next file. */
function afterDamage(log: MappedFileQueue, at: number): number {
  const next = at + readI32(log.read(at, 4), 0)
  if (next > at && firstRecord(log, next) !== undefined) return next
  return at - (at % log.fileSizeBytes) + log.fileSizeBytes
}
// #endregion rebuild-queues

// #region rebuild-index
/** Keeps the index files that can be trusted, and enters what they lack of the log before `position`; gives the last record they knew. */
function indexUntil(parts: StoreParts, index: IndexService, position: number): number {
  const keptUpTo = openIndex(parts, index, parts.log.endsAt, false)
  const lastIndexed = index.lastPhyOffset
  walkFiles(parts, keptUpTo, position, 'making the index', (message) => index.put(indexedRecord(message)))
  return lastIndexed
}

/** The same when it is known where the log ends; also when the index knows more than is left of the log. */
function recoverIndex(parts: StoreParts, endsAt: number, clean: boolean): void {
  const { index } = parts
  if (index === undefined) return
  index.forget()
  const keptUpTo = openIndex(parts, index, endsAt, clean)
  walkFiles(parts, keptUpTo, endsAt, 'making the index', (message) => index.put(indexedRecord(message)))
}

/** Opens the index files that can be trusted; gives up to where they hold the keys of the log. */
function openIndex(parts: StoreParts, index: IndexService, endsAt: number, clean: boolean): number {
  const { log, checkpoint } = parts
  const view = {
    startsAt: log.startsAt,
    endsAt,
    firstKeyed: (from: number, until: number) => firstKeyed(log, from, Math.min(until, endsAt)),
    endOfRecord: (at: number) => at + Math.max(1, readI32(log.read(at, 4), 0)),
  }
  const vouchedFor = checkpoint.indexMsgTimestamp
  const keptUpTo = index.recover(view, clean, vouchedFor)
  if (checkpoint.indexMsgTimestamp !== vouchedFor) {
    checkpoint.write()
    checkpoint.sync(() => {})
  }
  return keptUpTo
}

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
// #endregion rebuild-index

function indexedRecord({ topic, properties, sysFlag, physicalOffset, storeTimestamp }: MessageExt) {
  const uniqKey = properties.get(PROPERTY.UNIQ_KEY)
  return { topic, uniqKey, keys: properties.get(PROPERTY.KEYS), sysFlag, physicalOffset, storeTimestamp }
}

/** Prepared and rolled-back messages are in the log but in no queue. */
export function hasQueueEntry(sysFlag: number): boolean {
  const type = transactionValue(sysFlag)
  return type === 0 || type === SYS_FLAG.TRANSACTION_COMMIT
}

/** What the entry carries for the filter: the tag's hash; of a message that waits for its time, when it is due. */
function entryTagsCode({ topic, properties, storeTimestamp }: MessageExt, levelsMs: readonly number[]): number {
  const level = Number(properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? 0)
  if (topic === SCHEDULE_TOPIC && level > 0) return storeTimestamp + delayOfLevelMs(level, levelsMs)
  return tagsCodeOf(properties)
}
