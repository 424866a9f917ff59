/**
 * The interface between the broker and its store. The broker puts messages and reads the messages of a queue. Most methods
 * only call one of the parts in this table.
 *
 * | part                  | file                                         | what it does                                    |
 * | --------------------- | -------------------------------------------- | ----------------------------------------------- |
 * | puts                  | `put-path.ts`                                | stores a message in the log, on the disk and in its queue |
 * | reads                 | `store-reads.ts`                             | reads messages by queue offset, position, time and key |
 * | life                  | `store-life.ts`                              | opens and closes the store, and stops puts after a disk failure |
 * | log                   | `commit-log.ts`, `mapped-file-queue.ts`      | keeps the records                               |
 * | queues                | `consume-queue-store.ts`, `consume-queue.ts` | finds records by queue and offset               |
 * | index                 | `index-service.ts`, `index-file.ts`          | finds records by key                            |
 * | dispatch              | `dispatcher.ts`                              | enters records of the log in queues and index   |
 * | flush, checkpoint     | `flush.ts`, `checkpoint-service.ts`          | make log and queues durable, and record up to which time they are durable |
 * | start                 | `durable-start.ts`                           | makes repairs durable before the first write    |
 * | recovery              | `recovery.ts`, `log-walker.ts`               | repairs the store after a crash                 |
 * | missing log           | `gone-log.ts`                                | refuses a store whose log was removed           |
 * | refusals              | `put-gate.ts`, `put-check.ts`                | decide whether a put is refused                 |
 * | copying               | `ha/ha-service.ts`                           | sends the log to slaves, or copies the log of the master |
 * | copying under a controller | `ha/auto-switch-service.ts`, `truncation.ts` | does the same when a controller elects the master |
 * | clean                 | `clean-commit-log.ts`, `disk-full-watch.ts`  | delete old files, and notice a full disk        |
 *
 * RocketMQ: `DefaultMessageStore`. The store does not implement delays and transactions. Not in GlassMQ: the transient pool
 * (`transientStorePoolEnable`), which keeps records in buffers of the process before they are in the page cache.
 */
import type { MessageExt } from '../common/message.ts'
import type { Host } from '../host/host.ts'
import { CLEAN_DEFAULTS, CleanCommitLogService } from './clean-commit-log.ts'
import { CommitLog } from './commit-log.ts'
import { ConsumeQueueStore } from './consume-queue-store.ts'
import { DiskFullWatch } from './disk-full-watch.ts'
import { Dispatcher, type MessageArriving } from './dispatcher.ts'
import type { EntryFilter, GetMessageResult } from './get-message.ts'
import { AutoSwitchService } from './ha/auto-switch-service.ts'
import { HaService } from './ha/ha-service.ts'
import { INDEX_DEFAULTS } from './index-file.ts'
import { IndexService } from './index-service.ts'
import { OS_PAGE_CACHE_BUSY_TIMEOUT_MS } from './limits.ts'
import type { BoundaryType, QueryMessageResult } from './message-lookup.ts'
import { type IsFull, SIZES_DEFAULTS } from './message-sizes.ts'
import { PageCacheWatch } from './page-cache-watch.ts'
import { PutGate } from './put-gate.ts'
import type { NewMessage, PutMessageResult } from './put-message.ts'
import { PutPath } from './put-path.ts'
import type { ConsumeQueueEntry } from './queue-entry.ts'
import type { StoreConfig } from './store-config.ts'
import { StoreLife } from './store-life.ts'
import { StoreReads } from './store-reads.ts'
import { StoreStats } from './store-stats.ts'

export type { MessageArriving } from './dispatcher.ts'
export type { StoreConfig } from './store-config.ts'

/** The parts of a store that the methods of `MessageStore` call. */
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
  readonly ha: HaService | undefined
  readonly replicas: AutoSwitchService | undefined
}

