/**
 * The steps of a put: the message gets its place in the log, is written to the page cache, becomes durable on disk, and is
 * entered in its consume queue.
 *
 * ```
 *  put ──► commit log ──► page cache ──► disk
 *                 │            │           │
 *                 └─ place     ├─ ASYNC_FLUSH: answered, dispatched
 *                              │           └─ SYNC_FLUSH: answered, dispatched
 *          consume queue, index ◄── dispatch ──► "a message arrived"
 * ```
 *
 * Consumers see a message only after it is dispatched to its queue. A message is dispatched when the confirm offset has
 * passed it. The confirm offset is the durable end of the log under SYNC_FLUSH, and the written end under ASYNC_FLUSH. So,
 * under SYNC_FLUSH, no consumer sees a message that a power cut can still remove.
 *
 * Invariants: the offsets of a queue have no gaps; messages of one queue have the same order in the log and in the queue.
 * RocketMQ: `CommitLog.asyncPutMessage`, `handleDiskFlush`. Not here: replication (`handleHA`).
 */
import { encodeRecord, stampRecord } from '../common/message-codec.ts'
import type { Host } from '../host/host.ts'
import type { CommitLog } from './commit-log.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import type { Dispatcher } from './dispatcher.ts'
import { FlushRealTime } from './flush.ts'
import { GroupCommit } from './group-commit.ts'
import type { PutGate } from './put-gate.ts'
import { hasQueueEntry, type NewMessage, type PutMessageResult, PutMessageStatus } from './put-message.ts'
import type { StoreConfig } from './store-config.ts'
import type { StoreStats } from './store-stats.ts'
import { answerFlush, type WaitingPut } from './waiting-put.ts'

/** The parts of the store that a put needs. */
export interface PutParts {
  readonly host: Host
  readonly config: StoreConfig
  readonly gate: PutGate
  readonly log: CommitLog
  readonly queues: ConsumeQueueStore
  readonly dispatcher: Dispatcher
  readonly stats: StoreStats
}

/** The callbacks of the put path. */
export interface PutEvents {
  /** Called when the log has grown in the page cache. The checkpoint must then be updated. */
  onWritten(): void
  /** Called when the disk has refused a write or a sync of log, queues or index. No further message may be put. */
  onFailed(reason: string): void
}

type Place = Omit<PutMessageResult, 'status' | 'reason'>

/** Performs the puts of one store. */
export class PutPath {
  readonly #host: Host
  readonly #config: StoreConfig
  readonly #gate: PutGate
  readonly #log: CommitLog
  readonly #queues: ConsumeQueueStore
  readonly #dispatcher: Dispatcher
  readonly #stats: StoreStats
  readonly #events: PutEvents
  readonly #flush: GroupCommit | FlushRealTime
  /** Puts whose bytes are not in the page cache yet. */
  #waiting: WaitingPut[] = []
  /** Store time of the last record in the log. */
  lastStoreTimestamp = 0

