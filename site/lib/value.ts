/** Numbers that a chapter prints from its runs, so that no measured number is typed: `values` of its `claims.ts`. */
import type { TraceEvent } from '../../reference/host/trace.ts'

/** One number or word of a run. */
export interface Value {
  /** The name of the figure whose run has it; the chapter's first by name when left out. */
  readonly figure?: string
  /** The text to print; throws or returns '' when the run has no such thing. */
  readonly of: (events: readonly TraceEvent[]) => string | number
}

/** The values of a chapter by id. */
export type Values = Readonly<Record<string, Value>>
