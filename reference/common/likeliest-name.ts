/**
 * Which of the known names somebody may have meant who mistyped one. Not RocketMQ's.
 */

/** A name that is compared; longer ones are nobody's slip of the finger. */
const NAME_CHARACTERS_MAX = 64
/** So many letters may be wrong, missing or too much. */
const SLIPS_MAX = 2

/** The known name that is at most two letters away, the nearest and first; undefined when there is none. */
export function likeliestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > NAME_CHARACTERS_MAX) return undefined
  let best: string | undefined
  let fewest = SLIPS_MAX + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= fewest) continue
    const slips = distance(name.toLowerCase(), candidate.toLowerCase())
    if (slips >= fewest) continue
    fewest = slips
    best = candidate
  }
  return best
}

/** Letters to change, add or take away to make one text the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
