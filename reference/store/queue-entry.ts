/**
 * The bytes of one entry of a consume queue.
 *
 * | at | bytes | field                                                           |
 * | -- | ----- | --------------------------------------------------------------- |
 * |  0 | 8     | physical offset of the record                                   |
 * |  8 | 4     | size of the record                                              |
 * | 12 | 8     | tags code: the Java hash of the tag, sign-extended. The value is 0 for a message without a tag |
 *
 * In the queues of delayed messages (`delay-level.ts`), the tags code is the time of delivery.
 *
 * RocketMQ: `ConsumeQueue`.
 */
import { readI32, readI64, writeI32, writeI64 } from '../common/bytes.ts'

/** The bytes of one entry. RocketMQ: `CQ_STORE_UNIT_SIZE`. */
export const ENTRY_BYTES = 20

/**
 * The record size in a filler entry. When the first real entry of a queue does not lie at the start of a file, filler
 * entries fill the file before this entry. Without filler entries, the zeros at the start of this file would look like the
 * end of the queue.
 */
const FILLER_SIZE = 0x7fffffff

/** One entry of a consume queue, with its queue offset. */
export interface ConsumeQueueEntry {
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly sizeBytes: number
  /** The low 32 bits of the tags code, as a signed number. The broker's tag filter compares these bits. */
  readonly tagsCode: number
}

/** An entry for `put`, without its queue offset. */
export type NewEntry = Omit<ConsumeQueueEntry, 'queueOffset'>

/** A filler entry. */
export const FILLER_ENTRY: NewEntry = { physicalOffset: 0, sizeBytes: FILLER_SIZE, tagsCode: 0 }

// #region queue-entry
/** Writes the 20 bytes of an entry at `at`. */
export function writeEntry(bytes: Uint8Array, at: number, entry: NewEntry): void {
  writeI64(bytes, at, entry.physicalOffset)
  writeI32(bytes, at + 8, entry.sizeBytes)
  writeI64(bytes, at + 12, entry.tagsCode)
}
// #endregion queue-entry

/** Returns the entry at `at`, whose queue offset is `queueOffset`. Does not check the bytes. */
export function decodeEntry(bytes: Uint8Array, at: number, queueOffset: number): ConsumeQueueEntry {
  return {
    queueOffset,
    physicalOffset: readI64(bytes, at),
    sizeBytes: readI32(bytes, at + 8),
    tagsCode: readI32(bytes, at + 16),
  }
}

/**
 * Returns the entry at `at`. Returns undefined when the bytes are not a valid entry, for example after a write that was
 * interrupted.
 */
export function validEntry(bytes: Uint8Array, at: number, queueOffset: number): ConsumeQueueEntry | undefined {
  if (at + ENTRY_BYTES > bytes.length) return undefined
  const highBits = readI32(bytes, at)
  if (highBits < 0 || highBits > 0x1f_ffff) return undefined
  const entry = decodeEntry(bytes, at, queueOffset)
  return entry.sizeBytes > 0 ? entry : undefined
}

/** Returns true for a filler entry, which only fills the file before the first real entry. */
export function isFiller(entry: ConsumeQueueEntry): boolean {
  return entry.sizeBytes === FILLER_SIZE && entry.physicalOffset === 0
}
