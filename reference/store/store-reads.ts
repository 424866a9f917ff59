/**
 * The methods of a store that read messages, but change no message and no queue. `getMessage` also measures the duration of
 * the read.
 *
 * | a read by    | method                              | file                  |
 * | ------------ | ----------------------------------- | --------------------- |
 * | queue offset | `getMessage`, `queueEntries`        | `get-message.ts`      |
 * | position     | `recordAt`                          | `message-lookup.ts`   |
 * | time         | `offsetByTime`, `storeTimestamp`    | `message-lookup.ts`   |
 * | key          | `queryMessage`                      | `key-lookup.ts`       |
 *
 * RocketMQ: the reading methods of `DefaultMessageStore`.
 */
import type { MessageExt } from '../common/message.ts'
import type { CommitLog } from './commit-log.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import { type EntryFilter, type GetMessageResult, getMessage } from './get-message.ts'
import type { IndexService } from './index-service.ts'
import { queryMessage } from './key-lookup.ts'
import * as lookup from './message-lookup.ts'
import { type IsFull, isFullBy, type MessageSizes } from './message-sizes.ts'
import type { ConsumeQueueEntry } from './queue-entry.ts'
import type { StoreStats } from './store-stats.ts'

/** The methods of one store that read. */
export class StoreReads {
  readonly #log: CommitLog
  readonly #queues: ConsumeQueueStore
  readonly #index: IndexService | undefined
  readonly #sizes: MessageSizes
  readonly #stats: StoreStats

  /** `index` is undefined when the index is switched off. The values in `sizes` may change while the store is open. */
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

  /**
   * Returns at most `maxCount` messages of a queue, beginning at `offset`. Only messages that pass `filter` are returned.
   * `isFull` limits the result; by default, these are the limits of an answer. See `get-message.ts`.
   */
  getMessage(
    topic: string,
    queueId: number,
    offset: number,
    maxCount: number,
    filter: EntryFilter,
    isFull: IsFull = this.isFull(),
  ): GetMessageResult {
    const queue = this.#queues.find(topic, queueId)
    return this.#stats.timed(() => getMessage(this.#log, queue, offset, maxCount, filter, isFull))
  }

  /**
   * Returns the function that decides whether an answer is full. The returned function uses the end of the log at the time
   * when `isFull` was called.
   */
  isFull(): IsFull {
    return isFullBy(this.#sizes, this.#log.appendedAt)
  }

  /** Returns the lowest offset whose message is still in the log. Returns 0 when there is no such queue. */
  minOffset(topic: string, queueId: number): number {
    return this.#queues.find(topic, queueId)?.minOffset ?? 0
  }

  /** Returns the offset that the next dispatched message will get. Returns 0 when there is no such queue. */
  maxOffset(topic: string, queueId: number): number {
    return this.#queues.find(topic, queueId)?.maxOffset ?? 0
  }

  /**
   * Returns at most `count` entries of a queue, beginning at `queueOffset`. Returns undefined when there is no such queue.
   */
  queueEntries(topic: string, queueId: number, queueOffset: number, count: number): ConsumeQueueEntry[] | undefined {
    return this.#queues.find(topic, queueId)?.read(queueOffset, count)
  }

  /** Returns the topics that have a consume queue, including topics whose messages have all been deleted. */
  topicNames(): readonly string[] {
    return this.#queues.topicNames()
  }

  // #region lookups
  /** Returns the record that begins at a physical offset. Returns undefined when no record begins at this offset. */
  recordAt(physicalOffset: number): Uint8Array | undefined {
    return lookup.recordAt(this.#log, physicalOffset)
  }

  /** Returns the message whose record begins at a physical offset. Returns undefined when no record begins there. */
  messageAt(physicalOffset: number): MessageExt | undefined {
    return lookup.messageAt(this.#log, physicalOffset)
  }

  /** Returns the store time of the message at an offset of a queue. Returns -1 when queue or log have no such message. */
  storeTimestamp(topic: string, queueId: number, queueOffset: number): number {
    return lookup.storeTimestampOf(this.#log, this.#queues.find(topic, queueId)?.read(queueOffset, 1)[0])
  }

  /**
   * Returns the queue offset for a time. With LOWER, the result is the offset of the first message that was stored at or
   * after `timestamp`. With UPPER, the result is the offset of the last message that was stored at or before `timestamp`.
   * Returns 0 when there is no such queue. See `message-lookup.ts`.
   */
  offsetByTime(topic: string, queueId: number, timestamp: number, boundary: lookup.BoundaryType): number {
    const queue = this.#queues.find(topic, queueId)
    return queue === undefined ? 0 : lookup.offsetByTime(this.#log, queue, timestamp, boundary)
  }

  /**
   * Returns messages of a topic that have a key and were stored between two times. Returns at most `maxCount` messages, and
   * never more than 64. Returns `NOTHING_FOUND` when the index is switched off.
   */
  queryMessage(topic: string, key: string, maxCount: number, beginMs: number, endMs: number) {
    if (this.#index === undefined) return lookup.NOTHING_FOUND
    return queryMessage(this.#log, this.#index, { topic, key, maxCount, beginMs, endMs })
  }
  // #endregion lookups
}
