/**
 * The last lines of a log that may be long: of the story, of one machine, or of all.
 *
 * Going on by new events looks at those events only; another place or another machine looks back at most
 * `LOOK_BACK_MAX` events. So neither ten thousand lines nor a long run makes one frame slow. `looked` counts the events
 * looked at, for a test.
 */
import type { TraceEvent } from '../../reference/host/trace.ts'
import { type LogLine, lineOf } from '../figures/kit/live/event-lines.ts'

/** What was done to the cluster, one machine's own log, or everything. */
export type LogOf = 'story' | 'all' | `node:${string}`

/** Lines shown; what came before is in the run and can be dragged to. */
export const LINES_MAX = 200
/** Events looked through for them. */
export const LOOK_BACK_MAX = 5_000

const STORY: readonly string[] = ['script.step', 'node.ready', 'node.stopped', 'fault.began', 'fault.healed']

export class LogTail {
  /** Events that were looked at so far. */
  looked = 0
  /** Lines found that are no longer among the last. */
  skipped = 0
  /** Every machine seen, in the order of their first events. */
  nodes: readonly string[] = []
  #known:
    | { readonly events: readonly TraceEvent[]; readonly first: number; readonly of: LogOf; count: number }
    | undefined
  #lines: readonly LogLine[] = []

  /** The last lines among the first `count` events. */
  upTo(events: readonly TraceEvent[], count: number, of: LogOf): readonly LogLine[] {
    const first = events[0]?.n ?? 1
    const known = this.#known
    const goesOn =
      known !== undefined && known.events === events && known.first === first && known.of === of && known.count <= count
    if (!goesOn) this.#begin(events, first, of, count)
    const state = this.#known!
    // numbers have no gaps, so an event is found by its own
    const causeOf = ({ cause }: TraceEvent) => events[cause - first]
    const fresh: LogLine[] = []
    // of a great heap only the end will be seen
    const from = Math.max(state.count, count - LOOK_BACK_MAX)
    for (let i = from; i < count; i++) {
      const event = events[i]!
      this.looked++
      if (event.node !== '' && !this.nodes.includes(event.node)) this.nodes = [...this.nodes, event.node]
      if (of === 'story' ? !STORY.includes(event.kind) : of !== 'all' && event.node !== of.slice('node:'.length))
        continue
      const line = lineOf(event, causeOf)
      if (line !== undefined) fresh.push(line)
    }
    state.count = count
    if (fresh.length > 0) {
      const all = [...this.#lines, ...fresh]
      this.skipped += Math.max(0, all.length - LINES_MAX)
      this.#lines = all.slice(-LINES_MAX)
    }
    return this.#lines
  }

  #begin(events: readonly TraceEvent[], first: number, of: LogOf, count: number): void {
    if (this.#known?.events !== events) this.nodes = []
    this.#known = { events, first, of, count: Math.max(0, count - LOOK_BACK_MAX) }
    this.#lines = []
    this.skipped = 0
  }
}
