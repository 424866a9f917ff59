/// <reference types="svelte" />
/**
 * What the demo of a lab has told so far: its newest events, and the picture that the older ones made.
 *
 * The events are a plain array with a counter beside it, because thousands of entries need no watching one by one. The counter
 * moves at most once a frame, whatever the speed.
 */
import { LOG_RECORDS_MAX } from '../../labs/program/limits.ts'
import type { TraceEvent } from '../../reference/host/trace.ts'
import { type ClusterView, viewAt } from '../figures/kit/live/cluster-view.ts'

export class DemoLog {
  events: TraceEvent[] = []
  /** The cluster before the first of `events`; undefined when they are all there. */
  base: ClusterView | undefined
  eventCount = $state(0)
  /** Events that stand on the time bar as ticks. */
  marks = $state.raw<readonly TraceEvent[]>([])
  nowMs = $state(0)
  readonly #forgot: (count: number) => void
  #frame = 0
  #heardMs = 0

  /** `forgot` is called with the number of events that were folded into `base`. */
  constructor(forgot: (count: number) => void) {
    this.#forgot = forgot
  }

  /** Forgets everything: a demo begins. */
  clear(): void {
    this.events = []
    this.marks = []
    this.base = undefined
    this.#show()
  }

  /** Takes the next events of the demo, whose clock says `nowMs`. */
  hear(events: readonly TraceEvent[], nowMs: number): void {
    this.events.push(...events)
    if (this.events.length > 2 * LOG_RECORDS_MAX) this.#forget(LOG_RECORDS_MAX)
    this.#heardMs = nowMs
    for (const one of events) if (isMark(one)) this.marks = [...this.marks, one]
    this.#frame ||= requestAnimationFrame(() => this.#show())
  }

  #show(): void {
    this.#frame = 0
    this.eventCount = this.events.length
    this.nowMs = this.#heardMs
  }

  /** Folds the oldest events into the picture they made, and lets go of them. */
  #forget(count: number): void {
    this.base = { ...viewAt(this.events, count, undefined, this.base), count: 0 }
    this.events.splice(0, count)
    this.#forgot(count)
  }
}

/** Whether an event stands on the time bar as a tick. */
export function isMark(event: TraceEvent): boolean {
  return event.kind === 'script.step' || event.kind === 'fault.began'
}
