/**
 * What a sentence of a chapter claims about a run of one of its figures, as a question that the run's log answers.
 *
 * A chapter's claims stand in its `claims.ts`, exported as `claims`. A claim that is false on the pinned run stops the build.
 * One that says "always" or "never" must also hold on twenty other seeds, so neither luck nor a later change can contradict
 * the text.
 */
import type { TraceEvent } from '../../reference/host/trace.ts'

/** One claim. */
export interface Claim {
  /** The name of the figure whose run shows it; the chapter's first by name when left out. */
  readonly figure?: string
  /** The passage in whose pane the proof is shown; the first that has it when left out. */
  readonly pane?: string
  /** The events that show it, in order; empty when it does not hold. A claim that something never happens shows the last event. */
  readonly shownBy: (events: readonly TraceEvent[]) => readonly TraceEvent[]
  /** Must hold on any seed, whatever the order of things there. */
  readonly always: boolean
}

/** The claims of a chapter by id. */
export type Claims = Readonly<Record<string, Claim>>

/** `found`, or nothing when `holds` is false. */
export function when(holds: boolean, found: readonly (TraceEvent | undefined)[]): readonly TraceEvent[] {
  return holds ? found.filter((event) => event !== undefined) : []
}
