/**
 * The tables an instructor may write beside the roster: late hand-ins that are excused, grades that are his own, times of
 * handing in. Each is a CSV with a line of titles. They are read, never rewritten.
 *
 * | file             | columns                                | says                                                        |
 * | ---------------- | -------------------------------------- | ----------------------------------------------------------- |
 * | `extensions.csv` | `id`, `until`                          | this learner’s own due date                                  |
 * | `overrides.csv`  | `id`, `check`, `points`, `comment`, `hold` | points instead of the judged ones; without `check`: the total |
 * | `reseed.csv`     | `id`, `slot`                           | other hidden seeds for this learner: a number from 1         |
 * | `timestamps.csv` | `id`, `submitted`, `file`              | when the platform received the hand-in; with `file`, that file |
 */
import { type CsvRow, readCsv, told } from '../intake/read-csv.ts'
import { normalId } from '../intake/roster.ts'
import { timeOf } from '../schema/assignment.ts'

/** Lines of one table. */
export const TABLE_ROWS_MAX = 20_000
const COMMENT_CHARACTERS_MAX = 2_000

/** An instructor's own points. `points` is in hundredths, undefined when the judged ones stay; `hold` keeps them out of exports. */
export interface Override {
  readonly id: string
  /** A check's id, or '' for the total. */
  readonly check: string
  readonly points: number | undefined
  readonly comment: string
  readonly hold: boolean
}

/** Times in ms since 1970 by learner. Throws an Error of one sentence. */
export function parseTimes(text: string, file: string, column: 'until'): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const { row, line } of rowsOf(text, file, ['id', column])) {
    const id = idOf(row, file, line)
    if (times.has(id)) throw new Error(`${file} has "${id}" twice, again in line ${line}`)
    times.set(id, timeOf(row[column] ?? '', `${file} line ${line}`))
  }
  return times
}

/** When hand-ins came, in ms since 1970. */
export interface HandInTimes {
  /** By learner: lines without a file. */
  readonly byLearner: ReadonlyMap<string, number>
  /** Lines that name a file: the learner, and the file's path in the folder or the end of that path. */
  readonly byFile: readonly {
    readonly id: string
    readonly file: string
    readonly atMs: number
    readonly line: number
  }[]
}

/** No table of times was given. */
export const NO_TIMES: HandInTimes = { byLearner: new Map(), byFile: [] }

/** Reads the table of times; its column `file` may be missing. Throws an Error of one sentence. */
export function parseHandInTimes(text: string, file = 'timestamps.csv'): HandInTimes {
  const byLearner = new Map<string, number>()
  const byFile: HandInTimes['byFile'][number][] = []
  for (const { row, line } of rowsOf(text, file, ['id', 'submitted'])) {
    const id = idOf(row, file, line)
    const name = (row['file'] ?? '').trim().replaceAll('\\', '/')
    const atMs = timeOf(row['submitted'] ?? '', `${file} line ${line}`)
    const isTwice = name === '' ? byLearner.has(id) : byFile.some((one) => one.id === id && one.file === name)
    if (isTwice && name === '')
      throw new Error(
        `${file} has "${id}" twice, again in line ${line}: with a column "file", a learner may have a line for each file`,
      )
    if (isTwice) throw new Error(`${file} has the file "${told(name)}" of "${id}" twice, again in line ${line}`)
    if (name === '') byLearner.set(id, atMs)
    else byFile.push({ id, file: name, atMs, line })
  }
  return { byLearner, byFile }
}

/** Whether a name in a table means the file at a path of the folder: the whole path, or its end after a slash. */
export function isFileOf(path: string, name: string): boolean {
  return path === name || path.endsWith(`/${name}`)
}

/** Numbers of seed slots by learner. Throws an Error of one sentence. */
export function parseSlots(text: string, file = 'reseed.csv'): ReadonlyMap<string, number> {
  const slots = new Map<string, number>()
  for (const { row, line } of rowsOf(text, file, ['id', 'slot'])) {
    const slot = (row['slot'] ?? '').trim()
    if (!/^\d{1,6}$/.test(slot))
      throw new Error(
        `${file} line ${line} has the slot "${told(slot)}"; write a whole number from 1 (0 stands for the usual seeds)`,
      )
    slots.set(idOf(row, file, line), Number(slot))
  }
  return slots
}

/** Throws an Error of one sentence. */
export function parseOverrides(
  text: string,
  checks: readonly { readonly id: string; readonly points: number }[],
  file = 'overrides.csv',
): readonly Override[] {
  const seen = new Set<string>()
  return rowsOf(text, file, ['id', 'points']).map(({ row, line }) => {
    const id = idOf(row, file, line)
    const check = (row['check'] ?? '').trim()
    if (check !== '' && !checks.some((one) => one.id === check))
      throw new Error(
        `${file} line ${line} names the check "${told(check)}"; the assignment has ${checks.map((one) => one.id).join(', ')}`,
      )
    if (seen.has(`${id}\n${check}`))
      throw new Error(`${file} has "${id}" twice for ${check || 'the total'}, again in line ${line}`)
    seen.add(`${id}\n${check}`)
    const points = (row['points'] ?? '').trim()
    if (points !== '' && !/^\d{1,5}(\.\d{1,2})?$/.test(points))
      throw new Error(`${file} line ${line} gives "${told(points)}" points; write a number such as 4 or 4.5`)
    const most =
      check === ''
        ? checks.reduce((sum, one) => sum + one.points, 0)
        : checks.find(({ id: own }) => own === check)!.points
    if (Number(points) > most) throw new Error(`${file} line ${line} gives ${points} points; the most is ${most}`)
    const hold = (row['hold'] ?? '').trim().toLowerCase()
    if (!['', 'yes', 'no'].includes(hold))
      throw new Error(`${file} line ${line} has "${told(hold)}" under hold; write yes or no`)
    return {
      id,
      check,
      points: points === '' ? undefined : Math.round(Number(points) * 100),
      comment: (row['comment'] ?? '').slice(0, COMMENT_CHARACTERS_MAX),
      hold: hold === 'yes',
    }
  })
}

function rowsOf(text: string, file: string, columns: readonly string[]): readonly CsvRow[] {
  const rows = readCsv(text, file, columns)
  if (rows.length > TABLE_ROWS_MAX) throw new Error(`${file} has more than ${TABLE_ROWS_MAX} lines`)
  return rows
}

function idOf(row: Readonly<Record<string, string>>, file: string, line: number): string {
  const id = normalId(row['id'] ?? '')
  if (id === '') throw new Error(`${file} line ${line} has no id`)
  return id
}
