/**
 * From what the judge found to the grade of each learner: points, what lateness leaves of them, what the instructor decided.
 *
 * Order: checks are judged, an override of a check replaces its points, the sum is multiplied by the share that lateness
 * leaves, an override of the total replaces the rest. Pure, whole numbers only; a grade that nobody knows stays null and is
 * never a zero.
 */
import type { Intake } from '../intake/intake.ts'
import type { Learner } from '../intake/roster.ts'
import { type Assignment, timeOf } from '../schema/assignment.ts'
import { type GradedSubmission, pointsText } from '../schema/result.ts'
import type { Override } from './instructor-tables.ts'

/** What the instructor gave beside the hand-ins. */
export interface Decisions {
  readonly extensions: ReadonlyMap<string, number>
  readonly overrides: readonly Override[]
  /** When each learner's hand-in came, ms since 1970. */
  readonly submitted: ReadonlyMap<string, number>
}

/** Nothing was decided by hand. */
export const NO_DECISIONS: Decisions = { extensions: new Map(), overrides: [], submitted: new Map() }

/** An instructor's points. `was`: the judged ones, null when nobody could judge, or nothing was handed in. */
export interface Decided {
  readonly check: string
  readonly points: number
  readonly was: number | null
  readonly comment: string
}

/** One learner's grade. Points are hundredths; null: nobody knows. */
export interface FinalGrade {
  readonly id: string
  readonly name: string
  readonly raw: number | null
  /** How much of the points lateness leaves, in per cent; 100 when the instructor set the total, which nothing reduces. */
  readonly percent: number
  readonly final: number | null
  readonly max: number
  readonly status: 'graded' | 'could not be judged' | 'unreadable' | 'nothing handed in'
  /** Points of checks, by check id, overrides included. */
  readonly checks: ReadonlyMap<string, number | null>
  readonly comments: readonly string[]
  /** The points that the instructor gave in place of judged ones; `check` is '' for the total. */
  readonly decided: readonly Decided[]
  /** The learner's own due date, ms since 1970; undefined without one. */
  readonly extendedToMs: number | undefined
  /** Not to be exported yet. */
  readonly hold: boolean
  /** Sentences about the hand-in and its time. */
  readonly remarks: readonly string[]
  /** The same, and what could not be read. */
  readonly flags: readonly string[]
}

/** The grades of everybody on the roster and of everybody who handed in, sorted by id. */
export function finalGrades(
  assignment: Assignment,
  graded: readonly GradedSubmission[],
  intake: Intake,
  roster: readonly Learner[] | undefined,
  decisions: Decisions,
): readonly FinalGrade[] {
  const max = assignment.checks.reduce((sum, check) => sum + Math.round(check.points * 100), 0)
  const ids = new Set([...(roster ?? []).map(({ id }) => id), ...graded.map(({ learner }) => learner)])
  for (const { id } of decisions.overrides) ids.add(id)
  return [...ids].sort().map((id): FinalGrade => {
    const own = graded.filter(({ learner }) => learner === id)
    const problems = intake.problems.filter(({ learner }) => learner === id)
    const overrides = decisions.overrides.filter((one) => one.id === id)
    const checks = checkPoints(own, overrides)
    const raw = own.length === 0 || [...checks.values()].includes(null) ? null : sumOf(checks)
    const late = lateness(assignment, id, own.length > 0, decisions)
    const total = overrides.find(({ check }) => check === '')?.points
    const left = raw === null ? null : shareOf(raw, late.percent)
    const lateFlags =
      total === undefined || late.percent === 100
        ? late.flags
        : ['handed in late; the total that you set stays as it is']
    return {
      id,
      name: roster?.find((one) => one.id === id)?.name ?? '',
      raw,
      percent: total === undefined ? late.percent : 100,
      final: total ?? left,
      max,
      status: statusOf(own, raw, problems.length),
      checks,
      comments: overrides.map(({ comment }) => comment).filter((comment) => comment !== ''),
      decided: decidedIn(overrides, own, left),
      extendedToMs: decisions.extensions.get(id),
      hold: overrides.some(({ hold }) => hold),
      remarks: [...own.flatMap(({ flags }) => flags), ...lateFlags],
      flags: [
        ...own.flatMap(({ flags }) => flags),
        ...lateFlags,
        ...problems.map(({ path, sentence }) => `${path}: ${sentence}`),
      ],
    }
  })
}

/** The points that the instructor gave, as a table has them: `total=3 a=1.5`; '' when none were given. */
export function setText({ decided }: Pick<FinalGrade, 'decided'>): string {
  return decided.map(({ check, points }) => `${check || 'total'}=${pointsText(points)}`).join(' ')
}

/** The learner's own due date, as a table has it; '' without one. */
export function extendedText({ extendedToMs }: Pick<FinalGrade, 'extendedToMs'>): string {
  return extendedToMs === undefined ? '' : new Date(extendedToMs).toISOString()
}

function statusOf(own: readonly GradedSubmission[], raw: number | null, problems: number): FinalGrade['status'] {
  if (own.length > 0) return raw === null ? 'could not be judged' : 'graded'
  return problems > 0 ? 'unreadable' : 'nothing handed in'
}

/** The points of each check, with those that the instructor gave. */
function checkPoints(
  own: readonly GradedSubmission[],
  overrides: readonly Override[],
): ReadonlyMap<string, number | null> {
  const points = new Map<string, number | null>()
  for (const { checks, score } of own) {
    for (const check of checks) points.set(check.id, check.score)
    if (score === null && checks.length === 0) points.set('', null)
  }
  for (const { check, points: given } of overrides) if (check !== '' && given !== undefined) points.set(check, given)
  return points
}

function decidedIn(
  overrides: readonly Override[],
  own: readonly GradedSubmission[],
  left: number | null,
): readonly Decided[] {
  const judged = own.flatMap(({ checks }) => checks)
  return overrides.flatMap(({ check, points, comment }) => {
    if (points === undefined) return []
    const was = check === '' ? left : (judged.find(({ id }) => id === check)?.score ?? null)
    return [{ check, points, was, comment }]
  })
}

function sumOf(points: ReadonlyMap<string, number | null>): number {
  let sum = 0
  for (const one of points.values()) sum += one ?? 0
  return sum
}

/** Rounded half up, once. */
function shareOf(points: number, percent: number): number {
  return Math.floor((2 * points * percent + 100) / 200)
}

/** How much of the points is left, by the first line of `credit` whose time had not passed. */
export function lateness(
  { due, credit }: Assignment,
  id: string,
  hasHandedIn: boolean,
  { extensions, submitted }: Decisions,
): { readonly percent: number; readonly flags: readonly string[] } {
  if (due === undefined || !hasHandedIn) return { percent: 100, flags: [] }
  const at = submitted.get(id)
  if (at === undefined) return { percent: 100, flags: ['nothing says when it was handed in; it counts as in time'] }
  const dueMs = timeOf(due, 'due')
  const own = extensions.get(id)
  // an extension moves the whole line of dates
  const moved = own === undefined ? 0 : Math.max(0, own - dueMs)
  const steps = credit ?? [{ until: 'due', percent: 100 }]
  const step = steps.find(({ until }) => at <= (until === 'due' ? dueMs : timeOf(until, 'credit')) + moved)
  const percent = step?.percent ?? 0
  return { percent, flags: percent === 100 ? [] : [`handed in late: ${percent} % of the points count`] }
}
