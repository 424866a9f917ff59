/**
 * What a start does with each record that its walk finds in the log: it offers the record to its queue, so that the queue has an
 * entry for it. The walk goes from older records to newer ones.
 */
import { type MessageExt, PROPERTY } from '../common/message.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import { delayOfLevelMs, SCHEDULE_TOPIC } from './delay-level.ts'
import { hasQueueEntry } from './put-message.ts'

/** The queues of the broker, and how long a message of each delay level waits. */
export interface OfferedQueues {
  readonly queues: ConsumeQueueStore
  readonly delayLevelsMs: readonly number[]
}

export class OfferToQueues {
  readonly #queues: ConsumeQueueStore
  /**
   * Set this to true when a record cannot be entered because entries before it are missing. The start then walks the whole log
   * with a new `OfferToQueues`.
   */
  entriesAreMissing = false

  /** `isWholeLog` is true when the walk begins with the first record that the log still has. */
  constructor({ queues }: OfferedQueues, _isWholeLog: boolean) {
    this.#queues = queues
  }

  /** Called for each record of the walk. Many of them have an entry already. */
  record(message: MessageExt): void {
    if (!hasQueueEntry(message.sysFlag)) return
    const { topic, queueId, physicalOffset, storeSize: sizeBytes } = message
    const queue = this.#queues.findOrMake(topic, queueId)
    // an entry that leads at least so far into the log is there already
    if (physicalOffset < queue.maxPhysicalOffset) return
    queue.put(queue.maxOffset, { physicalOffset, sizeBytes, tagsCode: 0 })
  }
}

/** Returns what stands in the last eight bytes of a message's entry. A slave's broker asks for it, too. */
export function entryTagsCode({ topic, properties, storeTimestamp }: MessageExt, levelsMs: readonly number[]): number {
  // a delayed message has the time of its delivery there
  const level = Number(properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? 0)
  if (topic === SCHEDULE_TOPIC && level > 0) return storeTimestamp + delayOfLevelMs(level, levelsMs)
  return 0
}
