/** Finds the known name that is most similar to a mistyped name. RocketMQ has no such function. */

/** The max length of `name`. For a longer name, no known name is searched. */
const NAME_CHARACTERS_MAX = 64
/** The max number of letters that may be wrong, missing or added. */
const SLIPS_MAX = 2

/**
 * Returns the known name that differs from `name` in the smallest number of letters. When several names differ in the same
 * number of letters, returns the first of these names. Upper and lower case count as equal. Returns undefined when every
 * known name differs in more than two letters, or when `name` is too long.
 */
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

/**
 * Returns the min number of letters that must be changed, added or removed to turn one text into the other (Levenshtein
 * distance).
 */
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
