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
  readonly #isWholeLog: boolean
  entriesAreMissing = false

  constructor({ queues, delayLevelsMs }: OfferedQueues, isWholeLog: boolean) {
    this.#queues = queues
    this.#delayLevelsMs = delayLevelsMs
    this.#isWholeLog = isWholeLog
  }

  record(message: MessageExt): void {
    if (!hasQueueEntry(message.sysFlag)) return
    // a part of the log says too little
    if (!this.#isWholeLog) return
    const { topic, queueId, queueOffset, physicalOffset, storeSize: sizeBytes } = message
    const queue = this.#queues.findOrMake(topic, queueId)
    const begins = this.#isWholeLog && queue.maxOffset === 0
    if (queueOffset > queue.maxOffset && !begins) {
      this.entriesAreMissing = true
      return
    }
    // The record knows its own offset. Where the entry is there already, nothing happens.
    queue.put(queueOffset, { physicalOffset, sizeBytes, tagsCode: entryTagsCode(message, this.#delayLevelsMs) })
  }
}

export function entryTagsCode({ topic, properties, storeTimestamp }: MessageExt, levelsMs: readonly number[]): number {
  const level = Number(properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? 0)
  if (topic === SCHEDULE_TOPIC && level > 0) return storeTimestamp + delayOfLevelMs(level, levelsMs)
  return tagsCodeOf(properties)
}
