/**
 * The log of a slave. Bytes from the master are appended as soon as they arrive. A record is passed to the dispatcher when
 * all bytes of the record have arrived.
 *
 * ```
 *  frame ──► end of the log ──► whole records ──► consume queue, index
 *             (any cut)          (followedAt)
 * ```
 *
 * A master dispatches a record that it still has in memory. A slave receives only bytes, so the slave must read the records
 * from its own log. `followedAt` is the position after the last complete record.
 *
 * RocketMQ: `DefaultMessageStore.appendToCommitLog`, `ReputMessageService`.
 */
import { readI32 } from '../../common/bytes.ts'
import type { MessageExt } from '../../common/message.ts'
import { keyOf } from '../../common/message.ts'
import { BLANK_MAGIC } from '../../common/message-codec.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import type { Trace } from '../../host/trace.ts'
import type { CommitLog } from '../commit-log.ts'
import type { Dispatcher } from '../dispatcher.ts'
import { stepAt } from '../log-step.ts'
import { entryTagsCode } from '../offer-to-queues.ts'

const HEAD_BYTES = 8

/** The parts that a slave's log needs. */
export interface ReplicaParts {
  readonly trace: Trace
  readonly log: CommitLog
  readonly dispatcher: Dispatcher
  readonly delayLevelsMs: readonly number[]
}

/** The callbacks of a slave's log. */
export interface ReplicaEvents {
  /**
   * Called when the log has grown in the page cache. `lastStoreTimestamp` is the store time of the last complete new record,
   * or undefined when no new record is complete.
   */
  onGrown(lastStoreTimestamp: number | undefined): void
}

/** The log of one slave. */
export class ReplicaLog {
  readonly #parts: ReplicaParts
  readonly #events: ReplicaEvents
  /** Every record before this position was passed to the dispatcher. Undefined before the first append. */
  #followedAt: number | undefined

  constructor(parts: ReplicaParts, events: ReplicaEvents) {
    this.#parts = parts
    this.#events = events
  }

  /** The position after the last byte of the log. The slave reports this position to its master. */
  get maxOffset(): number {
    return this.#parts.log.writtenAt
  }

  /**
   * Appends bytes of the master's log. Returns '', or the reason why these bytes do not begin at the end of the slave's log.
   * Throws `DiskError` when a write fails, and `RangeError` when the copied log is damaged.
   */
  append(physicalOffset: number, bytes: Uint8Array): string {
    const { log } = this.#parts
    const isEmpty = log.files.fileCount === 0
    if (!isEmpty && physicalOffset !== log.writtenAt)
      return `the master sends position ${physicalOffset}, but this log ends at ${log.writtenAt}`
    if (isEmpty) log.openAt(physicalOffset, true)
    this.#followedAt ??= log.writtenAt
    log.appendRaw(bytes)
    const last = this.#follow()
    this.#events.onGrown(last?.storeTimestamp)
    return ''
  }

  /** Passes the complete records to the dispatcher. Returns the last of these records. */
  #follow(): MessageExt | undefined {
    let last: MessageExt | undefined
    for (let sizeBytes = this.#wholeAt(); sizeBytes > 0; sizeBytes = this.#wholeAt()) {
      const at = this.#followedAt!
      const { log } = this.#parts
      const step = stepAt((position, bytes) => log.readRange(position, bytes), at, log.files.fileSizeBytes, false)
      if (step.is === 'end') throw new RangeError(`the copied log is damaged: ${step.reason}`)
      this.#followedAt = step.nextAt
      if (step.is !== 'record') continue
      this.#dispatchLater(step.message)
      last = step.message
    }
    return last
  }

  /**
   * Returns the size of the record or blank at `followedAt`. Returns 0 when the record is not complete. Throws `RangeError`
   * when this size is impossible for a record. Without this error, the slave would wait for bytes that never arrive.
   */
  #wholeAt(): number {
    const { log } = this.#parts
    const at = this.#followedAt!
    const here = log.writtenAt - at
    if (here < HEAD_BYTES) return 0
    const head = log.readRange(at, HEAD_BYTES)
    const isBlank = readI32(head, 4) === BLANK_MAGIC
    const leftInFile = log.files.fileSizeBytes - (at % log.files.fileSizeBytes)
    const sizeBytes = isBlank ? leftInFile : readI32(head, 0)
    if (sizeBytes <= 0 || sizeBytes > leftInFile)
      throw new RangeError(`the copied log is damaged: a record at ${at} has ${sizeBytes} bytes`)
    return sizeBytes <= here ? sizeBytes : 0
  }

  #dispatchLater(message: MessageExt): void {
    const { topic, queueId, queueOffset, physicalOffset, storeSize, sysFlag, storeTimestamp, properties } = message
    const tagsCode = entryTagsCode(message, this.#parts.delayLevelsMs)
    const place = { topic, queueId, queueOffset, physicalOffset, sizeBytes: storeSize }
    const propertiesText = encodeProperties(properties)
    this.#parts.dispatcher.add({ ...place, tagsCode, sysFlag, storeTimestamp, propertiesText })
    this.#parts.trace.emit?.('record.appended', { ...place, key: keyOf(properties) })
  }
}
