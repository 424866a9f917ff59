import { type MessageExt, PROPERTY } from '../common/message.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import { delayOfLevelMs, SCHEDULE_TOPIC } from './delay-level.ts'
import { hasQueueEntry, tagsCodeOf } from './put-message.ts'

export interface OfferedQueues {
  readonly queues: ConsumeQueueStore
  readonly delayLevelsMs: readonly number[]
}

/** Keeps the next offset of each queue by itself. */
export class OfferToQueues {
  entriesAreMissing = false
  readonly #parts: OfferedQueues
  readonly #isWholeLog: boolean
  readonly #next = new Map<string, number>()

  constructor(parts: OfferedQueues, isWholeLog: boolean) {
    this.#parts = parts
    this.#isWholeLog = isWholeLog
  }

  record(message: MessageExt): void {
    if (!hasQueueEntry(message.sysFlag)) return
    const { topic, queueId, queueOffset, physicalOffset, storeSize } = message
    const queue = this.#parts.queues.findOrMake(topic, queueId)
    const name = `${topic} ${queueId}`
    const next = this.#next.get(name) ?? (queue.maxOffset === 0 && this.#isWholeLog ? queueOffset : queue.maxOffset)
    if (queueOffset < next) return
    if (queueOffset > next) {
      this.entriesAreMissing = true
      return
    }
    const tagsCode = entryTagsCode(message, this.#parts.delayLevelsMs)
    queue.put(queueOffset, { physicalOffset, sizeBytes: storeSize, tagsCode })
    this.#next.set(name, next + 1)
  }
}

export function entryTagsCode(message: MessageExt, levelsMs: readonly number[]): number {
  const level = message.topic === SCHEDULE_TOPIC ? Number(message.properties.get(PROPERTY.DELAY_TIME_LEVEL)) : 0
  return level > 0 ? message.storeTimestamp + delayOfLevelMs(level, levelsMs) : tagsCodeOf(message.properties)
}
