/**
 * During recovery, a walk over the log offers each record to the queue of the record. The queue adds an entry only when the
 * entry of this record is missing.
 *
 * RocketMQ offers only records that begin *after* the end of the last known record. So RocketMQ misses a record that begins
 * exactly at this end. Unlike RocketMQ, this code offers every record that a walk reads.
 *
 * RocketMQ: `CommitLogDispatcherBuildConsumeQueue`, `ConsumeQueue.putMessagePositionInfo`.
 */
import { type MessageExt, PROPERTY } from '../common/message.ts'
import type { ConsumeQueueStore, OfferedQueues } from './consume-queue-store.ts'
import { delayOfLevelMs, SCHEDULE_TOPIC } from './delay-level.ts'
import { hasQueueEntry, tagsCodeOf } from './put-message.ts'

/** Offers records to their queues, and detects when a queue cannot accept a record. */
export class OfferToQueues {
  readonly #queues: ConsumeQueueStore
  readonly #delayLevelsMs: readonly number[]
  readonly #isWholeLog: boolean
  /** True when a queue lacks entries of records that lie before the offered records. */
  entriesAreMissing = false

  /**
   * `isWholeLog` is true when the walk begins at the start of the log. In this case, the walk offers every record that is
   * still in the log.
   */
  constructor({ queues, delayLevelsMs }: OfferedQueues, isWholeLog: boolean) {
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
    // When the entry at this queue offset belongs to a record that is no longer in the log, this entry and all entries after
    // it are removed.
    const isOther = queue.contradicts(queueOffset, physicalOffset)
    if (isOther) queue.forgetFrom(queueOffset) // rare: the queue has another message at this offset
    const isNew = this.#isWholeLog && queue.maxOffset === 0
    if (queueOffset > queue.maxOffset && !isNew) {
      // rare: entries of the queue are missing
      this.entriesAreMissing = true
      return
    }
    const tagsCode = entryTagsCode(message, this.#delayLevelsMs)
    queue.put(queueOffset, { physicalOffset, sizeBytes, tagsCode })
  }
  // #endregion offer-to-queues

  /**
   * Called when the entry of a message belongs before the first file of its queue. This happens when a user has removed that
   * queue file.
   */
  #firstFileIsGone(queue: { deleteAll(): void }): void {
    if (this.#isWholeLog) queue.deleteAll()
    else this.entriesAreMissing = true
  }
}

/**
 * Returns the tags code of an entry. The tags code of a waiting delayed message is its time of delivery. The tags code of
 * every other message is the hash of its tag.
 */
export function entryTagsCode({ topic, properties, storeTimestamp }: MessageExt, levelsMs: readonly number[]): number {
  const level = Number(properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? 0)
  if (topic === SCHEDULE_TOPIC && level > 0) return storeTimestamp + delayOfLevelMs(level, levelsMs)
  return tagsCodeOf(properties)
}
