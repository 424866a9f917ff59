/** An order of things that depends on a text only: the same for every reader and every build. */
import { sha256 } from '@noble/hashes/sha2.js'

/** The items in an order drawn from `text`, each with its place in the list as it was written. */
export function shuffled<T>(text: string, items: readonly T[]): readonly { readonly item: T; readonly at: number }[] {
  const rank = (at: number) => sha256(new TextEncoder().encode(`${text} ${at}`))[0]! * 256 + at
  return items.map((item, at) => ({ item, at })).sort((a, b) => rank(a.at) - rank(b.at))
}
