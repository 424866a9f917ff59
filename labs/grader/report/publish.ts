/**
 * Puts a whole report in the place of the one before, so that an end at any moment leaves the old one or the new one, and
 * never a mixture that the next grading would compare itself with.
 *
 * ```
 * out/.new/  is written ──rename──► out/.done/  is whole ──entry by entry──► out/
 *    an end here: thrown away            an end here: the next grading goes on with the moves
 * ```
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** All that a report may consist of; what the new one does not have is removed. */
const ENTRIES = [
  'attempts',
  'attempts.csv',
  'checks.csv',
  'diff.csv',
  'failing',
  'feedback',
  'grades.csv',
  'lms',
  'report.html',
  'results',
  'run.json',
] as const

/** The file in it with the names of entries that the new report does not have. */
const GONE = '.gone'

/** The empty folder that a new report is written into. */
export function newReport(out: string): string {
  const path = join(out, '.new')
  rmSync(path, { recursive: true, force: true })
  mkdirSync(path, { recursive: true })
  return path
}

/** Puts the report of `newReport` in its place. `keep`: entries of the old one that stay when the new one lacks them. */
export function publishReport(out: string, keep: readonly string[] = []): void {
  const path = join(out, '.new')
  const gone = ENTRIES.filter((name) => !keep.includes(name) && !existsSync(join(path, name)))
  writeFileSync(join(path, GONE), JSON.stringify(gone))
  renameSync(path, join(out, '.done'))
  finishReport(out)
}

/** Ends what an interrupted `publishReport` has left. Returns whether there was something. */
export function finishReport(out: string): boolean {
  const done = join(out, '.done')
  if (!existsSync(done)) return false
  const gone = existsSync(join(done, GONE)) ? (JSON.parse(readFileSync(join(done, GONE), 'utf8')) as string[]) : []
  for (const name of gone) rmSync(join(out, name), { recursive: true, force: true })
  for (const name of readdirSync(done)) {
    if (name === GONE) continue
    rmSync(join(out, name), { recursive: true, force: true })
    renameSync(join(done, name), join(out, name))
  }
  rmSync(done, { recursive: true })
  return true
}
