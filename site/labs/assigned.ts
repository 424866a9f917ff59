/** The assignment that this page was opened with: its link's fragment, read once. */
import type { Assignment } from '../../labs/grader/schema/assignment.ts'
import { readAssignmentFragment } from '../../labs/grader/schema/assignment-link.ts'
import type { LabFacts } from '../../labs/lab.ts'

/** An assignment for the lab of this page, or one sentence why the link is none. */
export interface Assigned {
  readonly assignment?: Assignment
  readonly fault: string
}

/** What the page's fragment assigns; nothing at all for a page that was opened without one. */
export function assignedBy(fragment: string, lab: Pick<LabFacts, 'id' | 'version'>): Assigned {
  const read = readAssignmentFragment(fragment)
  if (read === undefined) return { fault: '' }
  if (read.assignment === undefined) return { fault: `This assignment cannot be opened: ${read.fault}.` }
  const { assignment } = read
  const own = assignment.labs.find((one) => one.lab === lab.id)
  if (own === undefined)
    return { fault: `This assignment is for ${assignment.labs.map((one) => one.lab).join(', ')}, not for this lab.` }
  if (own.version === lab.version) return { assignment, fault: '' }
  return {
    assignment,
    fault: `This assignment was made for version ${own.version} of the lab, and this is ${lab.version}: tell your instructor.`,
  }
}
