/**
 * The store as the broker sees it: put a message, get the next ones of a queue. Each method is one line, to the part that
 * does it.
 *
 * | part                  | file                                         | does                                            |
 * | --------------------- | -------------------------------------------- | ----------------------------------------------- |
 * | puts                  | `put-path.ts`                                | place in the log, page cache, disk, queue       |
 * | reads                 | `store-reads.ts`                             | by queue offset; by position, time and key      |
 * | life                  | `store-life.ts`                              | open, break down, close                         |
 * | log                   | `commit-log.ts`, `mapped-file-queue.ts`      | keeps the records                               |
 * | queues                | `consume-queue-store.ts`, `consume-queue.ts` | finds them by queue and offset                  |
 * | index                 | `index-service.ts`, `index-file.ts`          | finds them by key                               |
 * | dispatch              | `dispatcher.ts`                              | from the log into queues and index              |
 * | flush, checkpoint     | `flush.ts`, `checkpoint-service.ts`          | makes them durable, and notes how far           |
 * | start                 | `durable-start.ts`                           | nothing is written before the start is durable  |
 * | recovery              | `recovery.ts`, `log-walker.ts`               | repairs what a crash left                       |
 * | what is beyond repair | `gone-log.ts`                                | refuses a store whose log has been taken away   |
 * | refusals              | `put-gate.ts`, `put-check.ts`                | when a put is refused, and which message        |
 * | clean                 | `clean-commit-log.ts`, `disk-full-watch.ts`  | deletes what is old, refuses what has no room   |
 *
 * RocketMQ: `DefaultMessageStore`. Not here: the transient pool (`transientStorePoolEnable`: separate buffers in front of
 * the page cache, which a crash of the process loses), replication, delays, transactions.
 */
import type { Host } from '../host/host.ts'
import { CLEAN_DEFAULTS, CleanCommitLogService } from './clean-commit-log.ts'
import { CommitLog } from './commit-log.ts'
import type { ConsumeQueueEntry } from './consume-queue.ts'
import { ConsumeQueueStore } from './consume-queue-store.ts'
import { DiskFullWatch } from './disk-full-watch.ts'
import { Dispatcher, type MessageArriving } from './dispatcher.ts'
import type { EntryFilter, GetMessageResult } from './get-message.ts'
import { INDEX_DEFAULTS } from './index-file.ts'
import { IndexService } from './index-service.ts'
import { OS_PAGE_CACHE_BUSY_TIMEOUT_MS } from './limits.ts'
import type { BoundaryType, QueryMessageResult } from './message-lookup.ts'
import { type IsFull, SIZES_DEFAULTS } from './message-sizes.ts'
import { PageCacheWatch } from './page-cache-watch.ts'
import { PutGate } from './put-gate.ts'
import type { NewMessage, PutMessageResult } from './put-message.ts'
import { PutPath } from './put-path.ts'
import type { StoreConfig } from './store-config.ts'
import { StoreLife } from './store-life.ts'
import { StoreReads } from './store-reads.ts'
import { StoreStats } from './store-stats.ts'

export type { MessageArriving } from './dispatcher.ts'
export type { StoreConfig } from './store-config.ts'

/** What a store is made of. */
interface MessageStoreParts {
  readonly puts: PutPath
  readonly reads: StoreReads
  readonly life: StoreLife
  readonly log: CommitLog
  readonly queues: ConsumeQueueStore
  readonly dispatcher: Dispatcher
  readonly clean: CleanCommitLogService
  readonly pageCache: PageCacheWatch
  readonly stats: StoreStats
}

