/**
 * A limited number of places for several owners. A few owners cannot keep all places when other owners need some.
 *
 * ```
 * a place is free                                               the newcomer takes it
 * no place is free, and another owner would still have more     the owner with the most places loses one
 * no place is free, and no other owner would have more          the newcomer is refused
 * ```
 *
 * A thing that takes a place, such as a held request, belongs to an owner, such as a client. A thing may take several places
 * (`weight`). The time of an operation does not depend on the number of places or owners, because the owners are stored by
 * their number of places.
 *
 * Invariants: `count` is the sum of the places of all owners, and never more than `placesMax`. An owner without places is
 * not stored.
 *
 * RocketMQ has only one limit for all owners together (`maxPopPollingSize`, `pullThreadPoolQueueCapacity`). So in RocketMQ,
 * one client can take all places.
 */

/**
 * The answer to an owner that requests places. `free` means that the owner may take the places. `refused` means that the
 * owner must not take the places. `taken` means that the owner `largest`, which has the most places, must first lose a
 * thing.
 */
export type PlaceAnswer<O> =
  | { readonly answer: 'free' }
  | { readonly answer: 'refused' }
  | { readonly answer: 'taken'; readonly largest: O }

interface Owned<P> {
  /** The things of one owner, and their weights. The oldest thing comes first. */
  readonly weights: Map<P, number>
  places: number
}

/** Places for things of type `P`. Each thing has an owner of type `O`. */
export class FairPlaces<O, P> {
  readonly #placesMax: number
  readonly #shareMax: number
  readonly #owned = new Map<O, Owned<P>>()
  /** The owners by their number of places. */
  readonly #byCount = new Map<number, Set<O>>()
  #largest = 0
  #count = 0

  /**
   * `shareMax` is the max number of places of one owner. An owner that would have more is refused even when places are
   * free.
   */
  constructor(placesMax: number, shareMax = placesMax) {
    this.#placesMax = placesMax
    this.#shareMax = shareMax
  }

  /** The number of taken places. */
  get count(): number {
    return this.#count
  }

  /** Yields the things of `owner`, beginning with the thing that was added first. */
  *of(owner: O): Generator<P> {
    yield* this.#owned.get(owner)?.weights.keys() ?? []
  }

  has(owner: O, thing: P): boolean {
    return this.#owned.get(owner)?.weights.has(thing) === true
  }

  // #region fair-places
  /**
   * Returns whether `owner` may take `weight` places. Changes nothing. After the answer `taken`, the caller must remove one
   * thing of `largest` and then call `ask` again.
   */
  ask(owner: O, weight = 1): PlaceAnswer<O> {
    const own = this.#owned.get(owner)?.places ?? 0
    if (own + weight > this.#shareMax) return { answer: 'refused' }
    if (this.#count + weight <= this.#placesMax) return { answer: 'free' }
    if (own + weight >= this.#largest) return { answer: 'refused' }
    return { answer: 'taken', largest: this.#byCount.get(this.#largest)!.values().next().value! }
  }

  /** Takes places for a thing of `owner`. The caller must have received the answer `free` before. */
  add(owner: O, thing: P, weight = 1): void {
    let owned = this.#owned.get(owner)
    if (owned === undefined) this.#owned.set(owner, (owned = { weights: new Map(), places: 0 }))
    owned.weights.set(thing, weight)
    this.#moved(owner, owned, weight)
  }

  /** Frees the places of a thing. Returns false when the owner does not have this thing. */
  remove(owner: O, thing: P): boolean {
    const owned = this.#owned.get(owner)
    const weight = owned?.weights.get(thing)
    if (owned === undefined || weight === undefined) return false
    owned.weights.delete(thing)
    if (owned.weights.size === 0) this.#owned.delete(owner)
    this.#moved(owner, owned, -weight)
    return true
  }
  // #endregion fair-places

  #moved(owner: O, owned: Owned<P>, weight: number): void {
    const from = owned.places
    const to = from + weight
    owned.places = to
    this.#count += weight
    const before = this.#byCount.get(from)
    before?.delete(owner)
    if (before?.size === 0) this.#byCount.delete(from)
    if (to > 0) {
      let owners = this.#byCount.get(to)
      if (owners === undefined) this.#byCount.set(to, (owners = new Set()))
      owners.add(owner)
    }
    // this search needs at most one step for each freed place, because this owner now has `to` places
    if (to > this.#largest) this.#largest = to
    else while (this.#largest > 0 && !this.#byCount.has(this.#largest)) this.#largest--
  }
}
