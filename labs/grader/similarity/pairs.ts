/**
 * Which hand-ins are alike, for a human to look at. Never a verdict: it reaches no grade, no export and no learner.
 *
 * What the starter has does not count, and neither does what many have. Pairs are ordered by their longest shared run; the
 * lab's published solutions take part, so that a hand-in that is one of them is seen as that.
 */
import { type Tokens, tokensOf } from './tokens.ts'
import { type Fingerprint, fingerprints, TOKENS_OF_A_HASH } from './winnow.ts'

/** A text that takes part. `isPublished`: a solution of the book, which is compared with hand-ins only. */
export interface Text {
  readonly who: string
  readonly text: string
  readonly isPublished?: boolean
}

/** Lines of a text, from 1, both included. */
export interface Lines {
  readonly from: number
  readonly to: number
}

/** Two texts, and the longest run of tokens that they share. */
export interface AlikePair {
  readonly a: string
  readonly b: string
  readonly tokens: number
  /** Shared fingerprints, in per cent of those of the text that has fewer. */
  readonly percent: number
  readonly linesA: Lines
  readonly linesB: Lines
}

export interface Alike {
  readonly pairs: readonly AlikePair[]
  /** Texts with fewer tokens of their own than `OWN_TOKENS_MIN`: too small to compare. */
  readonly tooSmall: readonly string[]
}

/** Tokens beside those of the starter, below which nothing is compared. */
export const OWN_TOKENS_MIN = 40
/** A run that is shared by two texts by chance is shorter. */
const RUN_TOKENS_MIN = 40
/** What more than this share of the texts have, and at least so many of them, everybody has found himself. */
const COMMON_SHARE = 0.2
export const COMMON_MIN = 5
export const PAIRS_MAX = 100
/** Places of one fingerprint in one text that are looked at. */
const PLACES_MAX = 4
/** Tokens compared for one pair: a text made to share thousands of runs ends here. */
const COMPARED_MAX = 1_000_000

interface Indexed extends Text {
  readonly tokens: Tokens
  /** 1 for a token that lies in a run of the starter's. */
  readonly theirs: Uint8Array
  /** Places by hash, without those of the starter and those of many. */
  readonly places: Map<number, readonly number[]>
}

/** Compares the texts of one file of a lab, all with each other. Linear in the texts, but for the pairs that share something. */
export function alike(texts: readonly Text[], starter: string): Alike {
  const known = new Set(allHashes(tokensOf(starter)))
  const indexed = texts.map((one): Indexed => {
    const tokens = tokensOf(one.text)
    return { ...one, tokens, theirs: theirsOf(tokens, known), places: placesOf(fingerprints(tokens.kinds), known) }
  })
  const isSmall = ({ theirs }: Indexed) => theirs.reduce((sum, one) => sum + 1 - one, 0) < OWN_TOKENS_MIN
  const compared = indexed.filter((one) => !isSmall(one))
  dropCommon(compared)
  const shared = sharedHashes(compared)
  const pairs = [...shared].flatMap(([key, hashes]) => {
    const [i, j] = key.split(' ').map(Number) as [number, number]
    return pairOf(compared[i]!, compared[j]!, hashes) ?? []
  })
  pairs.sort((x, y) => y.tokens - x.tokens || y.percent - x.percent || (x.a + x.b < y.a + y.b ? -1 : 1))
  const tooSmall = indexed.filter((one) => one.isPublished !== true && isSmall(one)).map(({ who }) => who)
  return { pairs: pairs.slice(0, PAIRS_MAX), tooSmall }
}

/** The hash of every run of the starter, whichever of them winnowing would keep elsewhere. */
function allHashes({ kinds }: Tokens): readonly number[] {
  const hashes: number[] = []
  for (let at = 0; at + TOKENS_OF_A_HASH <= kinds.length; at++)
    hashes.push(fingerprints(kinds.slice(at, at + TOKENS_OF_A_HASH))[0]!.hash)
  return hashes
}

function placesOf(found: readonly Fingerprint[], known: ReadonlySet<number>): Map<number, readonly number[]> {
  const places = new Map<number, number[]>()
  for (const { hash, at } of found) {
    if (known.has(hash)) continue
    const list = places.get(hash) ?? []
    if (list.length < PLACES_MAX) list.push(at)
    places.set(hash, list)
  }
  return places
}

function theirsOf(tokens: Tokens, known: ReadonlySet<number>): Uint8Array {
  const theirs = new Uint8Array(tokens.kinds.length)
  for (const [at, hash] of allHashes(tokens).entries()) if (known.has(hash)) theirs.fill(1, at, at + TOKENS_OF_A_HASH)
  return theirs
}

/** Takes away what many hand-ins have; how many answers of the book have it does not matter. */
function dropCommon(texts: readonly Indexed[]): void {
  const own = texts.filter(({ isPublished }) => isPublished !== true)
  const counts = new Map<number, number>()
  for (const { places } of own) for (const hash of places.keys()) counts.set(hash, (counts.get(hash) ?? 0) + 1)
  const most = Math.max(COMMON_MIN, Math.floor(own.length * COMMON_SHARE))
  for (const { places } of texts)
    for (const hash of [...places.keys()]) if ((counts.get(hash) ?? 0) > most) places.delete(hash)
}

/** By pair, as `i j`: the hashes that both have. */
function sharedHashes(texts: readonly Indexed[]): ReadonlyMap<string, readonly number[]> {
  const having = new Map<number, number[]>()
  for (const [i, { places }] of texts.entries())
    for (const hash of places.keys()) {
      const whose = having.get(hash)
      if (whose === undefined) having.set(hash, [i])
      else whose.push(i)
    }
  const shared = new Map<string, number[]>()
  for (const [hash, whose] of having)
    for (const [k, i] of whose.entries())
      for (const j of whose.slice(k + 1)) {
        if (texts[i]!.isPublished === true && texts[j]!.isPublished === true) continue
        const list = shared.get(`${i} ${j}`)
        if (list === undefined) shared.set(`${i} ${j}`, [hash])
        else list.push(hash)
      }
  return shared
}

function pairOf(a: Indexed, b: Indexed, hashes: readonly number[]): AlikePair | undefined {
  let best = { from: 0, to: 0, length: 0 }
  let compared = 0
  for (const hash of hashes)
    for (const from of a.places.get(hash)!)
      for (const to of b.places.get(hash)!) {
        if (from - best.from === to - best.to && from < best.from + best.length) continue
        if (compared > COMPARED_MAX) break
        const run = runAround(a, b, from, to)
        compared += run.length
        if (run.length > best.length) best = run
      }
  if (best.length < RUN_TOKENS_MIN) return undefined
  const lines = ({ lines: of }: Tokens, at: number): Lines => ({ from: of[at]!, to: of[at + best.length - 1]! })
  return {
    a: a.who,
    b: b.who,
    tokens: best.length,
    percent: Math.round((100 * hashes.length) / Math.min(a.places.size, b.places.size)),
    linesA: lines(a.tokens, best.from),
    linesB: lines(b.tokens, best.to),
  }
}

/** The longest run of equal tokens around two places that begin one; it ends where the starter's text begins. */
function runAround(
  { tokens: { kinds: a }, theirs }: Indexed,
  { tokens: { kinds: b } }: Indexed,
  from: number,
  to: number,
) {
  let [start, end] = [0, 0]
  const isSame = (by: number) => a[from + by] !== undefined && a[from + by] === b[to + by] && theirs[from + by] === 0
  while (isSame(-start - 1)) start++
  while (isSame(end)) end++
  return { from: from - start, to: to - start, length: start + end }
}
