/**
 * Java's `String.hashCode`, which ended up on RocketMQ's wire and disk: tags are compared by it on the broker, keys are
 * found by it in the index.
 */

/** Java's hash over UTF-16 code units, wrapped to a signed 32-bit number. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}
