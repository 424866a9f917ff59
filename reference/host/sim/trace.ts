/**
 * Records the event log of a simulated run, and finds the cause of each event.
 *
 * The cause of an event is found like this:
 *
 * | event                     | its cause                                                                       |
 * | ------------------------- | ------------------------------------------------------------------------------- |
 * | reported by a node        | the event that the node handles: `net.delivered`, `disk.synced`, `app.called` …   |
 * | `net.sent`                | the `frame.sent` immediately before it in the same turn; without a `frame.sent`, the event that the node handles |
 * | `net.delivered`           | the `net.sent` of the same bytes                                                  |
 * | reported in a timer's callback | 0; for a delay of 0, the event that the node handled when it set the timer    |
 * | reported after a sync     | `disk.synced` of this sync, whose cause is the event that the node handled when it called `sync` |
 *
 * While no log is recorded and no listener exists, `observe` is undefined. So `observe?.(…)` does nothing, and its arguments
 * are not computed. Most listeners do not read the bytes of `net.sent` and `disk.written`. So these bytes become text only
 * for a recorded log, and for a listener that reads them (`payloadOf`).
 */
import { encodeBase64 } from '../../common/base64.ts'
import { type EventFacts, type EventKind, isTold, type ToldFacts, type TraceEvent, traceEvent } from '../trace.ts'
import { SimulationLimit, type SimulationLimits } from './limits.ts'
import { TraceHash } from './trace-hash.ts'

type Observe = <K extends EventKind>(kind: K, node: string, cause: number, facts: EventFacts[K]) => number

/** The event log of one simulated run. */
export class TraceLog {
  readonly events: TraceEvent[] = []
  /** The number `n` of the event that a node handles now, or 0 when a timer or the script acts. */
  context = 0
  #lastFrameSent = 0
  #count = 0
  #hash = new TraceHash()
  #hashed = 0
  readonly #recording: boolean
  readonly #listeners = new Set<(event: TraceEvent) => void>()
  /** The number of listeners that read payloads. */
  #payloadReaders = 0
  readonly #clock: { readonly nowMs: number }
  readonly #limits: Pick<SimulationLimits, 'recorded' | 'recordedCharacters'>
  #characters = 0
  #isFull = false

  constructor(clock: { readonly nowMs: number }, recording: boolean, limits: SimulationLimits) {
    this.#clock = clock
    this.#recording = recording
    this.#limits = limits
  }

  /**
   * Begins the handling of an event. Until the next call of `begin`, all events that a node reports have the cause `cause`.
   */
  begin(cause: number): void {
    this.context = cause
    this.#lastFrameSent = 0
  }

  /** The cause for the event `net.sent` of bytes that are sent now. */
  get sendCause(): number {
    return this.#lastFrameSent === 0 ? this.context : this.#lastFrameSent
  }

  /** True while a log is recorded or a listener exists. */
  get on(): boolean {
    return this.#recording || this.#listeners.size > 0
  }

  /**
   * A function that adds an observed event and returns its number `n`. `observe` is undefined while no log is recorded and
   * no listener exists.
   */
  get observe(): Observe | undefined {
    return this.on ? this.#add : undefined
  }

  /** Returns the field `payload` for bytes: their base64 text, or '' when nothing reads payloads. */
  payloadOf(bytes: Uint8Array): string {
    return this.#recording || this.#payloadReaders > 0 ? encodeBase64(bytes) : ''
  }

  #add<K extends EventKind>(kind: K, node: string, cause: number, facts: EventFacts[K]): number {
    const n = ++this.#count
    const event = traceEvent({ n, atMs: this.#clock.nowMs, node, kind, cause }, facts)
    if (this.#recording) {
      if (!this.#isFull) this.#checkRoom(facts)
      if (!this.#isFull) this.events.push(event)
    }
    for (const listener of this.#listeners) listener(event)
    return n
  }

  /** Throws once when the log is full. Later events, such as the end of the nodes, are not recorded. */
  #checkRoom(facts: object): void {
    const { recorded, recordedCharacters } = this.#limits
    this.#characters += 'payload' in facts ? String(facts.payload).length : 0
    this.#isFull = this.#count > recorded || this.#characters > recordedCharacters
    if (this.#count > recorded) throw new SimulationLimit('recorded', `${recorded} events are in the log`)
    if (this.#isFull) throw new SimulationLimit('recordedCharacters', 'the nodes have sent and written too many bytes')
  }

  /**
   * Adds an event that a node reports about itself. Does nothing when no log is recorded and no listener exists, or when a
   * node may not report this kind.
   */
  tell<K extends keyof ToldFacts>(node: string, kind: K, facts: ToldFacts[K]): void {
    if (!this.on || !isTold(kind)) return
    const n = this.#add(kind, node, this.context, facts as EventFacts[K])
    this.#lastFrameSent = kind === 'frame.sent' ? n : 0
  }

  /**
   * Calls `listener` with every later event. Returns a function that ends the subscription. A listener that does not read
   * payloads sets `payloads` to false. The payloads are then '' unless something else reads them.
   */
  subscribe(listener: (event: TraceEvent) => void, payloads: boolean): () => void {
    this.#listeners.add(listener)
    if (payloads) this.#payloadReaders++
    return () => {
      if (this.#listeners.delete(listener) && payloads) this.#payloadReaders--
    }
  }

  /**
   * Returns the hash of the recorded log so far. Equal logs have equal hashes. Each call reads only the events since the
   * call before.
   */
  hash(): string {
    while (this.#hashed < this.events.length) this.#hash.add(this.events[this.#hashed++]!)
    return this.#hash.text()
  }
}
