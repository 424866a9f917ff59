/** Writes all that a grading comes to into its folder: report, tables, feedback, results, and the files of platforms. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { labById } from '../../find.ts'
import { fillCanvas } from '../exports/canvas.ts'
import { dolosZip } from '../exports/dolos.ts'
import type { Filled } from '../exports/filled.ts'
import { gradescopeResult } from '../exports/gradescope.ts'
import { junitXml } from '../exports/junit.ts'
import { fillMoodle } from '../exports/moodle.ts'
import { failingRuns } from '../failing-runs.ts'
import { diffCsv, earlierPoints, earlierResults } from '../grades/diff.ts'
import type { FinalGrade } from '../grades/final-grades.ts'
import { writeResult } from '../schema/result.ts'
import { checksCsv, gradesCsv } from './csv.ts'
import { feedbackName, feedbackPage } from './feedback-page.ts'
import { type ReportInput, reportPage } from './report-page.ts'
import type { Publish } from './shown-to.ts'

/** The files of platforms that are wanted. */
export interface ExportOptions {
  /** The gradebook as Canvas exported it, and the title of the column. */
  readonly canvas?: { readonly text: string; readonly column: string }
  /** The grading worksheet as Moodle made it. */
  readonly moodle?: string
  readonly formats?: readonly ExportFormat[]
  /** How far things are, for the pages of learners; `after-due` when left out. */
  readonly publish?: Publish
}

/** Formats that need no file of a platform. */
export const EXPORT_FORMATS = ['junit', 'gradescope', 'dolos'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/**
 * Writes everything; returns sentences about the platforms’ files for whoever graded. Throws an Error of one sentence when a
 * platform's file is not what it should be: the report is written then.
 */
export function writeReport(
  out: string,
  input: ReportInput,
  grades: readonly FinalGrade[],
  exports: ExportOptions,
): readonly string[] {
  const { assignment, graded } = input
  const earlier = { results: earlierResults(out), points: earlierPoints(out) }
  for (const each of ['feedback', 'results']) mkdirSync(join(out, each), { recursive: true })
  const failing = failingRuns(assignment, graded, input.intake.submissions)
  const files = join(out, 'failing')
  rmSync(files, { recursive: true, force: true })
  if (failing.length > 0) mkdirSync(files)
  for (const { name, text } of failing) writeFileSync(join(files, name), text)
  writeFileSync(join(out, 'report.html'), reportPage(input, grades, failing))
  writeFileSync(join(out, 'grades.csv'), gradesCsv(grades))
  writeFileSync(join(out, 'checks.csv'), checksCsv(graded))
  if (earlier.points.size > 0) writeFileSync(join(out, 'diff.csv'), diffCsv(earlier, graded, grades))
  for (const one of graded) {
    const grade = grades.find(({ id }) => id === one.learner)!
    const page = feedbackPage({
      assignment,
      graded: one,
      lab: labById(one.lab.id),
      grade,
      failing: failing.filter(({ learner, check }) => learner === one.learner && check.lab === one.lab.id),
      publish: exports.publish ?? 'after-due',
    })
    writeFileSync(join(out, 'feedback', feedbackName(assignment, one)), page)
    writeFileSync(join(out, 'results', `${one.learner}.${fileWord(one.lab.id)}.glassmq.json`), writeResult(one))
  }
  return writeExports(out, input, grades, exports)
}

function writeExports(
  out: string,
  { assignment, graded, roster, intake }: ReportInput,
  grades: readonly FinalGrade[],
  { canvas, moodle, formats = [] }: ExportOptions,
): readonly string[] {
  const said: string[] = []
  const lms = join(out, 'lms')
  const fill = (name: string, platform: string, filled: Filled) => {
    writeFileSync(join(lms, name), filled.text)
    const parts = [`${filled.matched.length} learners found in the file of ${platform}`]
    if (filled.unmatched.length > 0) parts.push(`lines of nobody here: ${filled.unmatched.join(', ')}`)
    if (filled.absent.length > 0) parts.push(`graded and not in the file: ${filled.absent.join(', ')}`)
    said.push(`${join(lms, name)}: ${parts.join('; ')}`)
  }
  // what an earlier grading has left there would pass for files of this one
  rmSync(lms, { recursive: true, force: true })
  if (canvas !== undefined || moodle !== undefined || formats.length > 0) mkdirSync(lms, { recursive: true })
  if (canvas !== undefined) fill('canvas.csv', 'Canvas', fillCanvas(canvas.text, canvas.column, grades, roster ?? []))
  if (moodle !== undefined) fill('moodle.csv', 'Moodle', fillMoodle(moodle, grades, roster ?? []))
  if (formats.includes('junit')) writeFileSync(join(lms, 'junit.xml'), junitXml(graded))
  if (formats.includes('dolos'))
    for (const lab of assignment.labs.flatMap(({ lab: id }) => labById(id) ?? [])) {
      const handIns = intake.submissions.map(({ learner, submission }) => {
        return { learner, name: grades.find(({ id }) => id === learner)?.name ?? '', submission }
      })
      writeFileSync(join(lms, `dolos.${lab.id}.zip`), dolosZip(lab, handIns))
    }
  if (formats.includes('gradescope'))
    for (const grade of grades) {
      const text = gradescopeResult(
        grade,
        graded.filter(({ learner }) => learner === grade.id),
        assignment.checks,
      )
      if (text !== undefined) writeFileSync(join(lms, `${grade.id}.results.json`), text)
    }
  return said
}

/** Of an id a learner wrote, what may stand in a file name. */
function fileWord(id: string): string {
  return id.replace(/[^a-z0-9.-]/gi, '_').slice(0, 64)
}
