/**
 * Fingerprints of a text by winnowing: of every window of hashes the smallest, so that two texts that share a run of
 * `TOKENS_OF_A_HASH + WINDOW - 1` tokens share a fingerprint, and runs shorter than `TOKENS_OF_A_HASH` never do.
 *
 * Source: Schleimer, Wilkerson, Aiken, "Winnowing: Local Algorithms for Document Fingerprinting" (2003).
 */

export const TOKENS_OF_A_HASH = 12
export const WINDOW = 8
const FACTOR = 0x01000193

export interface Fingerprint {
  readonly hash: number
  /** Place of the first of its tokens. */
  readonly at: number
}

/** The fingerprints of a list of tokens, in order. */
export function fingerprints(kinds: readonly number[]): readonly Fingerprint[] {
  const hashes = rollingHashes(kinds)
  const found: Fingerprint[] = []
  let smallest = -1
  for (let end = 0; end < hashes.length; end++) {
    const start = end - WINDOW + 1
    if (start < 0 && end < hashes.length - 1) continue
    const from = Math.max(0, start)
    if (smallest < from) {
      smallest = from
      for (let i = from; i <= end; i++) if (hashes[i]! <= hashes[smallest]!) smallest = i
    } else if (hashes[end]! <= hashes[smallest]!) smallest = end
    if (found.at(-1)?.at !== smallest) found.push({ hash: hashes[smallest]!, at: smallest })
  }
  return found
}

/** A hash of every run of `TOKENS_OF_A_HASH` tokens, each from the one before it. */
function rollingHashes(kinds: readonly number[]): readonly number[] {
  let factor = 1
  for (let i = 1; i < TOKENS_OF_A_HASH; i++) factor = Math.imul(factor, FACTOR)
  const hashes: number[] = []
  let hash = 0
  for (const [i, kind] of kinds.entries()) {
    if (i >= TOKENS_OF_A_HASH) hash = (hash - Math.imul(kinds[i - TOKENS_OF_A_HASH]! + 1, factor)) | 0
    hash = (Math.imul(hash, FACTOR) + kind + 1) | 0
    if (i >= TOKENS_OF_A_HASH - 1) hashes.push(mixed(hash))
  }
  return hashes
}

/** Spread over 32 bits, so that the smallest of a window is any of them. */
function mixed(hash: number): number {
  let value = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  return (value ^ (value >>> 16)) >>> 0
}
