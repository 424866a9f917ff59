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
 * | flush, checkpoint  | `flush.ts`, `checkpoint.ts`                   | makes them durable, and notes how far          |
 * | recovery           | `recovery.ts`, `log-walker.ts`                | repairs what a crash left                      |
 * | clean              | `clean-commit-log.ts`                        | deletes what is old                            |
 * | lookup             | `message-lookup.ts`                          | by position, time and key                      |
 *
 * Invariants: a message's queue offset is its place in its queue, without gaps; log order and queue order agree.
 * RocketMQ: `DefaultMessageStore`. Not here: the transient pool (`transientStorePoolEnable`: buffers of its own in front
 * of the page cache, which a crash of the process loses), replication, delays, transactions.
 */
import { assert } from '../common/assert.ts'
import { MESSAGE_BODY_BYTES_MAX, PROPERTIES_BYTES_MAX } from '../common/limits.ts'
import { PROPERTY } from '../common/message.ts'
import { encodeRecord, stampRecord } from '../common/message-codec.ts'
import { propertyOf } from '../common/message-properties.ts'
import { encodeUtf8, utf8Length } from '../common/utf8.ts'
import { DiskError, type Host, type TimerId } from '../host/host.ts'
import { Checkpoint } from './checkpoint.ts'
import { CLEAN_DEFAULTS, CleanCommitLogService, type CleanConfig } from './clean-commit-log.ts'
import { CommitLog } from './commit-log.ts'
import type { ConsumeQueue, ConsumeQueueEntry } from './consume-queue.ts'
import { ConsumeQueueStore } from './consume-queue-store.ts'
import { type FlushDiskType, type FlushOutcome, FlushRealTime, GroupCommit } from './flush.ts'
import { type EntryFilter, type GetMessageResult, GetMessageStatus } from './get-message.ts'
import { INDEX_DEFAULTS, type IndexSizes } from './index-file.ts'
import { IndexService } from './index-service.ts'
import * as limits from './limits.ts'
import * as lookup from './message-lookup.ts'
import { type NewMessage, type PutMessageResult, PutMessageStatus, refusal } from './put-message.ts'
import { hasQueueEntry, recoverStore, wasNeverDurable } from './recovery.ts'
import { StoreError } from './store-error.ts'

export interface StoreConfig {
  /** Directory of the store on the node's disk, '' or ending in `/`. */
  readonly directory: string
  readonly flushDiskType: FlushDiskType
  readonly commitLogFileBytes: number
  readonly consumeQueueFileBytes: number
  /** On unless it says false. */
  readonly messageIndexEnable?: boolean
  /** RocketMQ's defaults when missing. */
  readonly index?: IndexSizes
  readonly clean?: CleanConfig
  /** IP and port that records carry as their store host: clients connect to it when they look a message up by its id. */
  readonly storeIp: Uint8Array
  readonly storePort: number
}

/** A put that waits for its bytes to reach the page cache. */
interface WaitingPut {
  readonly upTo: number
  readonly sinceMs: number
  readonly waitStoreMsgOk: boolean
  readonly done: (status: PutMessageStatus, reason: string) => void
}

/** A record that has its place and waits to be entered in its queue and in the index. */
interface Undispatched {
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly sizeBytes: number
  readonly tagsCode: number
  readonly sysFlag: number
  readonly storeTimestamp: number
  readonly propertiesText: string
}

const STOPPING = 'the broker is stopping'
/** The refusal while the disk takes long to confirm the start. */
const STARTING = 'the broker is starting: the disk has not confirmed yet that it may write'

/** Called for each message when consumers may see it. `maxOffset`: of its queue, now. */
export type MessageArriving = (topic: string, queueId: number, maxOffset: number, tagsCode: number) => void

export class MessageStore {
  readonly #host: Host
  readonly #config: StoreConfig
  readonly #arriving: MessageArriving
  readonly #log: CommitLog
  readonly #flush: GroupCommit | FlushRealTime
  readonly #queues: ConsumeQueueStore
  readonly #index: IndexService | undefined
  readonly #clean: CleanCommitLogService
  #waiting: WaitingPut[] = []
  #undispatched: Undispatched[] = []
  #checkpoint!: Checkpoint
  #checkpointTimer: TimerId | undefined
  /** There while the start is not durable yet, and the log holds its writes. */
  #holdTimer: TimerId | undefined
  #onHoldEnded: (() => void) | undefined
  #lastStoreTimestamp = 0
  /** Why nothing may be put; '' while everything is well. */
  #refusal = 'the store is not open'
  #diskFullSinceMs = -1
  #diskCheckedAt = -1

