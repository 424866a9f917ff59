/**
 * One sentence for each kind of event: what a screen reader speaks, the caption under the picture, the rows of the list.
 *
 * The sentences stand with their mechanisms (`figures/kit/mechanisms/`). A kind without words does not compile.
 */
import type { EventKind, TraceEvent } from '../../../../reference/host/trace.ts'
import type { EventLog } from '../log.ts'
import { WORDS } from '../mechanisms/known.ts'

export { seconds, shortSeconds } from './say.ts'

/** The event in one sentence. */
export function sentence(event: TraceEvent, log: EventLog): string {
  const words = WORDS[event.kind] as (event: TraceEvent, log: EventLog) => string
  return words(event, log)
}

/** Kinds that have words here; for the test that none is missing. */
export const WORDED_KINDS = Object.keys(WORDS) as readonly EventKind[]
