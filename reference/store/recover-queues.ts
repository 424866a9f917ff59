/**
 * Recovery of the consume queues: every walked record is offered to its queue, which takes only what it lacks.
 *
 * When the walk that ends the log does not reach far enough back for a queue, the whole log is walked once more.
 *
 * RocketMQ: `ConsumeQueueStore.recover`, `CommitLogDispatcherBuildConsumeQueue`. RocketMQ offers only records that begin
 * *after* the last known one ends, and so misses one that begins exactly there; offering it again is harmless.
 */
import { readI32 } from '../common/bytes.ts'
import { type MessageExt, PROPERTY } from '../common/message.ts'
import type { Trace } from '../host/trace.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import { delayOfLevelMs, SCHEDULE_TOPIC } from './delay-level.ts'
import { firstRecord } from './first-record.ts'
import { walkLog } from './log-walker.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'
import { hasQueueEntry, tagsCodeOf } from './put-message.ts'

/** What the walks over a log and its queues need. */
export interface WalkedParts {
  /** Files of the commit log, loaded. */
  readonly log: MappedFileQueue
  readonly queues: ConsumeQueueStore
  readonly trace: Trace
  /** Delay of each level: entries of `SCHEDULE_TOPIC` hold the time of delivery. */
  readonly delayLevelsMs: readonly number[]
}

/** Offers walked records to their queues, and notices queues that cannot take them. */
export class OfferToQueues {
  readonly #queues: ConsumeQueueStore
  readonly #delayLevelsMs: readonly number[]
  readonly #isWholeLog: boolean
  /** A queue lacks entries of records that lie before the walk. */
  entriesAreMissing = false

  /** `isWholeLog`: the walk begins where the log begins; records before a queue's first one are then gone for good. */
  constructor({ queues, delayLevelsMs }: WalkedParts, isWholeLog: boolean) {
    this.#queues = queues
    this.#delayLevelsMs = delayLevelsMs
    this.#isWholeLog = isWholeLog
  }

  // #region offer-to-queues
  /** Offers one record. Records come in the order of the log. */
  record(message: MessageExt): void {
    if (!hasQueueEntry(message.sysFlag)) return
    const { topic, queueId, queueOffset } = message
    const { physicalOffset, storeSize: sizeBytes } = message
    const queue = this.#queues.findOrMake(topic, queueId)
    if (queueOffset < queue.firstOffset) this.#firstFileIsGone(queue)
    // The log decides: the entry of a record that it has lost goes.
    const isOther = queue.contradicts(queueOffset, physicalOffset)
    if (isOther) queue.forgetFrom(queueOffset)
    const isNew = this.#isWholeLog && queue.maxOffset === 0
    if (queueOffset > queue.maxOffset && !isNew) {
      this.entriesAreMissing = true
      return
    }
    const tagsCode = entryTagsCode(message, this.#delayLevelsMs)
    queue.put(queueOffset, { physicalOffset, sizeBytes, tagsCode })
  }
  // #endregion offer-to-queues

  /** The log still has a message from before the queue's first file: that file was removed by hand. */
  #firstFileIsGone(queue: { deleteAll(): void }): void {
    if (this.#isWholeLog) queue.deleteAll()
    else this.entriesAreMissing = true
  }
}

// #region rebuild-queues
/**
 * Walks the whole log and adds to every queue what it lacks.
 * The checkpoint already vouches for these entries, so a power
 * cut must not leave a part that looks whole: new files stay
 * short until they are durable.
 */
export function rebuildQueues(parts: WalkedParts, endsAt: number): void {
  const { log, queues, trace } = parts
  trace.log('warn', 'consume queues lack entries of messages in the commit log: they are made again from it')
  const offer = new OfferToQueues(parts, true)
  queues.isMakingAgain = true
  const onRecord = (message: MessageExt) => offer.record(message)
  walkFiles(parts, log.startsAt, endsAt, 'making consume queues', onRecord)
  for (const queue of queues.all()) queue.writeOut()
  queues.isMakingAgain = false
  queues.correctMinOffsets(log.startsAt)
  if (!offer.entriesAreMissing) return
  trace.log('error', 'some queues end early: a damaged record stands in the commit log')
}
// #endregion rebuild-queues

// #region walk-files
/** Walks the log and goes on behind damaged records. */
export function walkFiles(
  parts: Pick<WalkedParts, 'log' | 'trace'>,
  from: number,
  until: number,
  what: string,
  onRecord: (message: MessageExt) => void,
): void {
  const onProgress = progressOf(parts, what)
  for (let at = from; at < until; ) {
    const walk = { from: at, until, checkCrc: false, onRecord, onProgress }
    const { stoppedAt, reason } = walkLog(parts.log, walk)
    if (stoppedAt >= until) return
    parts.trace.log('warn', `${what}: ${reason}; it is left out`)
    at = afterDamage(parts.log, stoppedAt)
  }
}
// #endregion walk-files

/** Behind a damaged record if a good one follows; else the next file. */
function afterDamage(log: MappedFileQueue, at: number): number {
  const next = at + readI32(log.read(at, 4), 0)
  const isFollowed = next > at && firstRecord(log, next) !== undefined
  return isFollowed ? next : at - (at % log.fileSizeBytes) + log.fileSizeBytes
}

/** Logs from time to time how far a walk has come. */
export function progressOf(
  { log, trace }: Pick<WalkedParts, 'log' | 'trace'>,
  what: string,
): (position: number) => void {
  return (position) => trace.log('info', `${what}: at ${position} of at most ${log.endsAt} bytes of the commit log`)
}

/** The tags code of an entry: the hash of the tag; for a message that waits on a delay level, the time of delivery. */
function entryTagsCode({ topic, properties, storeTimestamp }: MessageExt, levelsMs: readonly number[]): number {
  const level = Number(properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? 0)
  if (topic === SCHEDULE_TOPIC && level > 0) return storeTimestamp + delayOfLevelMs(level, levelsMs)
  return tagsCodeOf(properties)
}
