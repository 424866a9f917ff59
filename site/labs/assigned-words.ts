/** What a learner reads about an assignment: when it is due, and what counts. */
import type { Assignment } from '../../labs/grader/schema/assignment.ts'

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
