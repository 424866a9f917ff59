/**
 * The store as the broker sees it: put a message, get the next ones of a queue.
 *
 * ```
 *  put ──► commit log ──► page cache ──► disk
 *                 │            │           │
 *                 └─ place     ├─ ASYNC_FLUSH: answered, dispatched
 *                              │           └─ SYNC_FLUSH: answered, dispatched
 *                        consume queue ◄── dispatch ──► "a message arrived"
 * ```
 *
 * A message is dispatched to its queue, and so seen by consumers, exactly when it is as safe as the setting promises
 * (the confirm offset): nobody consumes what a power cut may still take back under SYNC_FLUSH.
 *
 * Invariants: a message's queue offset is its place in its queue, without gaps; log order and queue order agree.
 * RocketMQ: `DefaultMessageStore`. Not here: index files, deletion of old files, replication, delays, transactions.
 */
import { assert } from '../common/assert.ts'
import { readI32 } from '../common/bytes.ts'
import { javaHashCode } from '../common/hash.ts'
import { MESSAGE_BODY_BYTES_MAX, PROPERTIES_BYTES_MAX } from '../common/limits.ts'
import type { MessageExt } from '../common/message.ts'
import { PROPERTY } from '../common/message.ts'
import { decodeRecord, encodeRecord, stampRecord } from '../common/message-codec.ts'
import { SYS_FLAG, transactionValue } from '../common/sys-flag.ts'
import { encodeUtf8, utf8Length } from '../common/utf8.ts'
import type { Host, TimerId } from '../host/host.ts'
import { Checkpoint } from './checkpoint.ts'
import { CommitLog } from './commit-log.ts'
import { ConsumeQueue, type ConsumeQueueEntry } from './consume-queue.ts'
import { type FlushDiskType, type FlushOutcome, FlushRealTime, GroupCommit } from './flush.ts'
import { type EntryFilter, type GetMessageResult, GetMessageStatus } from './get-message.ts'
import * as limits from './limits.ts'
import { type NewMessage, type PutMessageResult, PutMessageStatus, refusal } from './put-message.ts'
import { recoverLog } from './recovery.ts'
import { StoreError } from './store-error.ts'

export interface StoreConfig {
  /** Directory of the store on the node's disk, '' or ending in `/`. */
  readonly directory: string
  readonly flushDiskType: FlushDiskType
  readonly commitLogFileBytes: number
  readonly consumeQueueFileBytes: number
  /** IP and port that records carry as their store host: clients connect to it when they look a message up by its id. */
  readonly storeIp: Uint8Array
  readonly storePort: number
}

/** A put that waits for its bytes to reach the page cache. */
interface WaitingPut {
  readonly upTo: number
  readonly waitStoreMsgOk: boolean
  readonly done: (status: PutMessageStatus, reason: string) => void
}

/** A record that has its place and waits to be entered in its queue. */
interface Undispatched {
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly sizeBytes: number
  readonly tagsCode: number
  readonly storeTimestamp: number
}

/** Called for each message when consumers may see it. `maxOffset`: of its queue, now. */
export type MessageArriving = (topic: string, queueId: number, maxOffset: number, tagsCode: number) => void

