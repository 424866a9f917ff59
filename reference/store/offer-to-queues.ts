/**
 * What a walk over the log does with each record that it reads: it offers the record to its queue. A queue adds only an entry
 * that it lacks.
 *
 * In RocketMQ, only records that begin *after* the end of the last known record are offered. So a record that begins exactly
 * at this end is missed. Here, every record that a walk reads is offered.
 *
 * RocketMQ: `CommitLogDispatcherBuildConsumeQueue`, `ConsumeQueue.putMessagePositionInfo`.
 */
import { type MessageExt, PROPERTY } from '../common/message.ts'
import type { ConsumeQueueStore, OfferedQueues } from './consume-queue-store.ts'
import { delayOfLevelMs, SCHEDULE_TOPIC } from './delay-level.ts'
import { hasQueueEntry, tagsCodeOf } from './put-message.ts'

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

/**
 * Returns the tags code of an entry. For a delayed message, it is the time of delivery. For every other message, it is the
 * hash of the tag.
 */
export function entryTagsCode({ topic, properties, storeTimestamp }: MessageExt, levelsMs: readonly number[]): number {
  const level = Number(properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? 0)
  if (topic === SCHEDULE_TOPIC && level > 0) return storeTimestamp + delayOfLevelMs(level, levelsMs)
  return tagsCodeOf(properties)
}
