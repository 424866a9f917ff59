/**
 * What lies in the queues that groups read, and what each group has not finished of it.
 *
 * A queue becomes shorter when its broker loses the end of its log. A group may have read further before: its place is then beyond
 * the messages that come next, and it never asks for them (`asked`).
 */

/** The messages of a queue by their offset in it. */
interface Lane {
  readonly tags: number[]
  /** Their places in the log, in bytes. */
  readonly places: number[]
  readonly storedMs: number[]
}

export class Queues {
  readonly #asks: (group: string, tag: number) => boolean
  readonly #lanes = new Map<string, Lane>()
  readonly #groups = new Set<string>()
  /** Offsets that a group has not finished, by `group|queue`, oldest first. */
  readonly #open = new Map<string, Set<number>>()
  /** Where a queue was cut off, by `group|queue`, until the group asks for something. */
  readonly #cutAt = new Map<string, number>()
  /** Offsets that a group has passed over, by `group|queue`. */
  readonly #passed = new Map<string, Set<number>>()

  /** `asks`: whether a group asks for messages with a tag. */
  constructor(asks: (group: string, tag: number) => boolean) {
    this.#asks = asks
  }

  /** The groups that have begun. */
  get groups(): readonly string[] {
    return [...this.#groups]
  }

  /** A group begins: what waits for it in each queue, as the digits of the tags. Undefined when it had begun before. */
  begin(group: string): Record<string, string> | undefined {
    if (this.#groups.has(group)) return undefined
    this.#groups.add(group)
    const waiting: Record<string, string> = {}
    for (const [queue, { tags }] of this.#lanes) {
      const open = this.#openOf(group, queue)
      for (const [offset, tag] of tags.entries()) if (this.#asks(group, tag)) open.add(offset)
      waiting[queue] = tags.filter((tag) => this.#asks(group, tag)).join('')
    }
    return waiting
  }

  /** A group is gone for good. */
  end(group: string): void {
    this.#groups.delete(group)
    for (const map of [this.#open, this.#cutAt, this.#passed])
      for (const name of map.keys()) if (name.startsWith(`${group}|`)) map.delete(name)
  }

  /** A master has a message more. The groups that it waits for; undefined when the message was known. */
  append(queue: string, offset: number, place: number, tag: number, atMs: number): readonly string[] | undefined {
    const lane = this.#lanes.get(queue) ?? { tags: [], places: [], storedMs: [] }
    this.#lanes.set(queue, lane)
    if (lane.places[offset] === place) return undefined // a new master tells what the old one has told
    lane.tags[offset] = tag
    lane.places[offset] = place
    lane.storedMs[offset] = atMs
    const groups = this.groups.filter((group) => this.#asks(group, tag))
    for (const group of groups) this.#openOf(group, queue).add(offset)
    return groups
  }

  /** A group has finished a message. True when it had not before. */
  finish(group: string, queue: string, offset: number): boolean {
    return this.#openOf(group, queue).delete(offset)
  }

  /** Groups that wait for a message. */
  waitFor(queue: string, offset: number): readonly string[] {
    return this.groups.filter((group) => this.#openOf(group, queue).has(offset))
  }

  /** The log of a broker ends at `place` now. */
  cut(broker: string, place: number): void {
    for (const [queue, { tags, places, storedMs }] of this.#lanes) {
      if (!queue.startsWith(`${broker}/`)) continue
      const before = places.length
      while (places.length > 0 && places.at(-1)! >= place) places.pop()
      tags.length = storedMs.length = places.length
      if (places.length === before) continue
      for (const group of this.#groups) {
        const open = this.#openOf(group, queue)
        for (const offset of open) if (offset >= places.length) open.delete(offset)
        const name = `${group}|${queue}`
        this.#cutAt.set(name, Math.min(this.#cutAt.get(name) ?? places.length, places.length))
      }
    }
  }

  /**
   * A group has asked for the messages from an offset on, and its broker accepts that. How many messages it has passed over in this
   * queue, when that has changed.
   */
  asked(group: string, queue: string, offset: number): number | undefined {
    const name = `${group}|${queue}`
    const cutAt = this.#cutAt.get(name)
    if (cutAt === undefined || (this.#lanes.get(queue)?.places.length ?? 0) < offset) return undefined
    this.#cutAt.delete(name)
    const passed = [...this.#openOf(group, queue)].filter((one) => one >= cutAt && one < offset)
    if (passed.length === 0) return undefined
    this.#passed.set(name, new Set([...(this.#passed.get(name) ?? []), ...passed]))
    return this.#passed.get(name)!.size
  }

  /** A group has a message after all. How many it has passed over now, when that has changed. */
  taken(group: string, queue: string, offset: number): number | undefined {
    const passed = this.#passed.get(`${group}|${queue}`)
    return passed?.delete(offset) === true ? passed.size : undefined
  }

  /** Messages of a broker from a place in its log on, by queue; only those that are not 0. */
  beyond(broker: string, place: number): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const [queue, { places }] of this.#lanes) {
      if (!queue.startsWith(`${broker}/`)) continue
      let at = places.length
      while (at > 0 && places[at - 1]! >= place) at--
      if (at < places.length) counts[queue] = places.length - at
    }
    return counts
  }

  /** What each `group|queue` has not finished; only those that are not 0. */
  waiting(): Record<string, number> {
    const waiting: Record<string, number> = {}
    for (const [name, open] of this.#open) if (open.size > 0) waiting[name] = open.size
    return waiting
  }

  /** For how long the oldest message has waited for each group, in ms. */
  oldestMs(nowMs: number): Record<string, number> {
    const oldest: Record<string, number> = {}
    for (const [name, open] of this.#open) {
      const [first] = open
      if (first === undefined) continue
      const [group, queue] = name.split('|') as [string, string]
      const ageMs = nowMs - (this.#lanes.get(queue)?.storedMs[first] ?? nowMs)
      oldest[group] = Math.max(oldest[group] ?? 0, ageMs)
    }
    return oldest
  }

  #openOf(group: string, queue: string): Set<number> {
    const name = `${group}|${queue}`
    let open = this.#open.get(name)
    if (open === undefined) {
      open = new Set()
      this.#open.set(name, open)
    }
    return open
  }
}