// #region wire-store
/**
 * Creates the parts of a store and connects them. The caller must call `open` before any other method. `arriving` is called
 * for each message as soon as consumers may see this message.
 */
export function createMessageStore(host: Host, config: StoreConfig, arriving: MessageArriving): MessageStore {
  const { directory, commitLogFileBytes } = config
  const sizes = config.sizes ?? SIZES_DEFAULTS
  const stats = new StoreStats(host.clock)
  const pageCache = new PageCacheWatch(host.clock, config.osPageCacheBusyTimeOutMs ?? OS_PAGE_CACHE_BUSY_TIMEOUT_MS)

  // The log. The queues and the index are derived from the log.
  const log = new CommitLog(host, `${directory}commitlog`, commitLogFileBytes, pageCache, {
    onWritten: () => {
      replicas?.written() // moves the confirm offset before records are dispatched
      puts.written()
      ha?.written()
    },
    onWriteFailed: (reason) => life.breakDown(`the commit log cannot be read or written: ${reason}`),
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

  // The deletion of old files, and the refusal of puts.
  const clean = new CleanCommitLogService(host, config.clean ?? CLEAN_DEFAULTS, log.files, {
    isDurable: (storeTimestamp) => storeTimestamp < life.checkpoint.physicMsgTimestamp,
    correctMinOffsets: (logStartsAt) => queues.correctMinOffsets(logStartsAt),
    deleteFilesBefore: (logStartsAt, done) => {
      index?.deleteBefore(logStartsAt)
      queues.deleteFilesBefore(logStartsAt, done)
    },
  })
  const gate = new PutGate(commitLogFileBytes, sizes, clean, new DiskFullWatch(clean), pageCache)

  // A master copies the log to its slaves. A slave copies the log from its master. `replicas` copies the log when a
  // controller elects the master.
  const { ha: haConfig, delayLevelsMs } = config
  const ha: HaService | undefined =
    haConfig === undefined
      ? undefined
      : new HaService({ host, log, dispatcher, delayLevelsMs }, haConfig, {
          onGrown: (lastStoreTimestamp) => puts.grown(lastStoreTimestamp),
          onDiskFailed: (reason) => life.breakDown(`the commit log cannot be read or written: ${reason}`),
        })

  const replicas: AutoSwitchService | undefined =
    config.controllerMode === undefined
      ? undefined
      : new AutoSwitchService({ host, log, dispatcher, delayLevelsMs }, config.controllerMode, {
          onGrown: () => puts.written(),
          onConfirmed: () => puts.confirmMoved(),
          onRecord: (storeTimestamp) => puts.followed(storeTimestamp),
          onPutsRefused: (reason) => life.refusePuts(reason),
          truncate: (position, done) => life.truncate(position, done),
          onAllDispatched: () => queues.resetNextOffsets(),
          onDiskFailed: (reason) => life.breakDown(`the commit log cannot be read or written: ${reason}`),
        })

  // The parts that the methods of the store call.
  const puts: PutPath = new PutPath(
    { host, config, gate, log, queues, dispatcher, stats, copies: ha?.copies ?? replicas?.copies, confirmed: replicas },
    { onWritten: () => life.writeCheckpointLater(), onFailed: (reason) => life.breakDown(reason) },
  )
  const life: StoreLife = new StoreLife({
    host,
    config,
    log,
    queues,
    index,
    dispatcher,
    clean,
    gate,
    puts,
    ha,
    replicas,
  })
  const reads = new StoreReads(log, queues, index, sizes, stats)
  return new MessageStore({ puts, reads, life, log, queues, dispatcher, clean, pageCache, stats, ha, replicas })
}
// #endregion wire-store

/** One message store. */
export class MessageStore {
  readonly #parts: MessageStoreParts

  /** See `createMessageStore`. */
  constructor(parts: MessageStoreParts) {
    this.#parts = parts
  }

  // ---- life --------------------------------------------------------------------------------------------------------

  /**
   * Takes the lock, opens the files, and repairs the store after a crash. Then accepts puts, unless the store is a slave's
   * or under a controller. Throws `StoreError` with one sentence when the store cannot be opened, and `DiskError`.
   */
  open(): void {
    this.#parts.life.open()
  }

  /**
   * Makes everything durable and closes the store. Then calls `done` with '', or with the reason why something could not be
   * made durable.
   */
  close(done: (error: string) => void): void {
    this.#parts.life.close(done)
  }

  // ---- puts --------------------------------------------------------------------------------------------------------

  /**
   * Stores one message. Calls `done` when the message is as safe as the settings and the property WAIT require. Also calls
   * `done` when the disk has failed, when the disk or the slaves are too slow, or when this broker has lost the role of the
   * master. When the put is refused, `done` is called at once.
   */
  putMessage(message: NewMessage, done: (result: PutMessageResult) => void): void {
    this.putMessages([message], (results) => done(results[0]!))
  }

  /**
   * Stores messages next to each other in the log. `done` receives one result per message, and all results have the same
   * status.
   */
  putMessages(messages: readonly NewMessage[], done: (results: readonly PutMessageResult[]) => void): void {
    this.#parts.puts.putMessages(messages, done)
  }

  /** Calls `done` when all messages that are now in the log are durable. See `PutPath.whenDurable`. */
  whenDurable(done: () => void): void {
    this.#parts.puts.whenDurable(done)
  }

  /**
   * Calls `done(true)` when all messages that are now in the log are confirmed. See `PutPath.whenConfirmed` for
   * `done(false)`.
   */
  whenConfirmed(done: (isConfirmed: boolean) => void): void {
    this.#parts.puts.whenConfirmed(done)
  }

  /** The part that copies the log between master and slaves. Undefined when the store has no settings for copying. */
  get ha(): HaService | undefined {
    return this.#parts.ha
  }

  /** The part that copies the log when a controller elects the master. Undefined on every other broker. */
  get replicas(): AutoSwitchService | undefined {
    return this.#parts.replicas
  }

  /** Sets the flushed position of the master for an operator. As in RocketMQ, it is only shown. See `checkpoint.ts`. */
  resetMasterFlushedOffset(position: number): void {
    this.#parts.life.noteMasterFlushed(position)
  }
  get masterFlushedOffset(): number {
    return this.#parts.life.checkpoint.masterFlushedOffset
  }

  /** The number of puts that wait for the page cache, for the disk or for slaves. */
  get waitingPuts(): number {
    return this.#parts.puts.waitingPuts
  }
  /** The time in ms for which the oldest put has waited for the page cache or a sync, or 0 when no put waits for these. */
  get longestWaitMs(): number {
    return this.#parts.puts.longestWaitMs
  }
  /**
   * Returns true for a second after a slow write to the page cache. Puts are refused during this second. RocketMQ:
   * `isOSPageCacheBusy`.
   */
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
  /** The number of bytes of the log that are not durable yet. */
  get remainHowManyDataToFlush(): number {
    return this.#parts.log.appendedAt - this.#parts.log.flushedAt
  }
  /** The position in the log up to which every record has been dispatched to its consume queue. */
  get dispatchedAt(): number {
    return this.#parts.dispatcher.firstWaiting ?? this.#parts.replicas?.followedAt ?? this.commitLogMaxOffset
  }
  /** The number of bytes of all records that are not dispatched yet. */
  get dispatchBehindBytes(): number {
    return this.#parts.dispatcher.behindBytes
  }
  /** Statistics for operators, for example how long puts and reads take. */
  get stats(): StoreStats {
    return this.#parts.stats
  }

  // ---- reads: see `store-reads.ts` ---------------------------------------------------------------------------------

  /**
   * Returns at most `maxCount` messages of a queue, beginning at `offset`. Only messages that pass `filter` are returned.
   * Without `isFull`, the limits of an answer count.
   */
  getMessage(
    topic: string,
    queueId: number,
    offset: number,
    maxCount: number,
    filter: EntryFilter,
    isFull?: IsFull,
  ): GetMessageResult {
    return this.#parts.reads.getMessage(topic, queueId, offset, maxCount, filter, isFull)
  }

  /**
   * Returns the function that decides whether an answer is full. The returned function uses the end of the log at the time
   * when `isFull` was called.
   */
  isFull(): IsFull {
    return this.#parts.reads.isFull()
  }

  /** Returns the lowest offset whose message is still in the log. Returns 0 when there is no such queue. */
  minOffset(topic: string, queueId: number): number {
    return this.#parts.reads.minOffset(topic, queueId)
  }

  /** Returns the offset that the next dispatched message will get. Returns 0 when there is no such queue. */
  maxOffset(topic: string, queueId: number): number {
    return this.#parts.reads.maxOffset(topic, queueId)
  }

  /**
   * Returns at most `count` entries of a queue, beginning at `queueOffset`. Returns undefined when there is no such queue.
   */
  queueEntries(topic: string, queueId: number, queueOffset: number, count: number): ConsumeQueueEntry[] | undefined {
    return this.#parts.reads.queueEntries(topic, queueId, queueOffset, count)
  }

  /** Returns the topics that have a consume queue, including topics whose messages have all been deleted. */
  topicNames(): readonly string[] {
    return this.#parts.reads.topicNames()
  }

  /** Returns the record that begins at a physical offset. Returns undefined when no record begins at this offset. */
  recordAt(physicalOffset: number): Uint8Array | undefined {
    return this.#parts.reads.recordAt(physicalOffset)
  }

  /** Returns the message whose record begins at a physical offset. Returns undefined when no record begins there. */
  messageAt(physicalOffset: number): MessageExt | undefined {
    return this.#parts.reads.messageAt(physicalOffset)
  }

  /** Returns the store time of the message at an offset of a queue. Returns -1 when queue or log have no such message. */
  storeTimestamp(topic: string, queueId: number, queueOffset: number): number {
    return this.#parts.reads.storeTimestamp(topic, queueId, queueOffset)
  }

  /**
   * Returns the queue offset for a time. With LOWER, the result is the offset of the first message that was stored at or
   * after `timestamp`. With UPPER, the result is the offset of the last message that was stored at or before `timestamp`.
   * Returns 0 when there is no such queue. See `message-lookup.ts`.
   */
  offsetByTime(topic: string, queueId: number, timestamp: number, boundary: BoundaryType = 'LOWER'): number {
    return this.#parts.reads.offsetByTime(topic, queueId, timestamp, boundary)
  }

  /**
   * Returns messages of a topic that have a key and were stored between two times. Returns at most `maxCount` messages, and
   * never more than 64. Returns no message when the index is switched off.
   */
  queryMessage(topic: string, key: string, maxCount: number, beginMs: number, endMs: number): QueryMessageResult {
    return this.#parts.reads.queryMessage(topic, key, maxCount, beginMs, endMs)
  }

  // ---- deletion ----------------------------------------------------------------------------------------------------

  /**
   * Removes the queues of a topic. The messages of the topic stay in the log. These messages of the deleted topic can still
   * be found by position and by key, but not by queue offset.
   */
  deleteTopic(topic: string): void {
    this.#parts.queues.deleteTopic(topic)
    this.#parts.life.writeCheckpointLater() // otherwise the next start would report the queues as missing
  }

  /** Removes each queue file whose messages have all been deleted from the log, but never the last file of a queue. */
  cleanExpiredConsumeQueue(): void {
    const { queues, log } = this.#parts
    queues.correctMinOffsets(log.files.startsAt)
    queues.deleteFilesBefore(log.files.startsAt, () => {})
  }

  /** Starts the deletion of expired log files, at any hour of the day. See `CleanCommitLogService.deleteNow`. */
  deleteExpiredFiles(): void {
    this.#parts.clean.deleteNow()
  }
}
