/**
 * A limited number of places, shared so that a few owners cannot take them all from many.
 *
 * ```
 * a free place                 the newcomer takes it
 * none, and the newcomer's owner has fewer than the largest     the largest owner gives one up
 * none, and the newcomer's owner is the largest itself          refused
 * ```
 *
 * Every operation takes the same time whatever the number of places and owners: owners are kept by how many places each has.
 *
 * Invariants: `count` is the sum of all owners' places and never over `placesMax`; an owner without places is forgotten.
 * RocketMQ has one limit for all (`maxPopPollingSize`, `pullThreadPoolQueueCapacity`): who comes first takes everything.
 */

/** Places of type `P`, each held by an owner of type `O`. */
export class FairPlaces<O, P> {
  readonly #placesMax: number
  readonly #shareMax: number
  readonly #places = new Map<O, Set<P>>()
  /** Owners by the number of their places. */
  readonly #byCount = new Map<number, Set<O>>()
  #largest = 0
  #count = 0

  /** `shareMax`: places of one owner, however many are free. */
  constructor(placesMax: number, shareMax = placesMax) {
    this.#placesMax = placesMax
    this.#shareMax = shareMax
  }

  /** Places taken. */
  get count(): number {
    return this.#count
  }

  /** The places of an owner, the oldest first. */
  placesOf(owner: O): ReadonlySet<P> {
    return this.#places.get(owner) ?? NONE
  }

  // #region fair-places
  /**
   * Whether `owner` may take one more place. `'taken'`: no place is free, and `largest` must give one up first (`remove`).
   */
  ask(owner: O): { readonly answer: 'free' | 'refused' } | { readonly answer: 'taken'; readonly largest: O } {
    const own = this.placesOf(owner).size
    if (own >= this.#shareMax) return { answer: 'refused' }
    if (this.#count < this.#placesMax) return { answer: 'free' }
    if (own + 1 >= this.#largest) return { answer: 'refused' }
    return { answer: 'taken', largest: this.#byCount.get(this.#largest)!.values().next().value! }
  }

  /** Gives `owner` a place; `ask` has said that one is free. */
  add(owner: O, place: P): void {
    let places = this.#places.get(owner)
    if (places === undefined) this.#places.set(owner, (places = new Set()))
    places.add(place)
    this.#count++
    this.#moved(owner, places.size - 1, places.size)
  }

  /** Takes a place back; false when the owner does not have it. */
  remove(owner: O, place: P): boolean {
    const places = this.#places.get(owner)
    if (places === undefined || !places.delete(place)) return false
    if (places.size === 0) this.#places.delete(owner)
    this.#count--
    this.#moved(owner, places.size + 1, places.size)
    return true
  }
  // #endregion fair-places

  #moved(owner: O, from: number, to: number): void {
    const before = this.#byCount.get(from)
    before?.delete(owner)
    if (before?.size === 0) this.#byCount.delete(from)
    if (to > 0) {
      let owners = this.#byCount.get(to)
      if (owners === undefined) this.#byCount.set(to, (owners = new Set()))
      owners.add(owner)
    }
    if (to > this.#largest || (from === this.#largest && !this.#byCount.has(from))) this.#largest = to
  }
}

const NONE: ReadonlySet<never> = new Set()
