/** The latest messages: where their records lie, since when the disk has each, since when it is gone, and what became of the message. */
import { brokerNameOf } from './masters.ts'
import { TOPIC } from './nodes.ts'
import type { Shelf, Spot } from './tape.ts'

/** Messages that are remembered; the oldest are forgotten first. */
const REMEMBERED_MAX = 20_000
/** Records of one message that are remembered: a poison message is stored at every try. */
const PLACES_MAX = 24

/** Where a record lies, or has lain. */
export interface Place {
  /** The node on whose disk it is. */
  readonly broker: string
  readonly queue: string
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly sizeBytes: number
  /** When it was appended. */
  readonly atMs: number
  /** When the disk had it for certain; undefined while it is in memory alone. */
  flushedMs?: number
  /** When it was found to be gone from its node; undefined while it is there. */
  goneMs?: number
  /** Readers cannot get it any more: it is gone, or another master was elected that does not have it. */
  isOut?: boolean
}

/** A message of the run. */
export interface Remembered {
  readonly places: Place[]
  /** Its producer was told that it is stored. */
  isAcknowledged: boolean
  /** Some group has finished it. */
  isDone: boolean
  /** Where it is now. */
  spot: Spot
}

export class RememberedMessages {
  readonly #messages = new Map<string, Remembered>()
  /** Records that are in the memory of a node alone, in the order of its log. */
  readonly #unflushed = new Map<string, Place[]>()
  readonly #flushedAt = new Map<string, number>()

  /** What is remembered of a message; a new entry for one that is not known. */
  of(key: string): Remembered {
    let it = this.#messages.get(key)
    if (it === undefined) {
      it = { places: [], isAcknowledged: false, isDone: false, spot: 'way' }
      this.#messages.set(key, it)
      if (this.#messages.size > REMEMBERED_MAX) this.#messages.delete(this.#messages.keys().next().value!)
    }
    return it
  }

  /** What is remembered of a message, as far as it is. */
  known(key: string): Remembered | undefined {
    return this.#messages.get(key)
  }

  /** Where the records of a message lie; none for a message of long ago. */
  placesOf(key: string): readonly Place[] {
    return this.#messages.get(key)?.places ?? []
  }

  /** A record has been appended. */
  note(key: string, place: Place): void {
    const { places } = this.of(key)
    if (places.length < PLACES_MAX) places.push(place)
    const waiting = this.#unflushed.get(place.broker) ?? []
    this.#unflushed.set(place.broker, waiting)
    waiting.push(place)
  }

  /** The disk of a node has all before `physicalOffset`. */
  flushed(node: string, physicalOffset: number, atMs: number): void {
    this.#flushedAt.set(node, physicalOffset)
    const waiting = this.#unflushed.get(node) ?? []
    let count = 0
    while (count < waiting.length && waiting[count]!.physicalOffset < physicalOffset) waiting[count++]!.flushedMs = atMs
    waiting.splice(0, count)
  }

  /** Where the durable part of a node's log ends, as far as it has told. */
  flushedAt(node: string): number {
    return this.#flushedAt.get(node) ?? 0
  }

  /** The log of a node ends at `physicalOffset` now. */
  cut(node: string, physicalOffset: number, atMs: number): void {
    const waiting = this.#unflushed.get(node)
    while (waiting !== undefined && waiting.length > 0 && waiting.at(-1)!.physicalOffset >= physicalOffset)
      waiting.pop()
    for (const { places } of this.#messages.values())
      for (const place of places)
        if (place.broker === node && place.physicalOffset >= physicalOffset) place.goneMs ??= atMs
  }

  /** The latest messages, oldest first. */
  all(): Iterable<readonly [string, Remembered]> {
    return this.#messages
  }
}

/** Whether a record lies in a queue that groups read. */
export function isOrder({ queue }: Place): boolean {
  return queue.startsWith(`${TOPIC}/`)
}

/** Why a broker keeps back a message with such a record. */
export function shelfOf({ queue }: Place): Shelf {
  return queue.startsWith('RMQ_SYS_TRANS_HALF_TOPIC/') ? 'half' : 'delayed'
}

/** Whether a record lay at or behind an offset of a broker's log, and could be read until now. */
export function isAt({ broker: node, physicalOffset, isOut }: Place, broker: string, fromOffset: number): boolean {
  return isOut !== true && physicalOffset >= fromOffset && brokerNameOf(node) === broker
}
