/** Sentences about a whole grading, for the report and the command line: what was counted, and what was not looked at. */

import { MINUTE_MS } from '../../../reference/common/units.ts'
import type { Decisions } from '../grades/final-grades.ts'
import { type HandInTimes, isFileOf } from '../grades/instructor-tables.ts'
import type { Attempt } from '../grades/pick-attempts.ts'
import type { Intake, SetAside } from '../intake/intake.ts'
import { type Assignment, timeOf } from '../schema/assignment.ts'

/** Names of files that are told of one kind. */
const NAMES_MAX = 5

/** Files, learners and hand-ins: `5 files of 4 learners: 4 hand-ins judged, 3 count, 1 file not graded`. */
export function countWords({ files, problems }: Intake, attempts: readonly Attempt[]): string {
  const learners = new Set(files.map(({ learner }) => learner).filter((learner) => learner !== '')).size
  const judged = attempts.filter(({ graded }) => graded.score !== null).length
  const counts = attempts.filter((one) => one.counts).length
  const parts = [`${counted(judged, 'hand-in')} judged`, `${counts} ${counts === 1 ? 'counts' : 'count'}`]
  if (attempts.length > judged) parts.push(`${attempts.length - judged} could not be judged`)
  if (problems.length > 0) parts.push(`${counted(problems.length, 'file')} not graded`)
  return `${counted(files.length, 'file')} of ${counted(learners, 'learner')}: ${parts.join(', ')}`
}

/** A number with its noun: `1 file`, `2 files`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Files for another lab or another assignment: a sentence for each of these. */
export function setAsideWords(setAside: readonly SetAside[]): readonly string[] {
  const kinds = [...new Set(setAside.map(({ of }) => of))]
  return kinds.map((kind) => {
    const paths = setAside.filter(({ of }) => of === kind).map(({ path }) => path)
    const rest = paths.length - NAMES_MAX
    const names = `${paths.slice(0, NAMES_MAX).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
    return `${counted(paths.length, 'file')} for ${kind}, not looked at: ${names}`
  })
}

/** Where a due date is set and the table of times does not say when a hand-in came. */
export function timeWords({ due }: Assignment, counting: readonly Attempt[]): readonly string[] {
  if (due === undefined) return []
  const timeless = counting.filter(({ atMs }) => atMs === undefined).length
  const dated = counting.filter(({ isFileDate }) => isFileDate).length
  return [
    ...(timeless === 0
      ? []
      : [`${counted(timeless, 'hand-in')} without a time, counted as in time: give --timestamps`]),
    ...(dated === 0
      ? []
      : [
          `${counted(dated, 'hand-in')} whose time is the date of the file on this disk, perhaps that of your download: give --timestamps`,
        ]),
  ]
}

/** Extensions that end before the due date: they change nothing, and were hardly meant so. */
export function earlyExtensions({ due }: Assignment, { extensions }: Pick<Decisions, 'extensions'>): readonly string[] {
  if (due === undefined)
    return extensions.size === 0 ? [] : ['Extensions change nothing: the assignment has no due date']
  const early = [...extensions].filter(([, untilMs]) => untilMs < timeOf(due, 'due')).map(([id]) => id)
  if (early.length === 0) return []
  return [`Extensions that end before the due date change nothing: ${early.join(', ')}`]
}

/** For the command line; the report has it beside each learner. */
export function sharedTimeWords(counting: readonly Attempt[]): readonly string[] {
  const shared = counting.flatMap(({ taken, timeFlag }) => (timeFlag === '' ? [] : [taken.learner]))
  if (shared.length === 0) return []
  return [`one time for several hand-ins: ${shared.join(', ')}; give a line for each file in --timestamps`]
}

/** Lines of the table of times whose file is not among the hand-ins: a mistyped name would cost a learner points. */
export function strayTimes({ byFile }: HandInTimes, { files }: Intake): readonly string[] {
  return byFile
    .filter(({ id, file }) => !files.some(({ path, learner }) => learner === id && isFileOf(path, file)))
    .map(
      ({ id, file, line }) =>
        `Line ${line} of the table of times names the file "${file}" of ${id}, which is not there`,
    )
}

/** The rules of an assignment in a sentence: due date, what counts later, which hand-ins count, versions of the labs. */
export function rulesWords({ due, credit = [], attempts, pick, labs }: Assignment): string {
  const later = credit.filter(({ until }) => until !== 'due')
  const dates =
    due === undefined
      ? 'No due date'
      : [`Due ${due}`, ...later.map(({ percent, until }) => `${percent} % until ${until}`), 'then nothing counts'].join(
          ', ',
        )
  const which = pick === 'best' ? 'the best gives the grade' : 'the newest gives the grade'
  const handIns =
    typeof attempts === 'number'
      ? `the first ${counted(attempts, 'hand-in')} of a learner, of which ${which}`
      : `all hand-ins of a learner, of which ${which}`
  return `${dates} · ${handIns} · ${labs.map(({ lab, version }) => `lab ${lab}, version ${version}`).join(', ')}`
}

/** A time to the minute, with the offset that the due date has: `2026-11-08 23:59 +01:00`; in UTC without a due date. */
export function timeText(atMs: number, { due = 'Z' }: Pick<Assignment, 'due'>): string {
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)$/.exec(due) ?? []
  const offsetMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS
  const local = new Date(atMs + offsetMs).toISOString().slice(0, 16).replace('T', ' ')
  return `${local} ${sign === undefined ? 'UTC' : `${sign}${hours}:${minutes}`}`
}
