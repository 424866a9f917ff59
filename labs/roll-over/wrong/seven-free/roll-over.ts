import { writeI32 } from '../common/bytes.ts'
import { BLANK_BYTES, BLANK_MAGIC, RECORD_AT } from '../common/message-codec.ts'

/**
 * The position of the next record: the end of the log, or the start of the next file.
 *
 * Whatever lies in a file, a blank must still fit behind it: without one, a reader takes the rest for the end of the log.
 */
export function placeFor(logEndsAt: number, sizeBytes: number, fileSizeBytes: number): number {
  const leftBytes = fileSizeBytes - (logEndsAt % fileSizeBytes)
  return sizeBytes + BLANK_BYTES - 1 <= leftBytes ? logEndsAt : logEndsAt + leftBytes
}

/** The bytes with which the rest of a file begins when the next record lies in the next file. */
export function blankFor(leftBytes: number): Uint8Array {
  const blank = new Uint8Array(BLANK_BYTES)
  writeI32(blank, RECORD_AT.totalSize, leftBytes)
  writeI32(blank, RECORD_AT.magic, BLANK_MAGIC)
  return blank
}
