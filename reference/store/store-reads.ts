/**
 * The reading half of a store: these methods change nothing.
 *
 * | by           | method                              | file                  |
 * | ------------ | ----------------------------------- | --------------------- |
 * | queue offset | `getMessage`, `queueEntries`        | `get-message.ts`      |
 * | position     | `recordAt`                          | `message-lookup.ts`   |
 * | time         | `offsetByTime`, `storeTimestamp`    | `message-lookup.ts`   |
 * | key          | `queryMessage`                      | `message-lookup.ts`   |
 *
 * RocketMQ: the reading methods of `DefaultMessageStore`.
 */
import type { CommitLog } from './commit-log.ts'
import type { ConsumeQueueEntry } from './consume-queue.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import { type EntryFilter, type GetMessageResult, getMessage } from './get-message.ts'
import type { IndexService } from './index-service.ts'
import * as lookup from './message-lookup.ts'
import { type IsFull, isFullBy, type MessageSizes } from './message-sizes.ts'
import type { StoreStats } from './store-stats.ts'

export class StoreReads {
  readonly #log: CommitLog
  readonly #queues: ConsumeQueueStore
  readonly #index: IndexService | undefined
  readonly #sizes: MessageSizes
  readonly #stats: StoreStats

  /** `index`: undefined when it is switched off. `sizes` may change while the store is open. */
  constructor(
    log: CommitLog,
    queues: ConsumeQueueStore,
    index: IndexService | undefined,
    sizes: MessageSizes,
    stats: StoreStats,
  ) {
    this.#log = log
    this.#queues = queues
    this.#index = index
    this.#sizes = sizes
    this.#stats = stats
  }

  /** The messages of a queue from `offset` on that pass `filter`, at most `maxCount`; see `get-message.ts`. */
  getMessage(topic: string, queueId: number, offset: number, maxCount: number, filter: EntryFilter): GetMessageResult {
    const queue = this.#queues.find(topic, queueId)
    return this.#stats.timed(() => getMessage(this.#log, queue, offset, maxCount, filter, this.isFull()))
  }

  /** Returns the rule by which an answer that is read now is full. */
  isFull(): IsFull {
    return isFullBy(this.#sizes, this.#log.appendedAt)
  }

  minOffset(topic: string, queueId: number): number {
    return this.#queues.find(topic, queueId)?.minOffset ?? 0
  }

  maxOffset(topic: string, queueId: number): number {
    return this.#queues.find(topic, queueId)?.maxOffset ?? 0
  }

  /** Raw entries of a queue from `queueOffset` on, at most `count`; undefined when there is no such queue. */
  queueEntries(topic: string, queueId: number, queueOffset: number, count: number): ConsumeQueueEntry[] | undefined {
    return this.#queues.find(topic, queueId)?.read(queueOffset, count)
  }

  /** Topics that have or had messages. */
  topicNames(): readonly string[] {
    return this.#queues.topicNames()
  }

  // #region lookups
  /** The record at a physical offset, or undefined when no record begins there. */
  recordAt(physicalOffset: number): Uint8Array | undefined {
    return lookup.recordAt(this.#log, physicalOffset)
  }

  /** Store time of the message at an offset of a queue, or -1. */
  storeTimestamp(topic: string, queueId: number, queueOffset: number): number {
    return lookup.storeTimestampOf(this.#log, this.#queues.find(topic, queueId)?.read(queueOffset, 1)[0])
  }

  /** The offset of a moment: of the first message stored then or later, or (UPPER) of the last stored then or earlier. */
  offsetByTime(topic: string, queueId: number, timestamp: number, boundary: lookup.BoundaryType): number {
    const queue = this.#queues.find(topic, queueId)
    return queue === undefined ? 0 : lookup.offsetByTime(this.#log, queue, timestamp, boundary)
  }

  /** Messages with a key, stored between two times: at most `maxCount` and 64. Finds none without an index. */
  queryMessage(topic: string, key: string, maxCount: number, beginMs: number, endMs: number) {
    if (this.#index === undefined) return lookup.NOTHING_FOUND
    return lookup.queryMessage(this.#log, this.#index, { topic, key, maxCount, beginMs, endMs })
  }
  // #endregion lookups
}
