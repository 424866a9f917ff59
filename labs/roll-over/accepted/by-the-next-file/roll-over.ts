import { BLANK_BYTES, BLANK_MAGIC } from '../common/message-codec.ts'

/** Thinks from the next file backwards, and writes with a view of the bytes. */
export function placeFor(logEndsAt: number, sizeBytes: number, fileSizeBytes: number): number {
  const nextFileAt = (Math.floor(logEndsAt / fileSizeBytes) + 1) * fileSizeBytes
  const lastBlankAt = nextFileAt - BLANK_BYTES
  if (logEndsAt + sizeBytes > lastBlankAt) return nextFileAt
  return logEndsAt
}

export function blankFor(leftBytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(BLANK_BYTES))
  view.setInt32(0, leftBytes)
  view.setInt32(4, BLANK_MAGIC)
  return new Uint8Array(view.buffer)
}
