/** Moments of a run by their words, as doors and predictions name them. */
import type { TraceEvent } from '../../../reference/host/trace.ts'
import type { EventLog } from './log.ts'

/**
 * The event that `when` names: `KIND`, `KIND WORD`: the first of that kind whose facts hold every word; with `last ` before it,
 * the last one. Undefined when a run has none.
 */
export function momentOf(
  log: EventLog,
  when: string,
  among: readonly TraceEvent[] = log.events,
): TraceEvent | undefined {
  const isLast = when.startsWith('last ')
  const [kind = '', ...words] = (isLast ? when.slice(5) : when).split(' ')
  const fits = (event: TraceEvent) =>
    event.kind === kind &&
    words.every(
      (word) =>
        log.keys(event).includes(word) ||
        log.frame(event.n)?.name === word ||
        Object.values(event).map(String).includes(word),
    )
  return isLast ? among.findLast(fits) : among.find(fits)
}
