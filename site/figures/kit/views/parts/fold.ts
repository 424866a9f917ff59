/**
 * What a view knows of a run beyond the scene: a state folded from the first events of the log, kept for the next picture.
 *
 * From outside it is a pure function of the log's beginning. Going on costs only the events since the last picture; going back
 * begins at the start, which is linear.
 */
import type { TraceEvent } from '../../../../../reference/host/trace.ts'
import type { EventLog } from '../../log.ts'

/** One thing that can be folded: a fresh state, and what an event does to it. */
export interface Fold<S> {
  readonly empty: () => S
  readonly apply: (state: S, event: TraceEvent, log: EventLog) => void
}

interface Kept {
  count: number
  state: unknown
}

const kept = new WeakMap<EventLog, Map<object, Kept>>()

/** The state after the first `count` events. It is the fold's own: read it, and do not keep it. */
export function folded<S>(fold: Fold<S>, log: EventLog, count: number): S {
  let of = kept.get(log)
  if (of === undefined) {
    of = new Map()
    kept.set(log, of)
  }
  let it = of.get(fold)
  if (it === undefined || it.count > count) {
    it = { count: 0, state: fold.empty() }
    of.set(fold, it)
  }
  const state = it.state as S
  for (; it.count < count; it.count++) fold.apply(state, log.events[it.count]!, log)
  return state
}
