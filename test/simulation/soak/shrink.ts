/**
 * Makes a failing list of operations shorter: leaves out ever smaller pieces while the same invariant still breaks.
 *
 * Delta debugging without the complements: pieces of half the list, a quarter, … down to one operation, again and again
 * until a whole round of single operations changes nothing.
 */

/** Runs at most this often, so that a slow campaign still comes to its end. */
const TRIES_MAX = 2_000

/** A shorter list for which `stillFails` holds; it holds for `list` itself. */
export function shrink<T>(list: readonly T[], stillFails: (shorter: readonly T[]) => boolean, triesMax = TRIES_MAX) {
  let best = list
  let tries = 0
  for (let piece = Math.ceil(list.length / 2); piece >= 1; ) {
    let isShorter = false
    for (let at = 0; at < best.length && tries < triesMax; ) {
      const without = [...best.slice(0, at), ...best.slice(at + piece)]
      tries++
      if (stillFails(without)) {
        best = without
        isShorter = true
      } else at += piece
    }
    if (piece === 1 && !isShorter) break
    piece = piece === 1 ? 1 : Math.ceil(piece / 2)
  }
  return best
}

/** Like `shrink`, for a run that takes its time. */
export async function shrinkSlowly<T>(
  list: readonly T[],
  stillFails: (shorter: readonly T[]) => Promise<boolean>,
  triesMax: number,
): Promise<readonly T[]> {
  let best = list
  let tries = 0
  for (let piece = Math.ceil(list.length / 2); piece >= 1; ) {
    let isShorter = false
    for (let at = 0; at < best.length && tries < triesMax; ) {
      const without = [...best.slice(0, at), ...best.slice(at + piece)]
      tries++
      if (await stillFails(without)) {
        best = without
        isShorter = true
      } else at += piece
    }
    if (tries >= triesMax || (piece === 1 && !isShorter)) break
    piece = piece === 1 ? 1 : Math.ceil(piece / 2)
  }
  return best
}
