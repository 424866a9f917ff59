/** Bytes that look random, never all zero, and are the same every time: bodies of messages. */

/** `length` bytes that depend on `id` alone. */
export function bytesOfHash(id: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = Math.imul(id + 1, 0x9e3779b1) | 1
  for (let i = 0; i < length; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) + i
    bytes[i] = (state >>> 24) | 1
  }
  return bytes
}
