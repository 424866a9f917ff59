/**
 * Holds the scheduled events of a simulation in a binary heap. The virtual time is the due time of the last event that ran,
 * or a later time that the driver has set. A virtual hour without events needs no real time, because virtual time jumps to
 * the next event.
 *
 * Events are ordered by due time. Events with the same due time run in the order in which they were scheduled. So a run can
 * be repeated.
 *
 * A cancelled event loses its function but stays in the heap. The cancelled event is removed at its due time, or when more
 * than half of the events in a large heap are cancelled. An immediate removal would need a search for each cancelled event,
 * and nearly every time-out of a request is cancelled.
 */

import { SimulationLimit } from './limits.ts'

/** A scheduled event. A caller uses this object only to cancel the event. */
export interface ScheduledEvent {
  readonly atMs: number
  readonly order: number
  run: (() => void) | undefined
}

const COMPACT_FROM = 1_024

/** The events of one run, ordered by their time. */
export class Scheduler {
  /** The virtual time in milliseconds since the run began. */
  nowMs = 0
  #heap: ScheduledEvent[] = []
  #nextOrder = 1
  #cancelled = 0
  readonly #eventsMax: number

  constructor(eventsMax: number) {
    this.#eventsMax = eventsMax
  }

  /** The number of waiting events, without the cancelled events. */
  get size(): number {
    return this.#heap.length - this.#cancelled
  }

  /**
   * Schedules `run` for `atMs`, or for the present time if `atMs` has passed. `run` is called after all events that are
   * already scheduled for the same time. Throws `SimulationLimit` when too many events are in the heap, also cancelled
   * ones.
   */
  at(atMs: number, run: () => void): ScheduledEvent {
    if (this.#heap.length >= this.#eventsMax) throw new SimulationLimit('scheduled', `${this.#eventsMax} events wait`)
    const event: ScheduledEvent = { atMs: atMs > this.nowMs ? atMs : this.nowMs, order: this.#nextOrder++, run }
    this.#heap.push(event)
    this.#rise(this.#heap.length - 1)
    return event
  }

  /** Cancels an event. Does nothing when the event has run. */
  cancel(event: ScheduledEvent): void {
    if (event.run === undefined) return
    event.run = undefined
    this.#cancelled++
    if (this.#cancelled > COMPACT_FROM && this.#cancelled * 2 > this.#heap.length) this.#compact()
  }

  /** Returns the due time of the next event, or Infinity when no event waits. */
  nextAtMs(): number {
    this.#dropCancelled()
    return this.#heap.length === 0 ? Infinity : this.#heap[0]!.atMs
  }

  /**
   * Sets the virtual time to the time of the next event, and returns the function of this event. Returns undefined when no
   * event waits.
   */
  take(): (() => void) | undefined {
    this.#dropCancelled()
    const event = this.#heap[0]
    if (event === undefined) return undefined
    this.#removeFirst()
    this.nowMs = event.atMs
    const run = event.run
    event.run = undefined
    return run
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]!.run === undefined) {
      this.#removeFirst()
      this.#cancelled--
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!
    if (this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink(0)
  }

  #rise(at: number): void {
    const heap = this.#heap
    const event = heap[at]!
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(event, heap[above]!)) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = event
  }

  #sink(at: number): void {
    const heap = this.#heap
    const event = heap[at]!
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++
      if (!isBefore(heap[below]!, event)) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = event
  }

  #compact(): void {
    this.#heap = this.#heap.filter((event) => event.run !== undefined)
    this.#cancelled = 0
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) this.#sink(at)
  }
}

function isBefore(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
