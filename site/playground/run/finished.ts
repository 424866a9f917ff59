/** Who has finished which messages lately: to know what comes a second time. */

/** Messages that are remembered for each group; the oldest are forgotten first. */
const REMEMBERED_MAX = 20_000

export class Finished {
  readonly #keys = new Map<string, Set<string>>()

  /** Whether a group, or a member of one that broadcasts, has finished a message. */
  has(who: string, key: string): boolean {
    return this.#keys.get(who)?.has(key) === true
  }

  /** It has finished a message. */
  add(who: string, key: string): void {
    const keys = this.#keys.get(who) ?? new Set<string>()
    this.#keys.set(who, keys)
    keys.add(key)
    if (keys.size > REMEMBERED_MAX) keys.delete(keys.values().next().value!)
  }
}
