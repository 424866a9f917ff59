import { writeI32 } from '../common/bytes.ts'
import { BLANK_BYTES, BLANK_MAGIC } from '../common/message-codec.ts'

export function placeFor(logEndsAt: number, sizeBytes: number, fileSizeBytes: number): number {
  const leftBytes = fileSizeBytes - (logEndsAt % fileSizeBytes)
  return sizeBytes + BLANK_BYTES <= leftBytes ? logEndsAt : logEndsAt + leftBytes
}

export function blankFor(leftBytes: number): Uint8Array {
  const blank = new Uint8Array(BLANK_BYTES)
  writeI32(blank, 0, BLANK_MAGIC)
  writeI32(blank, 4, leftBytes)
  return blank
}
