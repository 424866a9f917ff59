/**
 * Reads the records of a log that grows by copied bytes, and passes them to the dispatcher. A record is passed when its end
 * is confirmed: `follow` never reads beyond the position that the caller gives.
 *
 * ```
 *  log ──┬── records before `followedAt` ──┬── confirmed records ──┬── copied, but not confirmed ──┐
 *        │  in their queues                 │  `follow` reads these  │  may be cut off later          │
 * ```
 *
 * Bytes that are not confirmed stay only in the log. So after a truncation, no queue and no index has an entry for a record
 * that was cut off, and little memory is needed.
 *
 * RocketMQ: `ReputMessageService.doReput`.
 */
import { readI32 } from '../../common/bytes.ts'
import { keyOf, type MessageExt } from '../../common/message.ts'
import { BLANK_MAGIC } from '../../common/message-codec.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import { stepAt } from '../log-step.ts'
import { entryTagsCode } from '../offer-to-queues.ts'
import type { ReplicaParts } from './replica-log.ts'

const HEAD_BYTES = 8

/** Follows the records of one log. */
export class LogFollower {
  readonly #parts: ReplicaParts
  readonly #onRecord: (storeTimestamp: number) => void
  /** Every record before this position was passed to the dispatcher. */
  #followedAt = 0

  /** `onRecord` is called with the store time of each record. */
  constructor(parts: ReplicaParts, onRecord: (storeTimestamp: number) => void) {
    this.#parts = parts
    this.#onRecord = onRecord
  }

  get followedAt(): number {
    return this.#followedAt
  }

  /** Continues at `position`, where a record begins or the log ends. */
  goTo(position: number): void {
    this.#followedAt = position
  }

  /**
   * Passes every record that ends at or before `upTo` to the dispatcher. Throws `RangeError` when the log is damaged, and
   * `DiskError` when a read fails.
   */
  follow(upTo: number): void {
    const { log } = this.#parts
    const end = Math.min(upTo, log.writtenAt)
    for (;;) {
      const sizeBytes = this.#sizeAt(this.#followedAt, end)
      if (sizeBytes === 0) return
      const at = this.#followedAt
      const step = stepAt((position, bytes) => log.readRange(position, bytes), at, log.files.fileSizeBytes, false)
      if (step.is === 'end') throw new RangeError(`the copied log is damaged: ${step.reason}`)
      this.#followedAt = step.nextAt
      if (step.is === 'record') this.#dispatchLater(step.message)
    }
  }

  /** Returns the position after the last complete record. Throws `RangeError` when the log is damaged. */
  lastRecordEnd(): number {
    const { log } = this.#parts
    let at = this.#followedAt
    for (let sizeBytes = -1; sizeBytes !== 0; at += sizeBytes) sizeBytes = this.#sizeAt(at, log.writtenAt)
    return at
  }

  /**
   * Returns the size of the record or blank at `at`. Returns 0 when this record or blank does not end at or before `end`.
   * Throws `RangeError` when no record can have this size.
   */
  #sizeAt(at: number, end: number): number {
    const { log } = this.#parts
    if (end - at < HEAD_BYTES) return 0
    const head = log.readRange(at, HEAD_BYTES)
    const isBlank = readI32(head, 4) === BLANK_MAGIC
    const leftInFile = log.files.fileSizeBytes - (at % log.files.fileSizeBytes)
    const sizeBytes = isBlank ? leftInFile : readI32(head, 0)
    if (sizeBytes <= 0 || sizeBytes > leftInFile)
      throw new RangeError(`the copied log is damaged: a record at ${at} has ${sizeBytes} bytes`)
    return at + sizeBytes <= end ? sizeBytes : 0
  }

  #dispatchLater(message: MessageExt): void {
    const { topic, queueId, queueOffset, physicalOffset, storeSize, sysFlag, storeTimestamp, properties } = message
    const tagsCode = entryTagsCode(message, this.#parts.delayLevelsMs)
    const place = { topic, queueId, queueOffset, physicalOffset, sizeBytes: storeSize }
    const propertiesText = encodeProperties(properties)
    this.#parts.dispatcher.add({ ...place, tagsCode, sysFlag, storeTimestamp, propertiesText })
    this.#parts.trace.emit?.('record.appended', { ...place, key: keyOf(properties) })
    this.#onRecord(storeTimestamp)
  }
}
