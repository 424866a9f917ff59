import { javaHashCode } from '../common/hash.ts'
import { type MessageExt, PROPERTY } from '../common/message.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import { hasQueueEntry } from './put-message.ts'

export interface OfferedQueues {
  readonly queues: ConsumeQueueStore
  readonly delayLevelsMs: readonly number[]
}

/** Compares places in the log first: what the last entry covers is known. */
export class OfferToQueues {
  entriesAreMissing = false
  readonly #parts: OfferedQueues
  readonly #fromTheStart: boolean

  constructor(parts: OfferedQueues, isWholeLog: boolean) {
    this.#parts = parts
    this.#fromTheStart = isWholeLog
  }

  record(message: MessageExt): void {
    if (!hasQueueEntry(message.sysFlag) || this.entriesAreMissing) return
    const { queueOffset, physicalOffset, storeSize } = message
    const queue = this.#parts.queues.findOrMake(message.topic, message.queueId)
    if (physicalOffset + storeSize <= queue.maxPhysicalOffset) return
    const isEmpty = queue.maxPhysicalOffset < 0
    if (isEmpty ? this.#fromTheStart || queueOffset === 0 : queueOffset === queue.maxOffset) {
      const tagsCode = entryTagsCode(message, this.#parts.delayLevelsMs)
      queue.put(queueOffset, { physicalOffset, sizeBytes: storeSize, tagsCode })
    } else this.entriesAreMissing = true
  }
}

export function entryTagsCode(message: MessageExt, levelsMs: readonly number[]): number {
  if (message.topic === 'SCHEDULE_TOPIC_XXXX') {
    const level = Math.min(Number(message.properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? 0), levelsMs.length)
    if (level > 0) return message.storeTimestamp + levelsMs[level - 1]!
  }
  const tag = message.properties.get(PROPERTY.TAGS)
  if (tag === undefined) return 0
  return javaHashCode(tag)
}
