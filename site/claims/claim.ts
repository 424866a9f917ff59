/**
 * What a sentence of a chapter claims about its figure's run, as a question that the run's log answers.
 *
 * A claim that is false on the pinned run stops the build. One that says "always" or "never" must also hold on twenty other
 * seeds (`test/scenarios/claims.test.ts`), so neither luck nor a later change can contradict the text.
 */
import type { TraceEvent } from '../../reference/host/trace.ts'

export interface Claim {
  /** The events that show it, in order; empty when it does not hold. A claim that something never happens shows the last event. */
  readonly shownBy: (events: readonly TraceEvent[]) => readonly TraceEvent[]
  /** Must hold on any seed, whatever the order of things there. */
  readonly always: boolean
}

/** `found`, or nothing when `holds` is false. */
export function when(holds: boolean, found: readonly (TraceEvent | undefined)[]): readonly TraceEvent[] {
  return holds ? found.filter((event) => event !== undefined) : []
}
