/**
 * Fills in a grading worksheet that Moodle has made, so that Moodle takes it back.
 *
 * Facts of Moodle (`mod/assign/feedback/offline`): the titles are in the language of the teacher, so the columns are found by
 * what stands in them; a blank, negative or too high grade is skipped in silence; a line that was changed since the download
 * is skipped unless "ignore modified" is ticked. So only the cells of grade and feedback are changed, and where we have no
 * grade they stay. Never made anew: Moodle takes its own worksheet only.
 */
import Papa from 'papaparse'
import type { FinalGrade } from '../grades/final-grades.ts'
import type { Learner } from '../intake/roster.ts'
import { RosterIndex } from '../intake/roster.ts'
import { pointsText } from '../schema/result.ts'
import type { Filled } from './filled.ts'

/** Titles in the languages that were looked up: English, German, Dutch, French, Spanish. */
const IDENTIFIER = ['Identifier', 'ID', 'Identificatie', 'Identifiant', 'Identificador']
const GRADE = ['Grade', 'Bewertung', 'Cijfer', 'Note', 'Calificación']
const FEEDBACK = [
  'Feedback comments',
  'Feedback als Kommentar',
  'Feedback opmerkingen',
  'Feedback par commentaires',
  'Comentarios de retroalimentación',
]
const EMAIL = /^e-?mail|^correo|courriel/i
const NAME = ['Full name', 'Vollständiger Name', 'Volledige naam', 'Nom complet', 'Nombre completo']

/** Throws an Error of one sentence when the file is no worksheet, or has no columns for identifier and grade. */
export function fillMoodle(text: string, grades: readonly FinalGrade[], roster: readonly Learner[]): Filled {
  const { data, meta } = Papa.parse<string[]>(text.replace(/^\uFEFF/, ''), { skipEmptyLines: 'greedy' })
  const [header = [], ...rows] = data
  const find = (names: readonly string[]) => header.findIndex((title) => names.includes(title.trim()))
  const [identifier, grade, feedback, name] = [find(IDENTIFIER), find(GRADE), find(FEEDBACK), find(NAME)]
  const email = header.findIndex((title) => EMAIL.test(title.trim()))
  if (identifier < 0 || grade < 0)
    throw new Error(
      'the Moodle file has no columns for identifier and grade: download the grading worksheet from the assignment',
    )
  const index = new RosterIndex(roster)
  const byId = new Map(grades.map((one) => [one.id, one]))
  const [matched, unmatched] = [new Set<string>(), [] as string[]]
  for (const row of rows) {
    // `Participant 4711`, in any language: the number at the end
    const number = /(\d+)\s*$/.exec(row[identifier] ?? '')?.[1] ?? ''
    const words = [number, row[email] ?? '', row[name] ?? ''].filter((word) => word.trim() !== '')
    const id = words.map((word) => index.find(word)).find((one) => one !== undefined)
    const own = id === undefined ? undefined : byId.get(id)
    if (own === undefined) {
      unmatched.push(row[identifier] ?? '')
      continue
    }
    matched.add(own.id)
    if (own.final === null || own.hold) continue
    row[grade] = pointsText(own.final)
    if (feedback >= 0) row[feedback] = feedbackOf(own)
  }
  return {
    text: `${Papa.unparse([header, ...rows], { delimiter: meta.delimiter, newline: '\n' })}\n`,
    matched: [...matched].sort(),
    unmatched,
    absent: grades.filter(({ id, final }) => final !== null && !matched.has(id)).map(({ id }) => id),
  }
}

function feedbackOf({ checks, comments, percent }: FinalGrade): string {
  const whole = [...checks].map(([check, points]) => `${check}: ${pointsText(points) || 'not judged'}`)
  return [...whole, ...(percent === 100 ? [] : [`late: ${percent} %`]), ...comments].join('; ')
}
