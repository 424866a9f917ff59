/**
 * One entry of the timer log. An entry contains the positions of a waiting message and of the previous entry of the same
 * slot.
 *
 * | at | bytes | field           | meaning                                                              |
 * | -- | ----- | --------------- | -------------------------------------------------------------------- |
 * | 0  | 4     | size            | 52                                                                   |
 * | 4  | 8     | prevPos         | position of the slot's previous entry; -1 for the first entry        |
 * | 12 | 4     | magic           | a sum: always 1; plus 2 (roll) when the message will be entered into the timer log again; plus 4 (delete) when it recalls another message |
 * | 16 | 8     | currWriteTime   | time of the tick in which the message was entered, ms                |
 * | 24 | 4     | delayDelta      | time of the slot minus currWriteTime, in ms                          |
 * | 28 | 8     | commitLogOffset | physical offset of the message's record                              |
 * | 36 | 4     | msgSize         | bytes of the message's record                                        |
 * | 40 | 4     | topicHash       | Java hash of the real topic; RocketMQ counts a topic's messages by it |
 * | 44 | 8     | reserved        | 0                                                                    |
 *
 * A blank fills the unused end of a file. After an entry, its file must have room for a blank, which has at least 16 bytes.
 * When there is not enough room, a blank is written instead of the entry, and the entry is written to the next file. A blank
 * begins with an i32 (the number of bytes left in the file), an i64 (0) and an i32 (0xCBD43194).
 *
 * RocketMQ: `TimerLog`.
 */
import { readI32, readI64, writeI32, writeI64 } from '../../common/bytes.ts'

export const TIMER_RECORD_BYTES = 52
export const TIMER_BLANK_BYTES = 16
/**
 * The same number as `BLANK_MAGIC` of the commit log. RocketMQ's source writes this number as `a ^ b + c`. This means
 * `a ^ (b + c)`, because Java evaluates `+` first.
 */
export const TIMER_BLANK_MAGIC = 0xcbd43194 | 0

export const TIMER_MAGIC = { DEFAULT: 1, ROLL: 2, DELETE: 4 } as const

/** The fields of one entry. */
export interface TimerRecord {
  /** The position of the previous entry of the slot, or -1 for the first entry. */
  readonly prevPos: number
  readonly magic: number
  readonly currWriteTimeMs: number
  readonly delayDeltaMs: number
  readonly commitLogOffset: number
  readonly msgSizeBytes: number
  readonly topicHash: number
}

/** Returns the time of the slot of an entry, in ms. */
export function slotTimeOf({ currWriteTimeMs, delayDeltaMs }: TimerRecord): number {
  return currWriteTimeMs + delayDeltaMs
}

// #region timer-record
/** Returns the bytes of one entry. */
export function encodeTimerRecord(record: TimerRecord): Uint8Array {
  const bytes = new Uint8Array(TIMER_RECORD_BYTES)
  writeI32(bytes, 0, TIMER_RECORD_BYTES)
  writeI64(bytes, 4, record.prevPos)
  writeI32(bytes, 12, record.magic)
  writeI64(bytes, 16, record.currWriteTimeMs)
  writeI32(bytes, 24, record.delayDeltaMs)
  writeI64(bytes, 28, record.commitLogOffset)
  writeI32(bytes, 36, record.msgSizeBytes)
  writeI32(bytes, 40, record.topicHash)
  return bytes
}

/**
 * Returns the entry at `at`, or 'blank' for a blank. Returns undefined for other bytes, because the timer log ends at `at`.
 */
export function decodeTimerRecord(bytes: Uint8Array, at: number): TimerRecord | 'blank' | undefined {
  if (bytes.length - at < TIMER_BLANK_BYTES) return undefined
  const magic = readI32(bytes, at + 12)
  if (magic === TIMER_BLANK_MAGIC) return 'blank'
  if (bytes.length - at < TIMER_RECORD_BYTES || readI32(bytes, at) !== TIMER_RECORD_BYTES) return undefined
  if ((magic & TIMER_MAGIC.DEFAULT) === 0 || (magic | 0xf) !== 0xf) return undefined
  try {
    return {
      prevPos: readI64(bytes, at + 4),
      magic,
      currWriteTimeMs: readI64(bytes, at + 16),
      delayDeltaMs: readI32(bytes, at + 24),
      commitLogOffset: readI64(bytes, at + 28),
      msgSizeBytes: readI32(bytes, at + 36),
      topicHash: readI32(bytes, at + 40),
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
// #endregion timer-record

/** Returns a blank, which fills the rest of a file. */
export function encodeTimerBlank(leftBytes: number): Uint8Array {
  const bytes = new Uint8Array(TIMER_BLANK_BYTES)
  writeI32(bytes, 0, leftBytes)
  writeI32(bytes, 12, TIMER_BLANK_MAGIC)
  return bytes
}
