/**
 * A put has four steps. First, the message gets its position in the log. Second, its record is written to the page cache.
 * Third, a sync makes the record durable on the disk. Fourth, the dispatch adds an entry to the consume queue. The setting
 * of the flush and the property WAIT of the message decide whether the third step comes before the answer.
 *
 * ```
 *  put ──► commit log ──► page cache ──► disk
 *                 │            │           │
 *                 └─ place     ├─ ASYNC_FLUSH: answered, dispatched
 *                              │           └─ SYNC_FLUSH: answered, dispatched
 *          consume queue, index ◄── dispatch ──► "a message arrived"
 * ```
 *
 * Consumers see a message only after the message was dispatched to its queue. A message is dispatched when the confirm
 * offset, a position in the log, has reached the end of its record. Under SYNC_FLUSH, the confirm offset is the end of the
 * durable bytes. Under ASYNC_FLUSH, the confirm offset is the end of the bytes in the page cache. Under a controller, it is
 * not beyond the bytes that every member of the in-sync set (`ha/in-sync-set.ts`) has. So, under SYNC_FLUSH, a power cut
 * never removes a message that a consumer has seen.
 *
 * Invariants: The offsets of a queue have no gaps. The messages of one queue have the same order in the log and in the
 * queue.
 *
 * RocketMQ: `CommitLog.asyncPutMessage`, `handleDiskFlushAndHA`.
 */
import { encodeRecord, stampRecord } from '../common/message-codec.ts'
import type { Host } from '../host/host.ts'
import type { CommitLog } from './commit-log.ts'
import { ConfirmWaits } from './confirm-waits.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import type { Dispatcher } from './dispatcher.ts'
import { FlushRealTime } from './flush.ts'
import { GroupCommit } from './group-commit.ts'
import type { GroupTransfer } from './ha/group-transfer.ts'
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
  /** The waits for the slaves of a SYNC_MASTER. Undefined on every other broker. */
  readonly copies: GroupTransfer | undefined
  /** Limits what is dispatched when a controller elects the master. Undefined on every other broker. */
  readonly confirmed: Confirmed | undefined
}

/** The part of the log that every member of the in-sync set has. */
export interface Confirmed {
  /** Returns the position up to which records may be dispatched, when the disk allows `localEnd`. */
  visibleUpTo(localEnd: number): number
}

/** The callbacks of the put path. */
export interface PutEvents {
  /** Called when new bytes are in the page cache, or confirmed. The receiver must then update the checkpoint later. */
  onWritten(): void
  /**
   * Called when a sync of the log or a write to the queues or the index has failed. After this call, the store must not
   * accept messages.
   */
  onFailed(reason: string): void
}

type Place = Omit<PutMessageResult, 'status' | 'reason'>

function resultOf(place: Place, status: PutMessageStatus, reason: string): PutMessageResult {
  const { queueOffset, physicalOffset, storeTimestamp, sizeBytes } = place
  return { status, reason, queueOffset, physicalOffset, storeTimestamp, sizeBytes }
}

/** Performs the puts of one store. */
export class PutPath {
  readonly #host: Host
  readonly #config: StoreConfig
  readonly #gate: PutGate
  readonly #log: CommitLog
  /** Returns memory for a record in the buffer of the log. */
  readonly #room: (sizeBytes: number) => Uint8Array
  readonly #queues: ConsumeQueueStore
  readonly #dispatcher: Dispatcher
  readonly #stats: StoreStats
  readonly #copies: GroupTransfer | undefined
  readonly #confirmed: Confirmed | undefined
  readonly #events: PutEvents
  readonly #flush: GroupCommit | FlushRealTime
  readonly #confirmWaits: ConfirmWaits
  /** The number of times that this broker has lost the role of a master. */
  #roleChanges = 0
  /** Puts whose bytes are not yet in the page cache. */
  #waiting: WaitingPut[] = []
  /** The time of the answers that are given now. Undefined when it was not read yet. */
  #answersMs: number | undefined
  /** The store time of the last record in the log. */
  lastStoreTimestamp = 0

