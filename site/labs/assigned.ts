/** The assignment that this page was opened with: its link's fragment, read once. */
import type { Assignment } from '../../labs/grader/schema/assignment.ts'
import { readAssignmentFragment } from '../../labs/grader/schema/assignment-link.ts'
import type { Lab } from '../../labs/lab.ts'

/** An assignment for the lab of this page, or one sentence why the link is none. */
export interface Assigned {
  readonly assignment?: Assignment
  readonly fault: string
}

/** What the page's fragment assigns; nothing at all for a page that was opened without one. */
export function assignedBy(fragment: string, lab: Pick<Lab, 'id' | 'version'>): Assigned {
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

/** When it is due and what counts later, in the reader's own time; '' without a date. */
export function dueWords({ due, credit }: Assignment): string {
  if (due === undefined) return ''
  const later = (credit ?? []).filter(({ until }) => until !== 'due')
  return [`Due ${localTime(due)}`, ...later.map(({ until, percent }) => `${percent} % until ${localTime(until)}`)].join(
    '; ',
  )
}

/** How many points there are, and how many hidden runs each check gets when it is graded. */
export function pointsWords(assignment: Assignment, labId: string): string {
  const { checks } = assignment
  const own = checks.filter(({ lab }) => lab === labId)
  const points = own.reduce((sum, check) => sum + Math.round(check.points * 100), 0) / 100
  const hidden = Math.max(...own.map(({ seeds }) => seeds.hidden))
  const words = `${points} points; ${hidden} hidden ${hidden === 1 ? 'run' : 'runs'} a check when it is graded`
  return [words, attemptsWords(assignment)].filter((each) => each !== '').join('; ')
}

/** Which of several hand-ins counts. */
function attemptsWords({ attempts, pick }: Assignment): string {
  const which = pick === 'best' ? 'the best one counts' : 'the newest one counts'
  if (attempts === undefined || attempts === null)
    return pick === 'latest' ? '' : `you may hand in as often as you like, and ${which}`
  return attempts === 1 ? 'you may hand in once' : `you may hand in ${attempts} times, and ${which}`
}

function localTime(text: string): string {
  return new Date(text).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}
