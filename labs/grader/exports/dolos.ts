/**
 * The hand-ins as a zip for Dolos, a second opinion on which are alike: `info.csv` in its root and a file for each learner,
 * the starter marked as what everybody was given.
 *
 * Facts of Dolos (class Dataset of its library): only `filename` is required; more than one row with `ignored` = `true` is an error.
 */
import { zipSync } from 'fflate'
import Papa from 'papaparse'
import { encodeUtf8 } from '../../../reference/common/utf8.ts'
import type { Lab } from '../../lab.ts'
import { answerFiles } from '../../runtime/lab-files.ts'
import { type Submission, submittedFiles } from '../schema/submission.ts'

/** Zips store a time; the same hand-ins give the same bytes. */
const NO_TIME = new Date('2020-01-01T00:00:00')

/** The bytes of the zip. Files of one hand-in are joined in the order of their paths. */
export function dolosZip(
  lab: Lab,
  handIns: readonly { readonly learner: string; readonly name: string; readonly submission: Submission }[],
): Uint8Array {
  const rows: { filename: string; full_name: string; ignored: string }[] = []
  const files: Record<string, Uint8Array> = {}
  const add = (filename: string, fullName: string, texts: ReadonlyMap<string, string>, ignored: boolean) => {
    rows.push({ filename, full_name: fullName, ignored: ignored ? 'true' : '' })
    const paths = lab.files.filter(({ kind }) => kind === 'module').map(({ path }) => path)
    files[filename] = encodeUtf8(
      paths
        .sort()
        .map((path) => texts.get(path) ?? '')
        .join('\n'),
    )
  }
  add('starter.ts', '', answerFiles(lab, 'starter'), true)
  for (const { learner, name, submission } of handIns)
    if (submission.lab.id === lab.id) add(`${learner}.hand-in.ts`, name, submittedFiles(submission), false)
  const info = encodeUtf8(`${Papa.unparse(rows, { newline: '\n' })}\n`)
  return zipSync({ 'info.csv': info, ...files }, { mtime: NO_TIME })
}
