/**
 * Java's `String.hashCode`. This hash is part of RocketMQ's wire and disk formats: the broker compares tags by this hash,
 * and the index finds keys by this hash.
 */

/** Returns Java's hash of the UTF-16 code units, as a signed 32-bit number. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}