// #region wire-store
/** Makes the parts of a store and connects them. The store can be used after `open`. */
export function createMessageStore(host: Host, config: StoreConfig, arriving: MessageArriving): MessageStore {
  const { directory, commitLogFileBytes } = config
  const sizes = config.sizes ?? SIZES_DEFAULTS
  const stats = new StoreStats(host.clock)
  const pageCache = new PageCacheWatch(host.clock, config.osPageCacheBusyTimeOutMs ?? OS_PAGE_CACHE_BUSY_TIMEOUT_MS)

  // The log, and what is derived from it.
  const log = new CommitLog(host, `${directory}commitlog`, commitLogFileBytes, pageCache, {
    onWritten: () => puts.written(),
    onWriteFailed: (reason) => life.breakDown(`the commit log cannot be written: ${reason}`),
  })
  const queues = new ConsumeQueueStore(host.disk, `${directory}consumequeue`, config.consumeQueueFileBytes)
  const indexed = (endTimestamp: number) => {
    life.checkpoint.indexMsgTimestamp = endTimestamp
  }
  const index =
    config.messageIndexEnable === false
      ? undefined
      : new IndexService(host, `${directory}index`, config.index ?? INDEX_DEFAULTS, indexed)
  const dispatcher = new Dispatcher(host.trace, queues, index, arriving)

  // Deletion, and the refusals that a full disk needs.
  const clean = new CleanCommitLogService(host, config.clean ?? CLEAN_DEFAULTS, log.files, {
    isDurable: (storeTimestamp) => storeTimestamp < life.checkpoint.physicMsgTimestamp,
    correctMinOffsets: (logStartsAt) => queues.correctMinOffsets(logStartsAt),
    deleteFilesBefore: (logStartsAt, done) => {
      index?.deleteBefore(logStartsAt)
      queues.deleteFilesBefore(logStartsAt, done)
    },
  })
  const gate = new PutGate(commitLogFileBytes, sizes, clean, new DiskFullWatch(host.clock, clean), pageCache)

  // What the broker calls.
  const puts: PutPath = new PutPath(
    { host, config, gate, log, queues, dispatcher, stats },
    { onWritten: () => life.writeCheckpointLater(), onFailed: (reason) => life.breakDown(reason) },
  )
  const life: StoreLife = new StoreLife({ host, config, log, queues, index, dispatcher, clean, gate, puts })
  const reads = new StoreReads(log, queues, index, sizes, stats)
  return new MessageStore({ puts, reads, life, log, queues, dispatcher, clean, pageCache, stats })
}
// #endregion wire-store

export class MessageStore {
  readonly #parts: MessageStoreParts

  /** See `createMessageStore`. */
  constructor(parts: MessageStoreParts) {
    this.#parts = parts
  }

  // ---- life --------------------------------------------------------------------------------------------------------

  /** Takes the lock, repairs what a crash left, and is ready for puts. Throws `StoreError` with one sentence. */
  open(): void {
    this.#parts.life.open()
  }

  /** Flushes everything and leaves the store as a clean stop does; `done` gets '' or the reason why it could not. */
  close(done: (error: string) => void): void {
    this.#parts.life.close(done)
  }

  // ---- puts --------------------------------------------------------------------------------------------------------

  /** Puts one message; `done` is called when it is as safe as the settings promise, or at once with a refusal. */
  putMessage(message: NewMessage, done: (result: PutMessageResult) => void): void {
    this.putMessages([message], (results) => done(results[0]!))
  }

  /** Puts messages that follow each other in the log; they share one answer about the disk. */
  putMessages(messages: readonly NewMessage[], done: (results: readonly PutMessageResult[]) => void): void {
    this.#parts.puts.putMessages(messages, done)
  }

  /** Makes all that is in the log now durable and then calls `done`; never, when the disk fails. */
  whenDurable(done: () => void): void {
    this.#parts.puts.whenDurable(done)
  }

  /** Puts that wait for the page cache or for the disk. */
  get waitingPuts(): number {
    return this.#parts.puts.waitingPuts
  }
  /** How long the first of them has waited, ms. */
  get longestWaitMs(): number {
    return this.#parts.puts.longestWaitMs
  }
  /** The page cache has just made a write wait: puts are refused for a moment. RocketMQ: `isOSPageCacheBusy`. */
  isOsPageCacheBusy(): boolean {
    return this.#parts.pageCache.isBusy()
  }

