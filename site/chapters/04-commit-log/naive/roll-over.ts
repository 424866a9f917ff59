/**
 * The end of a log file as it is written in a hurry: a record fits when there is room for it. This file stands in the place of
 * `reference/store/roll-over.ts` in the first figure of chapter 4. It is wrong.
 */
import { writeI32 } from '#reference/common/bytes.ts'
import { BLANK_BYTES, BLANK_MAGIC, RECORD_AT } from '#reference/common/message-codec.ts'

// #region naive-place
export function placeFor(
  logEndsAt: number, // the position behind the last record
  sizeBytes: number, // bytes of the next record
  fileSizeBytes: number, // bytes of each log file
): number {
  const leftBytes = fileSizeBytes - (logEndsAt % fileSizeBytes)
  const fits = sizeBytes <= leftBytes
  return fits ? logEndsAt : logEndsAt + leftBytes
}
// #endregion naive-place

/** Returns the written part of a blank that covers `leftBytes`, or as much of it as there is room for. */
export function blankFor(leftBytes: number): Uint8Array {
  const blank = new Uint8Array(BLANK_BYTES)
  writeI32(blank, RECORD_AT.totalSize, leftBytes)
  writeI32(blank, RECORD_AT.magic, BLANK_MAGIC)
  return blank.subarray(0, leftBytes)
}
