/**
 * Records the event log of a simulated run, and finds the cause of each event.
 *
 * How causes are found:
 *
 * | event                     | its cause                                                                       |
 * | ------------------------- | ------------------------------------------------------------------------------- |
 * | reported by a node        | the event that the node handles: `net.delivered`, `disk.synced`, `app.called` …   |
 * | `net.sent`                | the `frame.sent` just before it in the same turn, otherwise the handled event     |
 * | `net.delivered`           | its `net.sent`                                                                    |
 * | in a timer's callback     | 0; for a delay of 0, the event that was handled when the timer was set            |
 * | after a sync              | its `disk.synced`; the cause of `disk.synced` is the event handled at the `sync` call |
 *
 * While no log is recorded and there is no listener, `observe` is undefined. The call is then skipped, and its facts are not
 * computed.
 */
import { type EventFacts, type EventKind, isTold, type ToldFacts, type TraceEvent, traceEvent } from '../trace.ts'
import { SimulationLimit } from './limits.ts'
import { TraceHash } from './trace-hash.ts'

type Observe = <K extends EventKind>(kind: K, node: string, cause: number, facts: EventFacts[K]) => number

/** The event log of one simulated run. */
export class TraceLog {
  readonly events: TraceEvent[] = []
  /** The `n` of the event that is handled now, or 0 when a timer or the script acts. */
  context = 0
  #lastFrameSent = 0
  #count = 0
  #hash = new TraceHash()
  #hashed = 0
  readonly #recording: boolean
  readonly #listeners = new Set<(event: TraceEvent) => void>()
  readonly #clock: { readonly nowMs: number }
  readonly #eventsMax: number

  constructor(clock: { readonly nowMs: number }, recording: boolean, eventsMax: number) {
    this.#clock = clock
    this.#recording = recording
    this.#eventsMax = eventsMax
  }

  /** Begins the handling of an event. Events that a node reports from now on have the cause `cause`. */
  begin(cause: number): void {
    this.context = cause
    this.#lastFrameSent = 0
  }

  /** The cause of bytes that are sent now. */
  get sendCause(): number {
    return this.#lastFrameSent === 0 ? this.context : this.#lastFrameSent
  }

  /** True while a log is recorded or there is a listener. */
  get on(): boolean {
    return this.#recording || this.#listeners.size > 0
  }

  /** A function that adds an observed event and returns its `n`. Undefined while the log has no reader. */
  get observe(): Observe | undefined {
    return this.on ? this.#add : undefined
  }

  #add<K extends EventKind>(kind: K, node: string, cause: number, facts: EventFacts[K]): number {
    const n = ++this.#count
    const event = traceEvent({ n, atMs: this.#clock.nowMs, node, kind, cause }, facts)
    if (this.#recording) {
      if (n > this.#eventsMax) throw new SimulationLimit('recorded', `${this.#eventsMax} events are in the log`)
      this.events.push(event)
    }
    for (const listener of this.#listeners) listener(event)
    return n
  }

  /**
   * Adds an event that a node reports about itself. Does nothing without a reader, or for a kind that no node may report.
   */
  tell<K extends keyof ToldFacts>(node: string, kind: K, facts: ToldFacts[K]): void {
    if (!this.on || !isTold(kind)) return
    const n = this.#add(kind, node, this.context, facts as EventFacts[K])
    this.#lastFrameSent = kind === 'frame.sent' ? n : 0
  }

  /** Calls `listener` with every event from now on. Returns a function that ends the subscription. */
  subscribe(listener: (event: TraceEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /**
   * Returns the hash of the recorded log so far. Equal logs have equal hashes. Hashes only the events since the last call.
   */
  hash(): string {
    while (this.#hashed < this.events.length) this.#hash.add(this.events[this.#hashed++]!)
    return this.#hash.text()
  }
}