  // ---- positions of the log ----------------------------------------------------------------------------------------

  get commitLogMaxOffset(): number {
    return this.#parts.log.appendedAt
  }
  get commitLogMinOffset(): number {
    return this.#parts.log.files.startsAt
  }
  /** Bytes of the log that are not durable yet. */
  get remainHowManyDataToFlush(): number {
    return this.#parts.log.appendedAt - this.#parts.log.flushedAt
  }
  /** Everything before this position of the log is in its queue. */
  get dispatchedAt(): number {
    return this.#parts.dispatcher.firstWaiting ?? this.commitLogMaxOffset
  }
  /** Bytes of the log that are not in their queues yet. */
  get dispatchBehindBytes(): number {
    return this.#parts.dispatcher.behindBytes
  }
  /** How long puts and reads take; for operators. */
  get stats(): StoreStats {
    return this.#parts.stats
  }

  // ---- reads: see `store-reads.ts` ---------------------------------------------------------------------------------

  /** The messages of a queue from `offset` on that pass `filter`, at most `maxCount`. */
  getMessage(topic: string, queueId: number, offset: number, maxCount: number, filter: EntryFilter): GetMessageResult {
    return this.#parts.reads.getMessage(topic, queueId, offset, maxCount, filter)
  }

  /** Returns the rule by which an answer that is read now is full. */
  isFull(): IsFull {
    return this.#parts.reads.isFull()
  }

  minOffset(topic: string, queueId: number): number {
    return this.#parts.reads.minOffset(topic, queueId)
  }

  maxOffset(topic: string, queueId: number): number {
    return this.#parts.reads.maxOffset(topic, queueId)
  }

  /** Raw entries of a queue from `queueOffset` on, at most `count`; undefined when there is no such queue. */
  queueEntries(topic: string, queueId: number, queueOffset: number, count: number): ConsumeQueueEntry[] | undefined {
    return this.#parts.reads.queueEntries(topic, queueId, queueOffset, count)
  }

  /** Topics that have or had messages. */
  topicNames(): readonly string[] {
    return this.#parts.reads.topicNames()
  }

  /** The record at a physical offset, or undefined when no record begins there. */
  recordAt(physicalOffset: number): Uint8Array | undefined {
    return this.#parts.reads.recordAt(physicalOffset)
  }

  /** Store time of the message at an offset of a queue, or -1. */
  storeTimestamp(topic: string, queueId: number, queueOffset: number): number {
    return this.#parts.reads.storeTimestamp(topic, queueId, queueOffset)
  }

  /** The offset of a moment: of the first message stored then or later, or (UPPER) of the last stored then or earlier. */
  offsetByTime(topic: string, queueId: number, timestamp: number, boundary: BoundaryType = 'LOWER'): number {
    return this.#parts.reads.offsetByTime(topic, queueId, timestamp, boundary)
  }

  /** Messages with a key, stored between two times: at most `maxCount` and 64. Finds none without an index. */
  queryMessage(topic: string, key: string, maxCount: number, beginMs: number, endMs: number): QueryMessageResult {
    return this.#parts.reads.queryMessage(topic, key, maxCount, beginMs, endMs)
  }

  // ---- deletion ----------------------------------------------------------------------------------------------------

  /** Removes the queues of a topic; its messages stay in the log, but no query finds them. */
  deleteTopic(topic: string): void {
    this.#parts.queues.deleteTopic(topic)
    this.#parts.life.writeCheckpointLater() // or the next start would miss the queues
  }

  /** Removes queue files whose messages are gone. */
  cleanExpiredConsumeQueue(): void {
    const { queues, log } = this.#parts
    queues.correctMinOffsets(log.files.startsAt)
    queues.deleteFilesBefore(log.files.startsAt, () => {})
  }

  /** Removes expired log files now, whatever `deleteWhen` says. */
  deleteExpiredFiles(): void {
    this.#parts.clean.deleteNow()
  }
}
