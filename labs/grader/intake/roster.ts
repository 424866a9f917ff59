/** The class list: who is on it, and whom a word on a file means. */

import { ID } from '../schema/assignment.ts'
import { readCsv, told } from './read-csv.ts'

/** A line of `roster.csv`. */
export interface Learner {
  readonly id: string
  readonly name: string
  /** Other words that mean this learner: e-mail, log-in, number on a platform, names as in `aliases`. */
  readonly also: readonly string[]
}

/** Columns beside `id` and `name` whose words mean the learner. */
const OTHER_COLUMNS = ['email', 'canvas_id', 'sis_login', 'moodle_participant', 'github'] as const

/**
 * Reads a roster: a CSV with a column `id` and perhaps `name`, `email`, `aliases` (separated by `;`), `canvas_id`,
 * `sis_login`, `moodle_participant`, `github`. Throws an Error of one sentence.
 */
export function parseRoster(text: string): readonly Learner[] {
  const rows = readCsv(text, 'the roster', ['id'])
  const seen = new Set<string>()
  return rows.map(({ row, line }) => {
    const id = normalId(row['id'] ?? '')
    if (!ID.test(id))
      throw new Error(
        `the roster's line ${line} has the id "${told(row['id'] ?? '')}"; ids are short names without spaces`,
      )
    if (seen.has(id)) throw new Error(`the roster has the id "${id}" twice, again in line ${line}`)
    seen.add(id)
    const aliases = (row['aliases'] ?? '').split(';')
    const also = [...OTHER_COLUMNS.map((column) => row[column] ?? ''), ...aliases]
    return { id, name: (row['name'] ?? '').trim(), also: also.map((one) => one.trim()).filter((one) => one !== '') }
  })
}

/** Trimmed, ASCII lower case: as seeds are drawn with. */
export function normalId(text: string): string {
  return text.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/**
 * Finds learners by a word: an id, an e-mail, a number of a platform, a full name in any order (`Doe, Ada`, `doeada`).
 * A word that means two learners means nobody.
 */
export class RosterIndex {
  readonly #ids = new Map<string, string>()
  readonly #others = new Map<string, string>()

  constructor(roster: readonly Learner[]) {
    for (const { id } of roster) this.#ids.set(id, id)
    for (const { id, name, also } of roster) for (const word of [...also, name, ...joined(name)]) this.#note(word, id)
  }

  /** The learner that a word means; undefined when it means nobody, or more than one. */
  find(word: string): string | undefined {
    const id = this.#ids.get(normalId(word))
    if (id !== undefined) return id
    return this.#others.get(sameWord(word)) || undefined
  }

  #note(word: string, id: string): void {
    const key = sameWord(word)
    if (key === '') return
    const before = this.#others.get(key)
    this.#others.set(key, before === undefined || before === id ? id : '')
  }
}

/** The words of a name in every rotation, with and without spaces: `Ada Doe` is `Doe, Ada` in a list, `doeada` on Canvas. */
function joined(name: string): readonly string[] {
  const words = name.split(/[\s,]+/).filter((one) => one !== '')
  const rotations = words.map((_, i) => [...words.slice(i), ...words.slice(0, i)])
  return rotations.flatMap((one) => [one.join(''), one.join(' ')])
}

/** How words are compared: without case, accents written apart or together, and separators. */
function sameWord(word: string): string {
  return word
    .trim()
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s,_-]+/g, ' ')
}
