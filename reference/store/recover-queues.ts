/**
 * Recovers the consume queues. Every record that a walk reads is offered to its queue. A queue adds only an entry that it
 * lacks.
 *
 * The first walk finds the end of the log (`recovery.ts`). When the first walk begins too late for a queue, a second walk
 * reads the whole log.
 *
 * In RocketMQ, only records that begin *after* the end of the last known record are offered. So a record that begins exactly
 * at this end is missed. Here, every record that a walk reads is offered.
 *
 * RocketMQ: `ConsumeQueueStore.recover`, `CommitLogDispatcherBuildConsumeQueue`.
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

/** The parts that a walk over a log and its queues needs. */
export interface WalkedParts {
  /** The files of the commit log. The caller has already loaded these files. */
  readonly log: MappedFileQueue
  readonly queues: ConsumeQueueStore
  readonly trace: Trace
  /** The delay of each level. Recovery needs the delays, because an entry of `SCHEDULE_TOPIC` holds the time of delivery. */
  readonly delayLevelsMs: readonly number[]
}

/** Offers records to their queues, and notices when a queue cannot take a record. */
export class OfferToQueues {
  readonly #queues: ConsumeQueueStore
  readonly #delayLevelsMs: readonly number[]
  readonly #isWholeLog: boolean
  /** True when a queue lacks the entries of records that lie before the offered records. */
  entriesAreMissing = false

  /**
   * `isWholeLog` is true when the walk begins at the start of the log. Then every record of a queue is offered that the log
   * still has.
   */
  constructor({ queues, delayLevelsMs }: WalkedParts, isWholeLog: boolean) {
    this.#queues = queues
    this.#delayLevelsMs = delayLevelsMs
    this.#isWholeLog = isWholeLog
  }

  // #region offer-to-queues
  /** Offers one record. The caller must offer records in the order of the log. */
  record(message: MessageExt): void {
    if (!hasQueueEntry(message.sysFlag)) return
    const { topic, queueId, queueOffset } = message
    const { physicalOffset, storeSize: sizeBytes } = message
    const queue = this.#queues.findOrMake(topic, queueId)
    if (queueOffset < queue.firstOffset) this.#firstFileIsGone(queue)
    // When the log has lost the record of an entry, the entry is removed.
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

  /**
   * Called when the log has a message that belongs before the first file of its queue. A user has removed the file of this
   * message.
   */
  #firstFileIsGone(queue: { deleteAll(): void }): void {
    if (this.#isWholeLog) queue.deleteAll()
    else this.entriesAreMissing = true
  }
}

// #region rebuild-queues
/**
 * Walks the whole log and adds the missing entries to every
 * queue. The checkpoint says that these entries are durable. A
 * power cut must therefore not leave a file that looks complete
 * but is not. So a new file stays short until it is durable.
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
/**
 * Walks the log from `from` to `until`. Continues after damaged records. `what` is the beginning of each line in the event
 * log.
 */
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

/**
 * Returns the end of a damaged record when a good record begins at this end. Otherwise returns the position of the next
 * file.
 */
function afterDamage(log: MappedFileQueue, at: number): number {
  const next = at + readI32(log.read(at, 4), 0)
  const isFollowed = next > at && firstRecord(log, next) !== undefined
  return isFollowed ? next : at - (at % log.fileSizeBytes) + log.fileSizeBytes
}

/** Returns a function that logs the position of a walk. */
export function progressOf(
  { log, trace }: Pick<WalkedParts, 'log' | 'trace'>,
  what: string,
): (position: number) => void {
  return (position) => trace.log('info', `${what}: at ${position} of at most ${log.endsAt} bytes of the commit log`)
}

/**
 * Returns the tags code of an entry. For a delayed message, it is the time of delivery. For every other message, it is the
 * hash of the tag.
 */
export function entryTagsCode({ topic, properties, storeTimestamp }: MessageExt, levelsMs: readonly number[]): number {
  const level = Number(properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? 0)
  if (topic === SCHEDULE_TOPIC && level > 0) return storeTimestamp + delayOfLevelMs(level, levelsMs)
  return tagsCodeOf(properties)
}
