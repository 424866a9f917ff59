import { BLANK_BYTES } from '../common/message-codec.ts'

export function placeFor(logEndsAt: number, sizeBytes: number, fileSizeBytes: number): number {
  const leftBytes = fileSizeBytes - (logEndsAt % fileSizeBytes)
  return sizeBytes + BLANK_BYTES <= leftBytes ? logEndsAt : logEndsAt + leftBytes
}

/** Nothing is there, so nothing is written. */
export function blankFor(_leftBytes: number): Uint8Array {
  return new Uint8Array(BLANK_BYTES)
}
