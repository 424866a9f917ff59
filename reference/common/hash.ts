/**
 * Java's `String.hashCode`. RocketMQ uses this hash on the wire and on the disk. The broker compares the hashes of tags, and
 * the index finds keys by their hashes.
 */

/** Returns Java's hash of the UTF-16 code units, as a signed 32-bit number. */
export function javaHashCode(text: string): number {
  return javaHashOn(0, text)
}

/** Returns the hash of two texts together. `hash` is the hash of the first text. */
export function javaHashOn(hash: number, text: string): number {
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}
