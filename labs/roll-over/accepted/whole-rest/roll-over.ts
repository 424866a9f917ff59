import { writeI32 } from '../common/bytes.ts'
import { BLANK_BYTES, BLANK_MAGIC, RECORD_AT } from '../common/message-codec.ts'

export function placeFor(logEndsAt: number, sizeBytes: number, fileSizeBytes: number): number {
  const leftBytes = fileSizeBytes - (logEndsAt % fileSizeBytes)
  return sizeBytes + BLANK_BYTES <= leftBytes ? logEndsAt : logEndsAt + leftBytes
}

/** Writes the whole rest: the size, the magic number, and zeros to the end of the file. */
export function blankFor(leftBytes: number): Uint8Array {
  const blank = new Uint8Array(leftBytes)
  writeI32(blank, RECORD_AT.totalSize, leftBytes)
  writeI32(blank, RECORD_AT.magic, BLANK_MAGIC)
  return blank
}
