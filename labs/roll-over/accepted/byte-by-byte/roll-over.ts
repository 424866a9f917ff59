import { BLANK_MAGIC } from '../common/message-codec.ts'

/** Counts what would be left behind the record. */
export function placeFor(logEndsAt: number, sizeBytes: number, fileSizeBytes: number): number {
  const before = logEndsAt - Math.floor(logEndsAt / fileSizeBytes) * fileSizeBytes
  const leftBehind = fileSizeBytes - before - sizeBytes
  return leftBehind < 8 ? logEndsAt - before + fileSizeBytes : logEndsAt
}

/** Writes the eight bytes one by one. */
export function blankFor(leftBytes: number): Uint8Array {
  const bytes = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
  return Uint8Array.from([...bytes(leftBytes), ...bytes(BLANK_MAGIC)])
}
