import { type MessageExt, PROPERTY } from '../common/message.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import { delayOfLevelMs, SCHEDULE_TOPIC } from './delay-level.ts'
import { hasQueueEntry, tagsCodeOf } from './put-message.ts'

export interface OfferedQueues {
  readonly queues: ConsumeQueueStore
  readonly delayLevelsMs: readonly number[]
}

export class OfferToQueues {
  readonly #queues: ConsumeQueueStore
  readonly #delayLevelsMs: readonly number[]
  entriesAreMissing = false

  constructor({ queues, delayLevelsMs }: OfferedQueues, _isWholeLog: boolean) {
    this.#queues = queues
    this.#delayLevelsMs = delayLevelsMs
  }

  record(message: MessageExt): void {
    if (!hasQueueEntry(message.sysFlag)) return
    const { topic, queueId, queueOffset, physicalOffset, storeSize: sizeBytes } = message
    const queue = this.#queues.findOrMake(topic, queueId)
    // An empty queue may begin anywhere, but only a walk over the whole log knows where.
    // what does not fit is left out
    try {
      queue.put(queueOffset, { physicalOffset, sizeBytes, tagsCode: entryTagsCode(message, this.#delayLevelsMs) })
    } catch {}
  }
}

export function entryTagsCode({ topic, properties, storeTimestamp }: MessageExt, levelsMs: readonly number[]): number {
  const level = Number(properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? 0)
  if (topic === SCHEDULE_TOPIC && level > 0) return storeTimestamp + delayOfLevelMs(level, levelsMs)
  return tagsCodeOf(properties)
}