  constructor(parts: PutParts, events: PutEvents) {
    this.#host = parts.host
    this.#config = parts.config
    this.#gate = parts.gate
    this.#log = parts.log
    this.#room = (sizeBytes) => parts.log.room(sizeBytes)
    this.#queues = parts.queues
    this.#dispatcher = parts.dispatcher
    this.#stats = parts.stats
    this.#copies = parts.copies
    this.#confirmed = parts.confirmed
    this.#events = events
    this.#confirmWaits = new ConfirmWaits(parts.host.clock)
    const Flush = parts.config.flushDiskType === 'SYNC_FLUSH' ? GroupCommit : FlushRealTime
    this.#flush = new Flush(
      parts.host.clock,
      parts.log,
      () => this.#flushed(),
      (reason) => events.onFailed(`a sync of the commit log failed: ${reason}`),
    )
  }

  /** The number of puts that wait for the page cache, for the disk or for slaves. */
  get waitingPuts(): number {
    const forDisk = this.#flush instanceof GroupCommit ? this.#flush.waitingPuts : 0
    return this.#waiting.length + Math.max(forDisk, this.#copies?.waitingPuts ?? 0)
  }
  /**
   * The time in ms for which the oldest waiting put has waited for the page cache or for a sync, or 0 when no put waits.
   * RocketMQ: `slowTimeMills` of a queue's head.
   */
  get longestWaitMs(): number {
    const sinceMs =
      (this.#flush instanceof GroupCommit ? this.#flush.waitsSinceMs : undefined) ?? this.#waiting[0]?.sinceMs
    return sinceMs === undefined ? 0 : this.#host.clock.monotonicMs() - sinceMs
  }

  // #region put
  /**
   * Stores messages next to each other in the log. Calls `done` with one result per message. All results have the same
   * status.
   */
  putMessages(messages: readonly NewMessage[], done: (results: readonly PutMessageResult[]) => void): void {
    const sinceMs = this.#host.clock.monotonicMs()
    const { waitingPuts } = this
    const waitStoreMsgOk = messages.every((message) => message.waitStoreMsgOk)
    const lacksReplicas = waitStoreMsgOk && this.#copies?.isTooSmall === true
    const { appendedAt } = this.#log
    const refused = this.#gate.refuse(messages, { waitingPuts, appendedAt, nowMs: sinceMs, lacksReplicas })
    if (refused !== undefined) {
      this.#stats.put(sinceMs, false)
      return done(messages.map(() => refused))
    }
    const places = messages.map((message) => this.#append(message))
    this.#stats.waiting(this.#dispatcher.behindBytes)
    const answered = this.#answered
    const answer = (stored: PutMessageStatus, reason: string) => {
      const status = answered(stored)
      this.#stats.put(sinceMs, status === PutMessageStatus.PUT_OK, this.#answersMs)
      done(places.map((place) => resultOf(place, status, reason)))
    }
    const upTo = this.#log.appendedAt
    // A SYNC_MASTER answers when both the disk and the slaves have finished, or when the time limit is reached.
    const waitsForSlaves = waitStoreMsgOk ? this.#copies : undefined
    this.#waiting.push({ upTo, sinceMs, waitStoreMsgOk, done: waitsForSlaves?.join(upTo, sinceMs, answer) ?? answer })
  }
  // #endregion put

  // #region append-message
  /**
   * Assigns a message its position in the log and in its
   * queue. The store times of records never go back.
   */
  #append(message: NewMessage): Place {
    const storeTimestamp = this.#nextStoreTimestamp()
    const record = this.#encoded(message, storeTimestamp)
    // The size of the record decides whether the record still fits into the last file.
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

  /** Returns the encoded record of `message`, whose position and queue offset are set later. */
  #encoded(message: NewMessage, storeTimestamp: number): Uint8Array {
    const { storeIp, storePort } = this.#config
    const fields = { ...message, queueOffset: 0, physicalOffset: 0, storeTimestamp, storeIp, storePort }
    return encodeRecord(fields, this.#room)
  }

  #queueOffsetFor({ topic, queueId, sysFlag }: NewMessage): number {
    return hasQueueEntry(sysFlag) ? this.#queues.takeQueueOffset(topic, queueId) : 0
  }

  /**
   * Passes the record to the dispatcher. The dispatcher adds the record to queue and index when the confirm offset has
   * reached the end of the record.
   */
  #appended(message: NewMessage, { queueOffset, physicalOffset, storeTimestamp, sizeBytes }: Place): void {
    const { topic, queueId, tagsCode, sysFlag, propertiesText, key } = message
    const place = { topic, queueId, queueOffset, physicalOffset, sizeBytes }
    this.#dispatcher.add({ ...place, tagsCode, sysFlag, storeTimestamp, propertiesText })
    this.#host.trace.emit?.('record.appended', { ...place, key })
  }

  // #region confirm
  /** Called when all appended bytes are in the page cache. Under ASYNC_FLUSH, no put waits for the disk after this call. */
  written(): void {
    if (this.#flush instanceof FlushRealTime) this.#dispatch(this.#log.writtenAt)
    const written = this.#waiting
    this.#waiting = []
    this.#answersMs = this.#host.clock.monotonicMs()
    for (const put of written) {
      if (this.#flush instanceof GroupCommit && put.waitStoreMsgOk)
        this.#flush.wait(put.upTo, put.sinceMs, (outcome) => answerFlush(put, outcome))
      else put.done(PutMessageStatus.PUT_OK, '')
    }
    this.#answersMs = undefined
    this.#flush.written()
    this.#events.onWritten()
  }

  /** Called when more bytes are durable. Under SYNC_FLUSH, consumers may see the messages in these bytes now. */
  #flushed(): void {
    if (this.#flush instanceof GroupCommit) this.#dispatch(this.#log.flushedAt)
  }
  // #endregion confirm

  /** Called when more of the log is confirmed by the in-sync set. */
  confirmMoved(): void {
    this.#dispatchConfirmed()
    this.#events.onWritten()
  }

  /**
   * Called when a copied record with this store time was passed to the dispatcher. Later records never get an earlier time.
   */
  followed(storeTimestamp: number): void {
    this.lastStoreTimestamp = Math.max(this.lastStoreTimestamp, storeTimestamp)
  }

  /**
   * Called on a slave when its log has grown. `lastStoreTimestamp` is the store time of the last complete new record, or
   * undefined when no new record is complete.
   */
  grown(lastStoreTimestamp: number | undefined): void {
    this.lastStoreTimestamp = Math.max(this.lastStoreTimestamp, lastStoreTimestamp ?? 0)
    this.written()
  }

  /** Dispatches all durable records, under SYNC_FLUSH and under ASYNC_FLUSH. Called when the store closes. */
  dispatchFlushed(): void {
    this.#dispatch(this.#log.flushedAt)
  }

  #dispatchConfirmed(): void {
    this.#dispatch(this.#flush instanceof GroupCommit ? this.#log.flushedAt : this.#log.writtenAt)
  }

  #dispatch(confirmOffset: number): void {
    const upTo = this.#confirmed?.visibleUpTo(confirmOffset) ?? confirmOffset
    const failure = this.#dispatcher.dispatchUpTo(upTo)
    if (failure !== '') return this.#events.onFailed(`consume queue or index cannot be written: ${failure}`)
    this.#confirmWaits.confirmed(upTo)
  }

  // #region when-durable
  /**
   * Calls `done` when all messages that are now in the log are durable. Does not call `done` when a sync fails. A caller
   * that records its progress in another file calls this method before it writes the other file. So, after a power cut, the
   * other file never mentions a message that the log has lost.
   */
  whenDurable(done: () => void): void {
    this.#flush.whenFlushed(this.#log.appendedAt, done)
  }
  // #endregion when-durable

  /**
   * Calls `done(true)` when all messages that are now in the log are confirmed. `confirm-waits.ts` says when `done(false)`
   * is called.
   */
  whenConfirmed(done: (isConfirmed: boolean) => void): void {
    this.#dispatchConfirmed()
    this.#confirmWaits.wait(this.#log.appendedAt, done)
  }

  /**
   * Returns a function for the answer of a put that begins now. When this broker is no longer the master at the time of the
   * answer, PUT_OK becomes FLUSH_SLAVE_TIMEOUT: another master may not have the message.
   */
  get #answered(): (status: PutMessageStatus) => PutMessageStatus {
    const roleChanges = this.#roleChanges
    return (status) =>
      status === PutMessageStatus.PUT_OK && roleChanges !== this.#roleChanges
        ? PutMessageStatus.FLUSH_SLAVE_TIMEOUT
        : status
  }

  /** Removes and returns the puts that wait for the page cache. The caller must answer the removed puts. */
  takeWaiting(): readonly WaitingPut[] {
    return this.#waiting.splice(0)
  }

  /**
   * Answers every put that waits for the page cache, and ends the waits for confirmation, because this broker is no longer
   * the master. The puts that wait for the disk or for slaves are answered later (`#answered`). It is not known whether the
   * messages of all these puts stay in the log.
   */
  giveUpWaiting(reason: string): void {
    this.#roleChanges++
    this.#confirmWaits.giveUp()
    for (const put of this.takeWaiting()) put.done(PutMessageStatus.FLUSH_SLAVE_TIMEOUT, reason)
  }

  /** Stops the timers of the flush. */
  stop(): void {
    this.#flush.stop()
  }
}
