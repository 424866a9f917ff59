/**
 * The store as the broker sees it: put a message, get the next ones of a queue.
 *
 * ```
 *  put ──► commit log ──► page cache ──► disk
 *                 │            │           │
 *                 └─ place     ├─ ASYNC_FLUSH: answered, dispatched
 *                              │           └─ SYNC_FLUSH: answered, dispatched
 *          consume queue, index ◄── dispatch ──► "a message arrived"
 * ```
 *
 * A message is dispatched to its queue, and so seen by consumers, exactly when it is as safe as the setting promises
 * (the confirm offset): nobody consumes what a power cut may still take back under SYNC_FLUSH.
 *
 * | part               | file                                        | does                                          |
 * | ------------------ | ------------------------------------------- | --------------------------------------------- |
 * | log                | `commit-log.ts`, `mapped-file-queue.ts`       | keeps the records                              |
 * | queues             | `consume-queue-store.ts`, `consume-queue.ts`  | finds them by queue and offset                 |
 * | index              | `index-service.ts`, `index-file.ts`           | finds them by key                              |
 * | dispatch           | `dispatcher.ts`                             | from the log into queues and index             |
 * | flush, checkpoint  | `flush.ts`, `checkpoint-service.ts`           | makes them durable, and notes how far          |
 * | start              | `durable-start.ts`                          | nothing is written before the start is durable  |
 * | recovery           | `recovery.ts`, `log-walker.ts`                | repairs what a crash left                      |
 * | what is beyond repair | `gone-log.ts`                              | refuses a store whose log has been taken away   |
 * | refusals           | `put-gate.ts`, `put-check.ts`                 | who may put now, and what                      |
 * | clean              | `clean-commit-log.ts`, `disk-full-watch.ts`   | deletes what is old, refuses what has no room   |
 * | reading            | `store-reads.ts`                            | by queue offset; by position, time and key      |
 *
 * Invariants: a message's queue offset is its place in its queue, without gaps; log order and queue order agree.
 * RocketMQ: `DefaultMessageStore`. Not here: the transient pool (`transientStorePoolEnable`: buffers of its own in front
 * of the page cache, which a crash of the process loses), replication, delays, transactions.
 */
import { encodeRecord, stampRecord } from '../common/message-codec.ts'
import { attempt } from '../host/disk-attempt.ts'
import type { Host } from '../host/host.ts'
import { Checkpoint } from './checkpoint.ts'
import { CheckpointService } from './checkpoint-service.ts'
import { CLEAN_DEFAULTS, CleanCommitLogService } from './clean-commit-log.ts'
import { CommitLog } from './commit-log.ts'
import { ConsumeQueueStore } from './consume-queue-store.ts'
import { DELAY_LEVELS_MS } from './delay-level.ts'
import { DiskFullWatch } from './disk-full-watch.ts'
import { Dispatcher, type MessageArriving } from './dispatcher.ts'
import { DurableStart } from './durable-start.ts'
import { FlushRealTime, GroupCommit } from './flush.ts'
import { refuseIfLogGone } from './gone-log.ts'
import { INDEX_DEFAULTS } from './index-file.ts'
import { closeIndex, IndexService } from './index-service.ts'
import { OS_PAGE_CACHE_BUSY_TIMEOUT_MS } from './limits.ts'
import { SIZES_DEFAULTS } from './message-sizes.ts'
import { PageCacheWatch } from './page-cache-watch.ts'
import { PutGate } from './put-gate.ts'
import { type NewMessage, type PutMessageResult, PutMessageStatus } from './put-message.ts'
import { hasQueueEntry, type Recovered, recoverStore, wasNeverDurable } from './recovery.ts'
import type { StoreConfig } from './store-config.ts'
import { StoreError } from './store-error.ts'
import { StoreReads } from './store-reads.ts'
import { StoreStats } from './store-stats.ts'
import { answerFlush, type WaitingPut } from './waiting-put.ts'

export type { MessageArriving } from './dispatcher.ts'
export type { StoreConfig } from './store-config.ts'

const STOPPING = 'the broker is stopping'
/** The refusal while the disk takes long to confirm the start. */
const STARTING = 'the broker is starting: the disk has not confirmed yet that it may write'

export class MessageStore extends StoreReads {
  readonly #host: Host
  readonly #config: StoreConfig
  readonly #log: CommitLog
  readonly #pageCache: PageCacheWatch
  readonly #flush: GroupCommit | FlushRealTime
  readonly #queues: ConsumeQueueStore
  readonly #index: IndexService | undefined
  readonly #dispatcher: Dispatcher
  readonly #clean: CleanCommitLogService
  readonly #gate: PutGate
  readonly #start: DurableStart
  #waiting: WaitingPut[] = []
  #checkpoint!: Checkpoint
  #checkpoints!: CheckpointService
  #lastStoreTimestamp = 0