  constructor(parts: PutParts, events: PutEvents) {
    this.#host = parts.host
    this.#config = parts.config
    this.#gate = parts.gate
    this.#log = parts.log
    this.#queues = parts.queues
    this.#dispatcher = parts.dispatcher
    this.#stats = parts.stats
    this.#events = events
    const Flush = parts.config.flushDiskType === 'SYNC_FLUSH' ? GroupCommit : FlushRealTime
    this.#flush = new Flush(
      parts.host.clock,
      parts.log,
      () => this.#flushed(),
      (reason) => events.onFailed(`a sync of the commit log failed: ${reason}`),
    )
  }

  /** Number of puts that wait for the page cache or for the disk. */
  get waitingPuts(): number {
    return this.#waiting.length + (this.#flush instanceof GroupCommit ? this.#flush.waitingPuts : 0)
  }
  /**
   * How long the oldest waiting put has waited, in ms, or 0 when no put waits. RocketMQ: `slowTimeMills` of a queue's head.
   */
  get longestWaitMs(): number {
    const sinceMs =
      (this.#flush instanceof GroupCommit ? this.#flush.waitsSinceMs : undefined) ?? this.#waiting[0]?.sinceMs
    return sinceMs === undefined ? 0 : this.#host.clock.monotonicMs() - sinceMs
  }

  // #region put
  /** Stores messages next to each other in the log. `done` receives one result per message, all with the same status. */
  putMessages(messages: readonly NewMessage[], done: (results: readonly PutMessageResult[]) => void): void {
    const sinceMs = this.#host.clock.monotonicMs()
    const { waitingPuts } = this
    const refused = this.#gate.refuse(messages, { waitingPuts, appendedAt: this.#log.appendedAt })
    if (refused !== undefined) {
      this.#stats.put(sinceMs, false)
      return done(messages.map(() => refused))
    }
    const places = messages.map((message) => this.#append(message))
    this.#stats.waiting(this.#dispatcher.behindBytes)
    const answer = (status: PutMessageStatus, reason: string) => {
      this.#stats.put(sinceMs, status === PutMessageStatus.PUT_OK)
      done(places.map((place) => ({ ...place, status, reason })))
    }
    const waitStoreMsgOk = messages.every((message) => message.waitStoreMsgOk)
    this.#waiting.push({ upTo: this.#log.appendedAt, sinceMs, waitStoreMsgOk, done: answer })
  }
  // #endregion put

  // #region append-message
  /**
   * Assigns a message its place in the log and in its queue.
   * The store time is never earlier than that of the record
   * before.
   */
  #append(message: NewMessage): Place {
    const storeTimestamp = this.#nextStoreTimestamp()
    const record = this.#encoded(message, storeTimestamp)
    // The length decides whether the record still fits into the last file.
    const sizeBytes = record.length
    const physicalOffset = this.#log.placeFor(sizeBytes)
    const queueOffset = this.#queueOffsetFor(message)
    const place = { queueOffset, physicalOffset, storeTimestamp, sizeBytes }
    stampRecord(record, place)
    this.#log.append(record)
    this.#appended(message, place)
    return place
  }
  // #endregion append-message

  #nextStoreTimestamp(): number {
    this.lastStoreTimestamp = Math.max(this.#host.clock.nowMs(), this.lastStoreTimestamp)
    return this.lastStoreTimestamp
  }

  /** Returns the encoded record. The place of the record is not filled in yet. */
  #encoded(message: NewMessage, storeTimestamp: number): Uint8Array {
    const { storeIp, storePort } = this.#config
    return encodeRecord({ ...message, queueOffset: 0, physicalOffset: 0, storeTimestamp, storeIp, storePort })
  }

  #queueOffsetFor({ topic, queueId, sysFlag }: NewMessage): number {
    return hasQueueEntry(sysFlag) ? this.#queues.takeQueueOffset(topic, queueId) : 0
  }

  /** Passes the record to the dispatcher, which enters it in queue and index after the confirm offset has passed it. */
  #appended(message: NewMessage, { queueOffset, physicalOffset, storeTimestamp, sizeBytes }: Place): void {
    const { topic, queueId, tagsCode, sysFlag, propertiesText, key } = message
    const place = { topic, queueId, queueOffset, physicalOffset, sizeBytes }
    this.#dispatcher.add({ ...place, tagsCode, sysFlag, storeTimestamp, propertiesText })
    this.#host.trace.emit?.('record.appended', { ...place, key })
  }

  // #region confirm
  /** Called when all appended bytes are in the page cache. Under ASYNC_FLUSH, every waiting put is answered now. */
  written(): void {
    if (this.#flush instanceof FlushRealTime) this.#dispatch(this.#log.writtenAt)
    const written = this.#waiting
    this.#waiting = []
    for (const put of written) {
      if (this.#flush instanceof GroupCommit && put.waitStoreMsgOk)
        this.#flush.wait(put.upTo, put.sinceMs, (outcome) => answerFlush(put, outcome))
      else put.done(PutMessageStatus.PUT_OK, '')
    }
    this.#flush.written()
    this.#events.onWritten()
  }

  /** Called when more bytes are durable. Under SYNC_FLUSH, consumers may see the messages in these bytes now. */
  #flushed(): void {
    if (this.#flush instanceof GroupCommit) this.#dispatch(this.#log.flushedAt)
  }
  // #endregion confirm

  /** Dispatches all durable records, under both flush settings. Called when the store closes. */
  dispatchFlushed(): void {
    this.#dispatch(this.#log.flushedAt)
  }

  #dispatch(confirmOffset: number): void {
    const failure = this.#dispatcher.dispatchUpTo(confirmOffset)
    if (failure !== '') this.#events.onFailed(`consume queue or index cannot be written: ${failure}`)
  }

  // #region when-durable
  /**
   * Calls `done` when all messages that are in the log now are durable. Does not call `done` when a sync fails. A caller that
   * writes its progress to another file waits with this method. So the other file is never ahead of the log.
   */
  whenDurable(done: () => void): void {
    this.#flush.whenFlushed(this.#log.appendedAt, done)
  }
  // #endregion when-durable

  /** Removes and returns the puts that wait for the page cache. The caller must answer them. */
  takeWaiting(): readonly WaitingPut[] {
    return this.#waiting.splice(0)
  }

  /** Stops timers. */
  stop(): void {
    this.#flush.stop()
  }
}