export class MessageStore {
  readonly #host: Host
  readonly #config: StoreConfig
  readonly #arriving: MessageArriving
  readonly #log: CommitLog
  readonly #flush: GroupCommit | FlushRealTime
  readonly #queues = new Map<string, Map<number, ConsumeQueue>>()
  /** Next queue offset by topic and queue: ahead of the consume queue by what is not dispatched yet. */
  readonly #nextOffsets = new Map<string, number>()
  #waiting: WaitingPut[] = []
  #undispatched: Undispatched[] = []
  #checkpoint!: Checkpoint
  #checkpointTimer: TimerId | undefined
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
    this.#log.files.load(clean)
    this.#checkpoint = new Checkpoint(this.#host.disk, directory)
    this.#recover(clean)
    const abort = this.#host.disk.open(`${directory}abort`)
    this.#host.disk.write(abort, 0, encodeUtf8('running'))
    this.#host.disk.sync(abort, () => this.#host.disk.close(abort))
    this.#host.disk.syncDirectory(directory.slice(0, -1), () => {})
    this.#refusal = ''
    if (clean) return
    this.#flush.written()
    this.#writeCheckpointLater()
  }

  /** The log decides. Queues are opened first, so that they can say which of the walked records they know already. */
  #recover(clean: boolean): void {
    const logMax = this.#log.files.endsAt
    for (const topicDirectory of this.#host.disk.list(`${this.#config.directory}consumequeue`)) {
      for (const queueDirectory of this.#host.disk.list(
        `${this.#config.directory}consumequeue/${topicDirectory.slice(0, -1)}`,
      )) {
        const queueId = Number(queueDirectory.slice(0, -1))
        if (topicDirectory.endsWith('/') && Number.isInteger(queueId))
          this.#queue(topicDirectory.slice(0, -1), queueId).recover(logMax, clean)
      }
    }
    const result = recoverLog(this.#log.files, clean, this.#checkpoint, (message) => this.#redispatch(message))
    const removedBytes = this.#host.trace.on ? this.#log.files.usedBytesAfter(result.endsAt) : 0
    this.#log.files.truncateAfter(result.endsAt)
    this.#log.openAt(result.endsAt, clean)
    for (const queues of this.#queues.values()) {
      for (const queue of queues.values()) {
        queue.forgetAfter(result.endsAt)
        this.#nextOffsets.set(`${queue.topic}-${queue.queueId}`, queue.maxOffset)
      }
    }
    if (this.#host.trace.on) {
      this.#host.trace.emit('log.recovered', {
        clean: clean ? 1 : 0,
        physicalOffset: result.endsAt,
        records: result.records,
        removedBytes,
      })
    }
  }

  #redispatch(message: MessageExt): void {
    this.#lastStoreTimestamp = Math.max(this.#lastStoreTimestamp, message.storeTimestamp)
    if (!hasQueueEntry(message.sysFlag)) return
    const { topic, queueId, queueOffset, physicalOffset, storeSize } = message
    const tag = message.properties.get(PROPERTY.TAGS)
    const entry = { physicalOffset, sizeBytes: storeSize, tagsCode: tag === undefined ? 0 : javaHashCode(tag) }
    this.#queue(topic, queueId).put(queueOffset, entry)
  }
  // #endregion open

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
      waitStoreMsgOk: messages.every((message) => message.waitStoreMsgOk),
      done: answer,
    })
  }

  #refuse(messages: readonly NewMessage[]): PutMessageResult | undefined {
    if (this.#refusal !== '') return refusal(PutMessageStatus.SERVICE_NOT_AVAILABLE, this.#refusal)
    if (this.#isDiskFull())
      return refusal(
        PutMessageStatus.SERVICE_NOT_AVAILABLE,
        `the disk is more than ${limits.DISK_FULL_RATIO * 100} % full: make room`,
      )
    if (this.#waiting.length >= limits.WAITING_PUTS_MAX) {
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

  /** Gives a message its place in the log and in its queue. Store times never fall along the log. */
  #append(message: NewMessage): { queueOffset: number; physicalOffset: number; storeTimestamp: number } {
    const storeTimestamp = Math.max(this.#host.clock.nowMs(), this.#lastStoreTimestamp)
    this.#lastStoreTimestamp = storeTimestamp
    const { storeIp, storePort } = this.#config
    const record = encodeRecord({ ...message, queueOffset: 0, physicalOffset: 0, storeTimestamp, storeIp, storePort })
    const physicalOffset = this.#log.placeFor(record.length)
    const queueOffset = hasQueueEntry(message.sysFlag) ? this.#takeQueueOffset(message.topic, message.queueId) : 0
    stampRecord(record, { queueOffset, physicalOffset, storeTimestamp })
    this.#log.append(record)

    const { topic, queueId, tagsCode, key } = message
    if (hasQueueEntry(message.sysFlag)) {
      this.#undispatched.push({
        topic,
        queueId,
        queueOffset,
        physicalOffset,
        sizeBytes: record.length,
        tagsCode,
        storeTimestamp,
      })
    }
    if (this.#host.trace.on) {
      this.#host.trace.emit('record.appended', {
        topic,
        queueId,
        queueOffset,
        physicalOffset,
        sizeBytes: record.length,
        key,
      })
    }
    return { queueOffset, physicalOffset, storeTimestamp }
  }

  #takeQueueOffset(topic: string, queueId: number): number {
    const key = `${topic}-${queueId}`
    const offset = this.#nextOffsets.get(key) ?? 0
    this.#nextOffsets.set(key, offset + 1)
    return offset
  }
  // #endregion put

  // #region confirm
  /** The bytes are in the page cache: with ASYNC_FLUSH that is all that was promised. */
  #written(): void {
    if (this.#flush instanceof FlushRealTime) this.#dispatch(this.#log.writtenAt)
    const written = this.#waiting
    this.#waiting = []
    for (const put of written) {
      if (this.#flush instanceof GroupCommit && put.waitStoreMsgOk)
        this.#flush.wait(put.upTo, (outcome) => answerFlush(put, outcome))
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
  /** Enters every record before `confirmOffset` in its queue, and says that a message has arrived. */
  #dispatch(confirmOffset: number): void {
    let count = 0
    for (; count < this.#undispatched.length; count++) {
      const record = this.#undispatched[count]!
      if (record.physicalOffset + record.sizeBytes > confirmOffset) break
      const queue = this.#queue(record.topic, record.queueId)
      queue.put(record.queueOffset, record)
      if (this.#host.trace.on) {
        const { topic, queueId, queueOffset, physicalOffset, sizeBytes } = record
        this.#host.trace.emit('entry.dispatched', { topic, queueId, queueOffset, physicalOffset, sizeBytes })
      }
    }
    const dispatched = this.#undispatched.splice(0, count)
    for (const record of dispatched)
      this.#arriving(record.topic, record.queueId, record.queueOffset + 1, record.tagsCode)
  }
  // #endregion dispatch

  // #region get
  /** The messages of a queue from `offset` on that `filter` lets through: at most `maxCount`, but the first always. */
  getMessage(topic: string, queueId: number, offset: number, maxCount: number, filter: EntryFilter): GetMessageResult {
    const queue = this.#queues.get(topic)?.get(queueId)
    const minOffset = queue?.minOffset ?? 0
    const maxOffset = queue?.maxOffset ?? 0
    const none = (status: GetMessageStatus, nextBeginOffset: number): GetMessageResult => ({
      status,
      nextBeginOffset,
      minOffset,
      maxOffset,
      count: 0,
      records: [],
    })
    if (queue === undefined) return none(GetMessageStatus.NO_MATCHED_LOGIC_QUEUE, 0)
    if (maxOffset === 0) return none(GetMessageStatus.NO_MESSAGE_IN_QUEUE, 0)
    if (offset < minOffset) return none(GetMessageStatus.OFFSET_TOO_SMALL, minOffset)
    if (offset === maxOffset) return none(GetMessageStatus.OFFSET_OVERFLOW_ONE, offset)
    if (offset > maxOffset) return none(GetMessageStatus.OFFSET_OVERFLOW_BADLY, maxOffset)

    const found: ConsumeQueueEntry[] = []
    let bytes = 0
    let nextBeginOffset = offset
    for (const entry of queue.read(offset, limits.SCANNED_ENTRIES_MAX)) {
      const isFull =
        found.length > 0 &&
        (found.length >= Math.min(Math.max(maxCount, 1), limits.TRANSFER_COUNT_MAX) ||
          bytes + entry.sizeBytes > limits.TRANSFER_BYTES_MAX)
      if (isFull) break
      nextBeginOffset = entry.queueOffset + 1
      if (!filter(entry.tagsCode)) continue
      found.push(entry)
      bytes += entry.sizeBytes
    }
    if (found.length === 0) return none(GetMessageStatus.NO_MATCHED_MESSAGE, nextBeginOffset)
    return {
      status: GetMessageStatus.FOUND,
      nextBeginOffset,
      minOffset,
      maxOffset,
      count: found.length,
      records: this.#readRecords(found),
    }
  }

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
  // #endregion get

  minOffset(topic: string, queueId: number): number {
    return this.#queues.get(topic)?.get(queueId)?.minOffset ?? 0
  }

  maxOffset(topic: string, queueId: number): number {
    return this.#queues.get(topic)?.get(queueId)?.maxOffset ?? 0
  }

  /** The record at a physical offset, or undefined when none begins there. */
  recordAt(physicalOffset: number): Uint8Array | undefined {
    const header = this.#log.readRange(physicalOffset, 4)
    if (header.length < 4) return undefined
    const sizeBytes = readI32(header, 0)
    return sizeBytes > 0 && sizeBytes <= this.#config.commitLogFileBytes
      ? this.#log.readRecord(physicalOffset, sizeBytes)
      : undefined
  }

  /** Store time of the message at an offset of a queue, or -1. */
  storeTimestamp(topic: string, queueId: number, queueOffset: number): number {
    const entry = this.#queues.get(topic)?.get(queueId)?.read(queueOffset, 1)[0]
    const record = entry === undefined ? undefined : this.#log.readRecord(entry.physicalOffset, entry.sizeBytes)
    const decoded = record === undefined ? undefined : decodeRecord(record, 0, false)
    return decoded !== undefined && 'message' in decoded ? decoded.message.storeTimestamp : -1
  }

  /** The first offset whose message was stored at or after `timestamp`; the end of the queue when none was. */
  offsetByTime(topic: string, queueId: number, timestamp: number): number {
    let low = this.minOffset(topic, queueId)
    let high = this.maxOffset(topic, queueId)
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2)
      if (this.storeTimestamp(topic, queueId, middle) < timestamp) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Every queue of a topic that has or had messages. */
  queueIds(topic: string): readonly number[] {
    return [...(this.#queues.get(topic)?.keys() ?? [])]
  }

  // #region close
  /** Flushes everything and leaves the store as a clean stop does; `done` gets '' or why it could not. */
  close(done: (error: string) => void): void {
    const failed = this.#refusal
    this.#refusal = 'the broker is stopping'
    this.#log.writeOut()
    this.#flush.stop()
    if (this.#checkpointTimer !== undefined) this.#host.clock.cancel(this.#checkpointTimer)
    this.#log.sync((error) => {
      if (error === '') this.#dispatch(this.#log.flushedAt)
      this.#syncQueues((queueError) => {
        const problem = failed || error || queueError
        this.#checkpoint.physicMsgTimestamp = this.#lastStoreTimestamp
        this.#checkpoint.logicsMsgTimestamp = this.#lastStoreTimestamp
        this.#checkpoint.write()
        this.#checkpoint.sync(() => {
          // Only a store whose queues are complete may say that it was closed well.
          if (problem === '' && this.#undispatched.length === 0)
            this.#host.disk.remove(`${this.#config.directory}abort`)
          this.#log.files.close()
          this.#checkpoint.close()
          for (const queues of this.#queues.values()) for (const queue of queues.values()) queue.files.close()
          done(problem)
        })
      })
    })
  }
  // #endregion close

  #queue(topic: string, queueId: number): ConsumeQueue {
    let queues = this.#queues.get(topic)
    if (queues === undefined) this.#queues.set(topic, (queues = new Map()))
    let queue = queues.get(queueId)
    if (queue === undefined) {
      queue = new ConsumeQueue(
        this.#host.disk,
        `${this.#config.directory}consumequeue`,
        topic,
        queueId,
        this.#config.consumeQueueFileBytes,
      )
      queues.set(queueId, queue)
    }
    return queue
  }

  #syncQueues(done: (error: string) => void): void {
    const all = [...this.#queues.values()].flatMap((queues) => [...queues.values()])
    let left = all.length
    let failure = ''
    if (left === 0) return done('')
    for (const queue of all) {
      queue.files.sync((error) => {
        failure ||= error
        if (--left === 0) done(failure)
      })
    }
  }

  /** A second after something was written: queues are synced, and the checkpoint says up to when all is durable. */
  #writeCheckpointLater(): void {
    if (this.#checkpointTimer !== undefined) return
    this.#checkpointTimer = this.#host.clock.after(limits.FLUSH_CONSUME_QUEUE_INTERVAL_MS, () => {
      const timestamp = this.#lastStoreTimestamp
      const isLogFlushed = this.#log.flushedAt === this.#log.appendedAt
      this.#syncQueues((error) => {
        this.#checkpointTimer = undefined
        if (error !== '') return this.#breakDown(`a sync of the consume queues failed: ${error}`)
        // The queues hold what was dispatched before; the log's own time moves only when all of it is durable.
        if (isLogFlushed && this.#undispatched.length === 0) {
          this.#checkpoint.physicMsgTimestamp = timestamp
          this.#checkpoint.logicsMsgTimestamp = timestamp
          this.#checkpoint.write()
          this.#checkpoint.sync(() => {})
        } else if (this.#refusal === '') this.#writeCheckpointLater()
      })
    })
  }

  /** The disk has failed us: nothing more is acknowledged, reads go on. */
  #breakDown(reason: string): void {
    this.#refusal = `${reason}; restart the broker when the disk is well`
    this.#host.trace.log('error', this.#refusal)
    const waiting = this.#waiting
    this.#waiting = []
    for (const put of waiting) put.done(PutMessageStatus.UNKNOWN_ERROR, this.#refusal)
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
      this.#diskFullSinceMs = this.#host.disk.usedRatio() > limits.DISK_FULL_RATIO ? nowMs : -1
    }
    return this.#diskFullSinceMs >= 0
  }
}

/** Prepared and rolled-back messages are in the log but in no queue. */
function hasQueueEntry(sysFlag: number): boolean {
  const type = transactionValue(sysFlag)
  return type === 0 || type === SYS_FLAG.TRANSACTION_COMMIT
}

function answerFlush(put: WaitingPut, outcome: FlushOutcome): void {
  if (outcome === 'flushed') put.done(PutMessageStatus.PUT_OK, '')
  else
    put.done(
      PutMessageStatus.FLUSH_DISK_TIMEOUT,
      outcome === 'timeout' ? 'the disk did not confirm in time' : 'the disk failed',
    )
}