  constructor(host: Host, config: StoreConfig, arriving: MessageArriving) {
    const { directory, commitLogFileBytes } = config
    const pageCache = new PageCacheWatch(host.clock, config.osPageCacheBusyTimeOutMs ?? OS_PAGE_CACHE_BUSY_TIMEOUT_MS)
    const log = new CommitLog(host, `${directory}commitlog`, commitLogFileBytes, pageCache, {
      onWritten: () => this.#written(),
      onWriteFailed: (reason) => this.#breakDown(`the commit log cannot be written: ${reason}`),
    })
    const queues = new ConsumeQueueStore(host.disk, `${directory}consumequeue`, config.consumeQueueFileBytes)
    const indexed = (endTimestamp: number) => {
      this.#checkpoint.indexMsgTimestamp = endTimestamp
    }
    const hasIndex = config.messageIndexEnable !== false
    const index = hasIndex
      ? new IndexService(host, `${directory}index`, config.index ?? INDEX_DEFAULTS, indexed)
      : undefined
    const sizes = config.sizes ?? SIZES_DEFAULTS
    super(log, queues, index, sizes, new StoreStats(host.clock))
    this.#host = host
    this.#config = config
    this.#pageCache = pageCache
    this.#log = log
    this.#queues = queues
    this.#index = index
    this.#dispatcher = new Dispatcher(host.trace, this.#queues, this.#index, arriving)
    this.#clean = new CleanCommitLogService(host, config.clean ?? CLEAN_DEFAULTS, this.#log.files, {
      isDurable: (storeTimestamp) => storeTimestamp < this.#checkpoint.physicMsgTimestamp,
      correctMinOffsets: (logStartsAt) => this.#queues.correctMinOffsets(logStartsAt),
      deleteFilesBefore: (logStartsAt, done) => {
        this.#index?.deleteBefore(logStartsAt)
        this.#queues.deleteFilesBefore(logStartsAt, done)
      },
    })
    const diskFull = new DiskFullWatch(host.clock, this.#clean)
    this.#gate = new PutGate(config.commitLogFileBytes, sizes, this.#clean, diskFull, this.#pageCache)
    this.#start = new DurableStart(host, config.directory, this.#log, {
      renewCheckpoint: (timestamp) => this.#checkpoints.noteLogDurable(timestamp),
      onSlow: () => this.#startIsSlow(),
      onDurable: () => this.#gate.openIf(STARTING),
      onFailed: (reason) => this.#breakDown(reason),
    })
    const Flush = config.flushDiskType === 'SYNC_FLUSH' ? GroupCommit : FlushRealTime
    this.#flush = new Flush(
      host.clock,
      this.#log,
      () => this.#flushed(),
      (reason) => this.#breakDown(`a sync of the commit log failed: ${reason}`),
    )
  }

  get commitLogMaxOffset(): number {
    return this.#log.appendedAt
  }
  get commitLogMinOffset(): number {
    return this.#log.files.startsAt
  }
  /** Bytes of the log that are not durable yet. */
  get remainHowManyDataToFlush(): number {
    return this.#log.appendedAt - this.#log.flushedAt
  }
  /** Everything before this position of the log is in its queue. */
  get dispatchedAt(): number {
    return this.#dispatcher.firstWaiting ?? this.commitLogMaxOffset
  }

  /** Bytes of the log that are not in their queues yet. */
  get dispatchBehindBytes(): number {
    return this.#dispatcher.behindBytes
  }

  /** Puts that wait for the page cache or for the disk. */
  get waitingPuts(): number {
    return this.#waiting.length + (this.#flush instanceof GroupCommit ? this.#flush.waitingPuts : 0)
  }
  /** How long the first of them has waited, ms. RocketMQ: `slowTimeMills` of the head of a queue. */
  get longestWaitMs(): number {
    const sinceMs =
      (this.#flush instanceof GroupCommit ? this.#flush.waitsSinceMs : undefined) ?? this.#waiting[0]?.sinceMs
    return sinceMs === undefined ? 0 : this.#host.clock.monotonicMs() - sinceMs
  }

  /** The page cache has just made a write wait: puts are refused for a moment. RocketMQ: `isOSPageCacheBusy`. */
  isOsPageCacheBusy(): boolean {
    return this.#pageCache.isBusy()
  }

  // #region open
  /**
   * Takes the lock, reads what is there, repairs what a crash left, and is ready for puts.
   * @throws {StoreError} one sentence, when the store cannot be used as it is
   */
  open(): void {
    const { directory } = this.#config
    if (!this.#host.disk.lock(`${directory}lock`))
      throw new StoreError(
        `the store ${directory || '.'} is in use by another broker: stop it or give this one another storePathRootDir`,
      )
    const clean = this.#host.disk.sizeBytes(`${directory}abort`) < 0
    this.#checkpoint = new Checkpoint(this.#host, directory)
    this.#checkpoints = this.#checkpointService()
    this.#log.files.load(
      clean,
      false,
      (startsAt, record) => !clean && wasNeverDurable(startsAt, record, this.#checkpoint),
    )
    if (this.#log.files.fileCount === 0) {
      refuseIfLogGone(this.#checkpoint, this.#host.disk, directory)
      this.#checkpoint.logBegins()
    }
    const { areQueuesMadeAgain } = this.#recover(clean)
    this.#gate.closedBecause = ''
    this.#start.begin(this.#checkpoint, this.#lastStoreTimestamp)
    this.#clean.filesChanged()
    if (!clean || areQueuesMadeAgain) this.#checkpoints.writeLater()
  }
  // #endregion open

  #checkpointService(): CheckpointService {
    const parts = { log: this.#log, queues: this.#queues, index: this.#index, dispatcher: this.#dispatcher }
    return new CheckpointService(this.#host.clock, this.#checkpoint, parts, {
      lastStoreTimestamp: () => this.#lastStoreTimestamp,
      onRound: () => this.#clean.filesChanged(),
      goesOn: () => this.#gate.closedBecause === '',
      onFailed: (reason) => this.#breakDown(reason),
    })
  }

  /** The disk has not confirmed the start within the time that any sync has. */
  #startIsSlow(): void {
    this.#gate.closedBecause ||= STARTING
    for (const put of this.#waiting.splice(0)) answerFlush(put, 'timeout')
  }

  #recover(clean: boolean): Recovered {
    const parts = {
      log: this.#log.files,
      queues: this.#queues,
      index: this.#index,
      checkpoint: this.#checkpoint,
      trace: this.#host.trace,
      delayLevelsMs: this.#config.delayLevelsMs ?? DELAY_LEVELS_MS,
    }
    const recovered = recoverStore(parts, clean)
    this.#lastStoreTimestamp = recovered.lastStoreTimestamp
    this.#log.openAt(recovered.endsAt, clean)
    this.#queues.resetNextOffsets()
    return recovered
  }

  // #region put
  /** Puts one message; `done` is called when it is as safe as the settings promise, or at once with a refusal. */
  putMessage(message: NewMessage, done: (result: PutMessageResult) => void): void {
    this.putMessages([message], (results) => done(results[0]!))
  }

  /** Puts messages that follow each other in the log; they share one answer about the disk. */
  putMessages(messages: readonly NewMessage[], done: (results: readonly PutMessageResult[]) => void): void {
    const sinceMs = this.#host.clock.monotonicMs()
    const refused = this.#gate.refuse(messages, { waitingPuts: this.waitingPuts, appendedAt: this.#log.appendedAt })
    if (refused !== undefined) {
      this.stats.put(sinceMs, false)
      return done(messages.map(() => refused))
    }
    const places = messages.map((message) => this.#append(message))
    this.stats.waiting(this.#dispatcher.behindBytes)
    const answer = (status: PutMessageStatus, reason: string) => {
      this.stats.put(sinceMs, status === PutMessageStatus.PUT_OK)
      done(places.map((place) => ({ ...place, status, reason })))
    }
    this.#waiting.push({
      upTo: this.#log.appendedAt,
      sinceMs,
      waitStoreMsgOk: messages.every((message) => message.waitStoreMsgOk),
      done: answer,
    })
  }

  // #endregion put

  // #region append-message
  /** Gives a message its place in the log and in its queue. Store times never fall along the log. */
  #append(message: NewMessage): Omit<PutMessageResult, 'status' | 'reason'> {
    const storeTimestamp = Math.max(this.#host.clock.nowMs(), this.#lastStoreTimestamp)
    this.#lastStoreTimestamp = storeTimestamp
    const { storeIp, storePort } = this.#config
    const record = encodeRecord({ ...message, queueOffset: 0, physicalOffset: 0, storeTimestamp, storeIp, storePort })
    const physicalOffset = this.#log.placeFor(record.length)
    const { topic, queueId, tagsCode, sysFlag, propertiesText, key } = message
    const queueOffset = hasQueueEntry(sysFlag) ? this.#queues.takeQueueOffset(topic, queueId) : 0
    stampRecord(record, { queueOffset, physicalOffset, storeTimestamp })
    this.#log.append(record)
    const place = { topic, queueId, queueOffset, physicalOffset, sizeBytes: record.length }
    this.#dispatcher.add({ ...place, tagsCode, sysFlag, storeTimestamp, propertiesText })
    this.#host.trace.emit?.('record.appended', { ...place, key })
    return { queueOffset, physicalOffset, storeTimestamp, sizeBytes: record.length }
  }
  // #endregion append-message

  // #region confirm
  /** The bytes are in the page cache: with ASYNC_FLUSH that is all that was promised. */
  #written(): void {
    if (this.#flush instanceof FlushRealTime) this.#dispatch(this.#log.writtenAt)
    const written = this.#waiting
    this.#waiting = []
    for (const put of written) {
      if (this.#flush instanceof GroupCommit && put.waitStoreMsgOk)
        this.#flush.wait(put.upTo, put.sinceMs, (outcome) => answerFlush(put, outcome))
      else put.done(PutMessageStatus.PUT_OK, '')
    }
    this.#flush.written()
    this.#checkpoints.writeLater()
  }

  /** The bytes are durable: with SYNC_FLUSH consumers may see them now. */
  #flushed(): void {
    if (this.#flush instanceof GroupCommit) this.#dispatch(this.#log.flushedAt)
  }
  // #endregion confirm

  #dispatch(confirmOffset: number): void {
    const failure = this.#dispatcher.dispatchUpTo(confirmOffset)
    if (failure !== '') this.#breakDown(`consume queue or index cannot be written: ${failure}`)
  }

  // #region when-durable
  /**
   * Calls `done` when all that is in the log now is durable, and sees to it: whoever notes how far he has come must not be
   * ahead of the log. Never, when the disk fails.
   */
  whenDurable(done: () => void): void {
    const position = this.#log.appendedAt
    if (this.#log.flushedAt >= position) done()
    else if (this.#flush instanceof FlushRealTime) this.#flush.whenFlushed(position, done)
    else this.#flush.wait(position, this.#host.clock.monotonicMs(), (outcome) => outcome === 'flushed' && done())
  }
  // #endregion when-durable

  // #region delete
  /** The queues of a topic go; its messages stay in the log, and nobody finds them. */
  deleteTopic(topic: string): void {
    this.#queues.deleteTopic(topic)
    this.#checkpoints.writeLater() // or the next start would miss them
  }

  /** Queue files whose messages are gone go too. */
  cleanExpiredConsumeQueue(): void {
    this.#queues.correctMinOffsets(this.#log.files.startsAt)
    this.#queues.deleteFilesBefore(this.#log.files.startsAt, () => {})
  }

  /** Log files that have expired go now, whatever `deleteWhen` says. */
  deleteExpiredFiles(): void {
    this.#clean.deleteNow()
  }
  // #endregion delete

  // #region close
  /** Flushes everything and leaves the store as a clean stop does; `done` gets '' or why it could not. */
  close(done: (error: string) => void): void {
    if (this.#start.isUnderWay) {
      this.#gate.closedBecause ||= STOPPING
      return this.#start.whenEnded(() => this.close(done))
    }
    const failed = this.#gate.closedBecause === STOPPING ? '' : this.#gate.closedBecause
    this.#gate.closedBecause = STOPPING
    this.#log.writeOut()
    this.#flush.stop()
    this.#clean.stop()
    this.#checkpoints.stop()
    this.#log.sync((error) => {
      if (error === '') this.#dispatch(this.#log.flushedAt)
      const written = attempt(() => this.#queues.writeOut())
      this.#queues.sync((queueError) =>
        closeIndex(this.#index, (indexError) =>
          this.#leave(failed || error || written || queueError || indexError, done),
        ),
      )
    })
  }

  /** Only a store whose queues are complete may say that it was closed well. */
  #leave(problem: string, done: (error: string) => void): void {
    const isWhole = problem === '' && this.#dispatcher.hasDispatchedAll
    const failure = attempt(() => {
      if (!isWhole) return
      const summary = this.#queues.summary(this.#log.files.startsAt, this.#log.appendedAt)
      this.#checkpoints.noteDurable(this.#lastStoreTimestamp, summary)
    })
    this.#checkpoint.sync((error) => {
      const why = problem || failure || error
      const left = isWhole && why === '' ? attempt(() => this.#host.disk.remove(`${this.#config.directory}abort`)) : why
      this.#log.files.close()
      this.#checkpoint.close()
      this.#queues.close()
      done(left)
    })
  }
  // #endregion close

  /** The disk has failed us: nothing more is acknowledged, reads go on. */
  #breakDown(reason: string): void {
    this.#gate.closedBecause = `${reason}; restart the broker when the disk is well`
    this.#host.trace.log('error', this.#gate.closedBecause)
    const waiting = this.#waiting
    this.#waiting = []
    for (const put of waiting) put.done(PutMessageStatus.UNKNOWN_ERROR, this.#gate.closedBecause)
    this.#start.end()
  }
}
