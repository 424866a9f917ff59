/**
 * Computes the position of the next record at the end of a commit-log file. When the record does not fit, also computes the
 * bytes that fill the file.
 *
 * A record never spans two files. A record that does not fit becomes the first record of the next file. A blank fills the
 * rest of the last file:
 *
 * ```
 * … | record | record | blank: size, magic … unused |  record | record | …
 *                                      end of file ^  ^ next file
 * ```
 *
 * A blank is a size and a magic code. Without a blank, a reader would find bytes that are not a record, and would conclude
 * that the log ends there. A blank needs eight bytes. So a record fits only if at least eight bytes stay free after the
 * record.
 *
 * RocketMQ: `DefaultAppendMessageCallback.doAppend`, `END_FILE_MIN_BLANK_LENGTH`.
 */
import { writeI32 } from '../common/bytes.ts'
import { BLANK_BYTES, BLANK_MAGIC, RECORD_AT } from '../common/message-codec.ts'

// #region place-for
/** Returns the position of the next record. The position is the end of the log, or the start of the next file. */
export function placeFor(
  logEndsAt: number, // the position after the last record
  sizeBytes: number, // bytes of the next record
  fileSizeBytes: number, // bytes of each log file
): number {
  const leftBytes = fileSizeBytes - (logEndsAt % fileSizeBytes)
  const fits = sizeBytes + BLANK_BYTES <= leftBytes
  return fits ? logEndsAt : logEndsAt + leftBytes
}
// #endregion place-for

// #region blank-for
/** Returns the bytes of a blank that are written: the size of the blank and its magic code. */
export function blankFor(leftBytes: number): Uint8Array {
  const blank = new Uint8Array(BLANK_BYTES)
  writeI32(blank, RECORD_AT.totalSize, leftBytes)
  writeI32(blank, RECORD_AT.magic, BLANK_MAGIC)
  return blank
}
// #endregion blank-for
