/**
 * The class as xAPI statements, a line of JSON each, for a learning record store (header `X-Experience-API-Version: 1.0.3`).
 *
 * Facts (adlnet/xAPI-Spec): no nulls, numbers as numbers, absolute addresses, one identifier for an actor. Sent again, a
 * statement has the same id, so nothing is counted twice. A grade that nobody knows has no statement. No cmi5.
 */
import { sha256Hex } from '../../judge/seeds.ts'
import type { FinalGrade } from '../grades/final-grades.ts'
import type { Assignment } from '../schema/assignment.ts'

/** Undefined when the assignment does not say where its book is: a statement needs an address of what was done. */
export function xapiStatements(
  assignment: Assignment,
  grades: readonly FinalGrade[],
  nowMs: number,
): string | undefined {
  const { book, id, labs } = assignment
  if (book === undefined) return undefined
  return grades
    .filter(({ hold, final }) => !hold && final !== null)
    .map((grade) => {
      const scaled = grade.max === 0 ? 0 : Math.min(1, grade.final! / grade.max)
      return `${JSON.stringify({
        id: uuidOf(`${book} ${id} ${grade.id} ${grade.final}`),
        actor: { objectType: 'Agent', account: { homePage: book, name: grade.id } },
        verb: { id: 'http://adlnet.gov/expapi/verbs/completed', display: { en: 'completed' } },
        object: {
          objectType: 'Activity',
          id: `${book}labs/${labs[0]!.lab}/`,
          definition: { name: { en: assignment.title } },
        },
        result: { score: { scaled, raw: grade.final! / 100, min: 0, max: grade.max / 100 }, completion: true },
        timestamp: new Date(nowMs).toISOString(),
      })}\n`
    })
    .join('')
}

/** The same text has the same id: a name-based UUID (version 8, of our own hash). */
function uuidOf(text: string): string {
  const hex = sha256Hex(text)
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
