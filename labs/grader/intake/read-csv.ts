/** Reads the tables that an instructor writes: a CSV with a line of titles, in any order, small letters or not. */
import Papa from 'papaparse'

/** Of a cell that is wrong, a message repeats this much. */
const TOLD_CHARACTERS_MAX = 60

/** A line of a table, by titles, and its number in the file. */
export interface CsvRow {
  readonly row: Readonly<Record<string, string>>
  readonly line: number
}

/** `what` names the table in sentences. Throws an Error of one sentence when a column is missing or there twice. */
export function readCsv(text: string, what: string, columns: readonly string[]): readonly CsvRow[] {
  const plain = text.replace(/^\uFEFF/, '')
  const titleOf = (title: string) => title.trim().toLowerCase()
  const [first = []] = Papa.parse<string[]>(plain, { preview: 1, skipEmptyLines: 'greedy' }).data
  const titles = first.map(titleOf)
  // a spreadsheet leaves columns without a title behind the last
  const twice = titles.find((title, i) => title !== '' && titles.indexOf(title) < i)
  if (twice !== undefined) throw new Error(`${what} has the column "${told(twice)}" twice in its first line`)
  for (const column of columns)
    if (!titles.includes(column)) throw new Error(`${what} has no column "${column}" in its first line`)
  const { data } = Papa.parse<Record<string, string>>(plain, {
    header: true,
    skipEmptyLines: 'greedy',
    transformHeader: titleOf,
  })
  return data.map((row, i) => ({ row, line: i + 2 }))
}

/** A wrong cell as a message repeats it. */
export function told(cell: string): string {
  return cell.length <= TOLD_CHARACTERS_MAX ? cell : `${cell.slice(0, TOLD_CHARACTERS_MAX)}…`
}
