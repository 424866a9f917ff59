import { writeI32 } from '../common/bytes.ts'
import { BLANK_BYTES, BLANK_MAGIC, RECORD_AT } from '../common/message-codec.ts'

const FILE_BYTES = 4096

export function placeFor(logEndsAt: number, sizeBytes: number, _fileSizeBytes: number): number {
  const leftBytes = FILE_BYTES - (logEndsAt % FILE_BYTES)
  return sizeBytes + BLANK_BYTES <= leftBytes ? logEndsAt : logEndsAt + leftBytes
}

export function blankFor(leftBytes: number): Uint8Array {
  const blank = new Uint8Array(BLANK_BYTES)
  writeI32(blank, RECORD_AT.totalSize, leftBytes)
  writeI32(blank, RECORD_AT.magic, BLANK_MAGIC)
  return blank
}