  constructor(host: Host, config: StoreConfig, arriving: MessageArriving) {
    this.#host = host
    this.#config = config
    this.#arriving = arriving
    this.#log = new CommitLog(host, `${config.directory}commitlog`, config.commitLogFileBytes, {
      onWritten: () => this.#written(),
      onWriteFailed: (reason) => this.#breakDown(`the commit log cannot be written: ${reason}`),
    })
    this.#queues = new ConsumeQueueStore(host.disk, `${config.directory}consumequeue`, config.consumeQueueFileBytes)
    if (config.messageIndexEnable !== false) {
      const sizes = config.index ?? INDEX_DEFAULTS
      this.#index = new IndexService(host, `${config.directory}index`, sizes, (endTimestamp) => {
        this.#checkpoint.indexMsgTimestamp = endTimestamp
      })
    }
    this.#clean = new CleanCommitLogService(host, config.clean ?? CLEAN_DEFAULTS, this.#log.files, {
      isDurable: (storeTimestamp) => storeTimestamp <= this.#checkpoint.physicMsgTimestamp,
      correctMinOffsets: (logStartsAt) => this.#queues.correctMinOffsets(logStartsAt),
      deleteFilesBefore: (logStartsAt, done) => {
        this.#index?.deleteBefore(logStartsAt)
        this.#queues.deleteFilesBefore(logStartsAt, done)
      },
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
  /** Bytes of the log that are not in their queues yet. */
  get dispatchBehindBytes(): number {
    return this.#undispatched.reduce((bytes, record) => bytes + record.sizeBytes, 0)
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
    this.#log.files.load(clean, false, (head) => !clean && wasNeverDurable(head, this.#checkpoint))
    this.#recover(clean)
    this.#refusal = ''
    this.#holdWrites()
    this.#makeStartDurable()
    this.#clean.filesChanged()
    if (!clean) this.#writeCheckpointLater()
  }
  // #endregion open

  // #region before-first-write
  /**
   * Nothing is written before a power cut would leave two things as they are: the marker `abort`, by which the next start
   * knows of a crash, and the log as it was recovered. A blank that came back would hide what is written over it.
   */
  #makeStartDurable(): void {
    const { directory } = this.#config
    const { disk } = this.#host
    const cutAt = this.#log.writtenAt
    const abort = disk.open(`${directory}abort`)
    disk.write(abort, 0, encodeUtf8('running'))
    let left = 4
    let failure = ''
    const one = (error: string) => {
      failure ||= error
      if (--left > 0) return
      disk.close(abort)
      this.#log.files.deleteFilesAfter(cutAt, (nameError) => {
        if (failure === '' && nameError === '') this.#releaseWrites()
        else this.#breakDown(`a sync at the start failed: ${failure || nameError}`)
      })
    }
    disk.sync(abort, one)
    disk.syncDirectory(directory.slice(0, -1), one)
    this.#checkpoint.sync(one)
    this.#log.sync(one)
  }

  // #endregion before-first-write

  /** Puts wait until then, but no longer than for any other sync. */
  #holdWrites(): void {
    this.#log.hold()
    this.#holdTimer = this.#host.clock.after(limits.SYNC_FLUSH_TIMEOUT_MS, () => {
      this.#refusal ||= STARTING
      for (const put of this.#waiting.splice(0)) answerFlush(put, 'timeout')
    })
  }

  #releaseWrites(): void {
    if (this.#refusal === STARTING) this.#refusal = ''
    this.#log.release()
    this.#endHold()
  }

  #endHold(): void {
    if (this.#holdTimer !== undefined) this.#host.clock.cancel(this.#holdTimer)
    this.#holdTimer = undefined
    const then = this.#onHoldEnded
    this.#onHoldEnded = undefined
    then?.()
  }

  #recover(clean: boolean): void {
    const parts = {
      log: this.#log.files,
      queues: this.#queues,
      index: this.#index,
      checkpoint: this.#checkpoint,
      trace: this.#host.trace,
    }
    const { endsAt, records, removedBytes, lastStoreTimestamp } = recoverStore(parts, clean)
    this.#lastStoreTimestamp = lastStoreTimestamp
    this.#log.openAt(endsAt, clean)
    this.#queues.resetNextOffsets()
    if (this.#host.trace.on) {
      const facts = { clean: clean ? 1 : 0, physicalOffset: endsAt, records, removedBytes }
      this.#host.trace.emit('log.recovered', facts)
    }
  }

  // #region put
  /** Puts one message; `done` is called when it is as safe as the settings promise, or at once with a refusal. */
  putMessage(message: NewMessage, done: (result: PutMessageResult) => void): void {
    this.putMessages([message], (results) => done(results[0]!))
  }

  /** Puts messages that follow each other in the log; they share one answer about the disk. */
  putMessages(messages: readonly NewMessage[], done: (results: readonly PutMessageResult[]) => void): void {
    const refused = this.#refuse(messages)
    if (refused !== undefined) return done(messages.map(() => refused))
    const places = messages.map((message) => this.#append(message))
    const answer = (status: PutMessageStatus, reason: string) =>
      done(places.map((place) => ({ ...place, status, reason })))
    this.#waiting.push({
      upTo: this.#log.appendedAt,
      sinceMs: this.#host.clock.monotonicMs(),
      waitStoreMsgOk: messages.every((message) => message.waitStoreMsgOk),
      done: answer,
    })
  }

  // #endregion put

  /**
   * Why none of the messages is taken, or undefined.
   *
   * RocketMQ also refuses puts while another has held the put lock for a second (`osPageCacheBusyTimeOutMills`): the page
   * cache is then slow to take pages. Here there is no lock to watch. A put runs to completion, and while the system makes
   * it wait nobody else is asked anything; when it goes on, the reason to refuse is over. What can pile up is puts that
   * wait for a sync, and they are counted.
   */
  #refuse(messages: readonly NewMessage[]): PutMessageResult | undefined {
    if (this.#refusal !== '') return refusal(PutMessageStatus.SERVICE_NOT_AVAILABLE, this.#refusal)
    if (this.#isDiskFull())
      return refusal(
        PutMessageStatus.SERVICE_NOT_AVAILABLE,
        `the disk is more than ${this.#clean.warningPercent} % full: make room`,
      )
    const flushing = this.#flush instanceof GroupCommit ? this.#flush.waitingPuts : 0
    if (this.#waiting.length + flushing >= limits.WAITING_PUTS_MAX) {
      return refusal(
        PutMessageStatus.OS_PAGE_CACHE_BUSY,
        `[PC_SYNCHRONIZED]broker busy: ${limits.WAITING_PUTS_MAX} messages already wait for the disk`,
      )
    }
    for (const message of messages) {
      if (message.body.length > MESSAGE_BODY_BYTES_MAX) {
        return refusal(
          PutMessageStatus.MESSAGE_ILLEGAL,
          `message body size over max value, MAX: ${MESSAGE_BODY_BYTES_MAX}, found ${message.body.length}`,
        )
      }
      if (utf8Length(message.propertiesText) > PROPERTIES_BYTES_MAX) {
        return refusal(
          PutMessageStatus.PROPERTIES_SIZE_EXCEEDED,
          `message properties length over max value, MAX: ${PROPERTIES_BYTES_MAX}`,
        )
      }
      const mostBytes = message.body.length + utf8Length(message.propertiesText) + limits.RECORD_OVERHEAD_BYTES
      if (mostBytes > this.#config.commitLogFileBytes) {
        return refusal(
          PutMessageStatus.MESSAGE_ILLEGAL,
          `a message of ${message.body.length} bytes does not fit a commit-log file of ${this.#config.commitLogFileBytes}`,
        )
      }
    }
    return undefined
  }

  // #region append-message
  /** Gives a message its place in the log and in its queue. Store times never fall along the log. */
  #append(message: NewMessage): { queueOffset: number; physicalOffset: number; storeTimestamp: number } {
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
    this.#undispatched.push({ ...place, tagsCode, sysFlag, storeTimestamp, propertiesText })
    if (this.#host.trace.on) this.#host.trace.emit('record.appended', { ...place, key })
    return { queueOffset, physicalOffset, storeTimestamp }
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
    this.#writeCheckpointLater()
  }

  /** The bytes are durable: with SYNC_FLUSH consumers may see them now. */
  #flushed(): void {
    if (this.#flush instanceof GroupCommit) this.#dispatch(this.#log.flushedAt)
  }
  // #endregion confirm

  // #region dispatch
  /** Enters every record before `confirmOffset` in its queue and in the index, and says that a message has arrived. */
  #dispatch(confirmOffset: number): void {
    const first = this.#undispatched.findIndex((record) => record.physicalOffset + record.sizeBytes > confirmOffset)
    const records = this.#undispatched.splice(0, first < 0 ? this.#undispatched.length : first)
    const queued = records.filter((record) => hasQueueEntry(record.sysFlag))
    const failure = attempt(() => {
      const queues = new Set(queued.map((record) => this.#enter(record)))
      for (const queue of queues) queue.writeOut()
      if (this.#index !== undefined) for (const record of records) this.#enterKeys(this.#index, record)
    })
    if (failure !== '') {
      this.#undispatched.unshift(...records) // some may be entered: the next start finds out
      return this.#breakDown(`consume queue or index cannot be written: ${failure}`)
    }
    for (const { topic, queueId, queueOffset, physicalOffset, sizeBytes, tagsCode } of queued) {
      if (this.#host.trace.on)
        this.#host.trace.emit('entry.dispatched', { topic, queueId, queueOffset, physicalOffset, sizeBytes })
      this.#arriving(topic, queueId, queueOffset + 1, tagsCode)
    }
  }
  // #endregion dispatch

  #enter({ topic, queueId, queueOffset, physicalOffset, sizeBytes, tagsCode }: Undispatched): ConsumeQueue {
    const queue = this.#queues.findOrMake(topic, queueId)
    queue.put(queueOffset, { physicalOffset, sizeBytes, tagsCode })
    return queue
  }

  #enterKeys(index: IndexService, record: Undispatched): void {
    const { topic, sysFlag, physicalOffset, storeTimestamp, propertiesText } = record
    const uniqKey = propertyOf(propertiesText, PROPERTY.UNIQ_KEY)
    const keys = propertyOf(propertiesText, PROPERTY.KEYS)
    index.put({ topic, uniqKey, keys, sysFlag, physicalOffset, storeTimestamp })
  }
  // #region get
  /** The messages of a queue from `offset` on that `filter` lets through: at most `maxCount`, but the first always. */
  getMessage(topic: string, queueId: number, offset: number, maxCount: number, filter: EntryFilter): GetMessageResult {
    const queue = this.#queues.find(topic, queueId)
    const minOffset = queue?.minOffset ?? 0
    const maxOffset = queue?.maxOffset ?? 0
    const none = (status: GetMessageStatus, nextBeginOffset: number): GetMessageResult => {
      return { status, nextBeginOffset, minOffset, maxOffset, count: 0, records: [] }
    }
    if (queue === undefined) return none(GetMessageStatus.NO_MATCHED_LOGIC_QUEUE, 0)
    if (maxOffset === 0) return none(GetMessageStatus.NO_MESSAGE_IN_QUEUE, 0)
    if (offset < minOffset) return none(GetMessageStatus.OFFSET_TOO_SMALL, minOffset)
    if (offset === maxOffset) return none(GetMessageStatus.OFFSET_OVERFLOW_ONE, offset)
    if (offset > maxOffset) return none(GetMessageStatus.OFFSET_OVERFLOW_BADLY, maxOffset)

    const found: ConsumeQueueEntry[] = []
    const mostCount = Math.min(Math.max(maxCount, 1), limits.TRANSFER_COUNT_MAX)
    let bytes = 0
    let nextBeginOffset = offset
    for (const entry of queue.read(offset, limits.SCANNED_ENTRIES_MAX)) {
      const isTooMuch = found.length >= mostCount || bytes + entry.sizeBytes > limits.TRANSFER_BYTES_MAX
      if (found.length > 0 && isTooMuch) break
      nextBeginOffset = entry.queueOffset + 1
      if (!filter(entry.tagsCode)) continue
      found.push(entry)
      bytes += entry.sizeBytes
    }
    if (found.length === 0) return none(GetMessageStatus.NO_MATCHED_MESSAGE, nextBeginOffset)
    const records = this.#readRecords(found)
    return { status: GetMessageStatus.FOUND, nextBeginOffset, minOffset, maxOffset, count: found.length, records }
  }
  // #endregion get

  // #region read-records
  /** Records that lie next to each other are read in one piece: a quiet broker serves one topic from one stretch of log. */
  #readRecords(entries: readonly ConsumeQueueEntry[]): Uint8Array[] {
    const pieces: Uint8Array[] = []
    for (let i = 0; i < entries.length; ) {
      const startsAt = entries[i]!.physicalOffset
      let endsAt = startsAt
      while (
        i < entries.length &&
        entries[i]!.physicalOffset === endsAt &&
        endsAt % this.#config.commitLogFileBytes >= startsAt % this.#config.commitLogFileBytes
      ) {
        endsAt += entries[i++]!.sizeBytes
      }
      const piece = this.#log.readRange(startsAt, endsAt - startsAt)
      assert(piece.length === endsAt - startsAt, `the queue points to ${startsAt}..${endsAt}, beyond the log`)
      pieces.push(piece)
    }
    return pieces
  }
  // #endregion read-records

  minOffset(topic: string, queueId: number): number {
    return this.#queues.find(topic, queueId)?.minOffset ?? 0
  }

  maxOffset(topic: string, queueId: number): number {
    return this.#queues.find(topic, queueId)?.maxOffset ?? 0
  }

  /** Every queue of a topic that has or had messages. */
  queueIds(topic: string): readonly number[] {
    return this.#queues.queueIds(topic)
  }

  // #region lookups
  /** The record at a physical offset, or undefined when none begins there. */
  recordAt(physicalOffset: number): Uint8Array | undefined {
    return lookup.recordAt(this.#log, physicalOffset)
  }

  /** Store time of the message at an offset of a queue, or -1. */
  storeTimestamp(topic: string, queueId: number, queueOffset: number): number {
    return lookup.storeTimestampOf(this.#log, this.#queues.find(topic, queueId)?.read(queueOffset, 1)[0])
  }

  /** The offset of a moment: of the first message stored then or later, or (UPPER) of the last stored then or earlier. */
  offsetByTime(topic: string, queueId: number, timestamp: number, boundary: lookup.BoundaryType = 'LOWER'): number {
    const queue = this.#queues.find(topic, queueId)
    return queue === undefined ? 0 : lookup.offsetByTime(this.#log, queue, timestamp, boundary)
  }

  /** Messages with a key, stored between two times: at most `maxCount` and 64. Nothing without an index. */
  queryMessage(topic: string, key: string, maxCount: number, beginMs: number, endMs: number) {
    if (this.#index === undefined) return lookup.NOTHING_FOUND
    return lookup.queryMessage(this.#log, this.#index, { topic, key, maxCount, beginMs, endMs })
  }
  // #endregion lookups

  // #region close
  /** Flushes everything and leaves the store as a clean stop does; `done` gets '' or why it could not. */
  close(done: (error: string) => void): void {
    if (this.#holdTimer !== undefined) {
      this.#refusal ||= STOPPING
      this.#onHoldEnded = () => this.close(done)
      return
    }
    const failed = this.#refusal === STOPPING ? '' : this.#refusal
    this.#refusal = STOPPING
    this.#log.writeOut()
    this.#flush.stop()
    this.#clean.stop()
    if (this.#checkpointTimer !== undefined) this.#host.clock.cancel(this.#checkpointTimer)
    this.#log.sync((error) => {
      if (error === '') this.#dispatch(this.#log.flushedAt)
      const written = attempt(() => this.#queues.writeOut())
      this.#queues.sync((queueError) =>
        this.#closeIndex((indexError) => this.#leave(failed || error || written || queueError || indexError, done)),
      )
    })
  }

  /** Only a store whose queues are complete may say that it was closed well. */
  #leave(problem: string, done: (error: string) => void): void {
    const isWhole = problem === '' && this.#undispatched.length === 0
    const failure = attempt(() => {
      if (!isWhole) return
      this.#checkpoint.writeSummary(this.#log.appendedAt, this.#queues.summary)
      this.#noteDurable(this.#lastStoreTimestamp)
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

  #closeIndex(done: (error: string) => void): void {
    if (this.#index === undefined) return done('')
    const failure = attempt(() => this.#index?.writeOut(true))
    if (failure === '') this.#index.close(done)
    else done(failure)
  }

  // #region checkpoint
  /** A second after something was written: queues are synced, and the checkpoint says up to when all is durable. */
  #writeCheckpointLater(): void {
    if (this.#checkpointTimer !== undefined) return
    this.#checkpointTimer = this.#host.clock.after(limits.FLUSH_CONSUME_QUEUE_INTERVAL_MS, () => {
      let isIndexWritten = true
      const failure = attempt(() => {
        this.#clean.filesChanged()
        this.#queues.writeOut()
        isIndexWritten = this.#index?.writeOut(false) ?? true
      })
      if (failure === '') this.#writeCheckpoint(isIndexWritten)
      else this.#breakDown(`consume queue or index cannot be written: ${failure}`)
    })
  }

  #writeCheckpoint(isIndexWritten: boolean): void {
    const timestamp = this.#lastStoreTimestamp
    const isLogFlushed = this.#log.flushedAt === this.#log.appendedAt
    this.#queues.sync((error) => {
      this.#checkpointTimer = undefined
      if (error !== '') return this.#breakDown(`a sync of the consume queues failed: ${error}`)
      // The queues hold what was dispatched before; the log's own time moves only when all of it is durable.
      const isAllDurable = isLogFlushed && this.#undispatched.length === 0
      const failure = isAllDurable ? attempt(() => this.#noteDurable(timestamp)) : ''
      if (failure !== '') return this.#breakDown(`the checkpoint cannot be written: ${failure}`)
      if (isAllDurable) this.#checkpoint.sync(() => {})
      if ((!isAllDurable || !isIndexWritten) && this.#refusal === '') this.#writeCheckpointLater()
    })
  }

  #noteDurable(timestamp: number): void {
    this.#checkpoint.physicMsgTimestamp = timestamp
    this.#checkpoint.logicsMsgTimestamp = timestamp
    this.#checkpoint.write()
  }
  // #endregion checkpoint

  /** The disk has failed us: nothing more is acknowledged, reads go on. */
  #breakDown(reason: string): void {
    this.#refusal = `${reason}; restart the broker when the disk is well`
    this.#host.trace.log('error', this.#refusal)
    const waiting = this.#waiting
    this.#waiting = []
    for (const put of waiting) put.done(PutMessageStatus.UNKNOWN_ERROR, this.#refusal)
    this.#endHold()
  }

  /** Asked again every 16 MiB; while the disk is full, at most once a second. */
  #isDiskFull(): boolean {
    const nowMs = this.#host.clock.monotonicMs()
    const isDue =
      this.#diskFullSinceMs >= 0
        ? nowMs - this.#diskFullSinceMs >= 1_000
        : this.#diskCheckedAt < 0 || this.#log.appendedAt - this.#diskCheckedAt >= limits.DISK_CHECK_BYTES
    if (isDue) {
      this.#diskCheckedAt = this.#log.appendedAt
      this.#diskFullSinceMs = this.#clean.isDiskFull() ? nowMs : -1
    }
    return this.#diskFullSinceMs >= 0
  }
}

/** Does something with the disk; '' or why the disk refused. */
function attempt(run: () => void): string {
  try {
    run()
    return ''
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    return error.message
  }
}

function answerFlush(put: WaitingPut, outcome: FlushOutcome): void {
  if (outcome === 'flushed') put.done(PutMessageStatus.PUT_OK, '')
  else
    put.done(
      PutMessageStatus.FLUSH_DISK_TIMEOUT,
      outcome === 'timeout' ? 'the disk did not confirm in time' : 'the disk failed',
    )
}
