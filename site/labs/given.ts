/**
 * What the address of a lab page hands over in its fragment: an assignment, a run of a check, or nothing.
 *
 * The workbench imports this module, which is ready when the sandbox has begun, and when what reads a fragment is there. That
 * is fetched for an address with a fragment only.
 */
import type { ReadRun } from '../../labs/grader/schema/run-link.ts'
import type { LabFacts } from '../../labs/lab.ts'
import type { Assigned } from './assigned.ts'
import { sandboxBegun } from './prepare.ts'

/** `run` is undefined when the address names no run. */
export interface Given {
  readonly assigned: Assigned
  readonly run: ReadRun | undefined
}

void import('../../labs/runtime/page/page.ts').catch(() => {}) // wanted soon
// the worker takes longer than the workbench, so it goes first
await sandboxBegun()

const readers =
  location.hash === ''
    ? undefined
    : await Promise.all([import('./assigned.ts'), import('../../labs/grader/schema/run-link.ts')])

/** Reads the fragment of the page's address, such as `#a=…` or `#run=…`. */
export function givenBy(fragment: string, lab: Pick<LabFacts, 'id' | 'version'>): Given {
  if (readers === undefined) return { assigned: { fault: '' }, run: undefined }
  const [{ assignedBy }, { readRunFragment }] = readers
  return { assigned: assignedBy(fragment, lab), run: readRunFragment(fragment) }
}
