/**
 * Fills in a gradebook that Canvas has exported, so that Canvas takes it back.
 *
 * Facts of Canvas (`lib/gradebook_importer.rb`): the header begins with `Student` and `ID`; learners are found by `ID`, SIS
 * user id, SIS login or exact name, never by e-mail; an assignment is found by the id in `Title (id)`, then by its title; every
 * score column that is there overwrites, so only ours may stay; a cell that is emptied counts as a change. So the titles, the
 * columns of identity and the lines that are no learner's keep their values, and where we have no grade the cell is left as it
 * was.
 */
import Papa from 'papaparse'
import type { FinalGrade } from '../grades/final-grades.ts'
import type { Learner } from '../intake/roster.ts'
import { RosterIndex } from '../intake/roster.ts'
import { pointsText } from '../schema/result.ts'
import type { Filled } from './filled.ts'

const IDENTITY = ['Student', 'ID', 'SIS User ID', 'SIS Login ID', 'Integration ID', 'Root Account', 'Section']

/** Throws an Error of one sentence when the file is no export of Canvas, or has no column for the assignment. */
export function fillCanvas(
  text: string,
  title: string,
  grades: readonly FinalGrade[],
  roster: readonly Learner[],
): Filled {
  const { data, meta } = Papa.parse<string[]>(text.replace(/^\uFEFF/, ''), { skipEmptyLines: 'greedy' })
  const [header, ...rows] = data
  if (header?.[0]?.trim() !== 'Student' || header[1]?.trim() !== 'ID')
    throw new Error(
      'the Canvas file must begin with the columns Student and ID: export the gradebook from Canvas again',
    )
  const column = header.findIndex((name) => sameTitle(name, title))
  if (column < 0)
    throw new Error(
      `the Canvas file has no column for "${title}": make the assignment there, or name its column with --column`,
    )
  const kept = header.map((_, i) => i).filter((i) => i === column || IDENTITY.includes(header[i]!.trim()))
  const index = new RosterIndex(roster)
  const byId = new Map(grades.map((grade) => [grade.id, grade]))
  const [matched, unmatched] = [new Set<string>(), [] as string[]]
  for (const row of rows) {
    const name = row[0] ?? ''
    if (/^\s*Points Possible/.test(name) || name === '' || /^Student, Test$/.test(name)) continue
    const words = IDENTITY.flatMap((one, i) => (i === 0 || one === 'Section' ? [] : [row[header.indexOf(one)] ?? '']))
    const id = [...words, name]
      .filter((word) => word.trim() !== '')
      .map((word) => index.find(word))
      .find(Boolean)
    const grade = id === undefined ? undefined : byId.get(id)
    if (grade === undefined) {
      unmatched.push(name)
      continue
    }
    matched.add(grade.id)
    if (grade.final !== null && !grade.hold) row[column] = pointsText(grade.final)
  }
  const lines = [header, ...rows].map((row) => kept.map((i) => row[i] ?? ''))
  const delimiter = meta.delimiter
  return {
    text: `${Papa.unparse(lines, { delimiter, newline: '\n' })}\n`,
    matched: [...matched].sort(),
    unmatched,
    absent: grades.filter(({ id, final }) => final !== null && !matched.has(id)).map(({ id }) => id),
  }
}

/** `Keep order (48213)` is the column of `Keep order`. */
function sameTitle(column: string, title: string): boolean {
  return column.trim() === title || column.trim().replace(/ \(\d+\)$/, '') === title
}
