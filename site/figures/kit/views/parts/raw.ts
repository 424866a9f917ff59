/**
 * Bytes as the events carry them, read with what every engine brings: the readers of `reference/common/` would bring text and records
 * with them, and the script of a page's first screen is counted.
 */

/** The bytes of a base64 text. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

/** The big-endian int32 at `at`. */
export function i32At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(at)
}

/** The big-endian int64 at `at`, as a number. */
export function i64At(bytes: Uint8Array, at: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(at))
}
