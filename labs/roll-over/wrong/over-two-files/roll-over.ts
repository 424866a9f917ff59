import { writeI32 } from '../common/bytes.ts'
import { BLANK_BYTES, BLANK_MAGIC, RECORD_AT } from '../common/message-codec.ts'

/** The log is one row of bytes: a record begins where the last one ends, and goes on in the next file. */
export function placeFor(logEndsAt: number, _sizeBytes: number, _fileSizeBytes: number): number {
  return logEndsAt
}

export function blankFor(leftBytes: number): Uint8Array {
  const blank = new Uint8Array(BLANK_BYTES)
  writeI32(blank, RECORD_AT.totalSize, leftBytes)
  writeI32(blank, RECORD_AT.magic, BLANK_MAGIC)
  return blank
}

