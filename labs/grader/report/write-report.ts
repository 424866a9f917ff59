/** Writes all that a grading comes to into its folder: report, tables, feedback, results, and the files of platforms. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { labById } from '../../find.ts'
import { failingRuns } from '../failing-runs.ts'
import { diffCsv, earlierGrades, earlierResults } from '../grades/diff.ts'
import type { FinalGrade } from '../grades/final-grades.ts'
import { attemptsCsv } from '../grades/pick-attempts.ts'
import { writeResult } from '../schema/result.ts'
import { checksCsv, gradesCsv } from './csv.ts'
import { feedbackName, feedbackPage } from './feedback-page.ts'
import { finishReport, newReport, publishReport } from './publish.ts'
import { type ReportInput, reportPage } from './report-page.ts'
import type { Publish } from './shown-to.ts'
import { type PlatformOptions, writeExports } from './write-exports.ts'

/** What is written beside the report. */
export interface ExportOptions extends PlatformOptions {
  /** How far things are, for the pages of learners; `after-due` when left out. */
  readonly publish?: Publish
}

const LMS_GONE = 'lms/ of the report before is gone: its grades were old; give --lms or --format again for new files'

/**
 * Writes everything; returns sentences about the platforms’ files for whoever graded. Throws an Error of one sentence when a
 * platform's file is not what it should be: the report is written then. `runText` is the text of `run.json`.
 */
export function writeReport(
  out: string,
  input: ReportInput,
  grades: readonly FinalGrade[],
  exports: ExportOptions,
  runText: string,
): readonly string[] {
  const { graded } = input
  const wasInterrupted = finishReport(out)
  const earlier = { results: earlierResults(out), grades: earlierGrades(out) }
  const diff = earlier.grades.size === 0 ? undefined : diffCsv(earlier, graded, grades)
  // the report that was interrupted has said already what is different
  const hasSaid = wasInterrupted && diff?.trim().includes('\n') === false
  const path = newReport(out)
  writeAll(path, input, grades, exports)
  const { said, fault } = platformFiles(path, input, grades, exports)
  if (diff !== undefined && !hasSaid) writeFileSync(join(path, 'diff.csv'), diff)
  writeFileSync(join(path, 'run.json'), runText)
  const isLmsGone = existsSync(join(out, 'lms')) && !existsSync(join(path, 'lms'))
  publishReport(out, hasSaid ? ['diff.csv'] : [])
  if (fault !== undefined) throw fault
  return isLmsGone ? [...said, LMS_GONE] : said
}

/** A platform's file that is not what it should be costs the files of platforms, not the report. */
function platformFiles(
  path: string,
  input: ReportInput,
  grades: readonly FinalGrade[],
  exports: ExportOptions,
): { readonly said: readonly string[]; readonly fault?: unknown } {
  try {
    return { said: writeExports(path, input, grades, exports) }
  } catch (fault) {
    return { said: [], fault }
  }
}

function writeAll(out: string, input: ReportInput, grades: readonly FinalGrade[], exports: ExportOptions): void {
  const { assignment, graded } = input
  for (const each of ['feedback', 'results']) mkdirSync(join(out, each), { recursive: true })
  const failing = failingRuns(assignment, graded, input.intake.submissions)
  const files = join(out, 'failing')
  if (failing.length > 0) mkdirSync(files)
  for (const { name, text } of failing) writeFileSync(join(files, name), text)
  writeFileSync(join(out, 'report.html'), reportPage(input, grades, failing))
  writeFileSync(join(out, 'grades.csv'), gradesCsv(grades))
  writeFileSync(join(out, 'checks.csv'), checksCsv(graded, grades))
  writeAttempts(out, input)
  for (const one of graded) {
    const grade = grades.find(({ id }) => id === one.learner)!
    const page = feedbackPage({
      assignment,
      graded: one,
      lab: labById(one.lab.id),
      grade,
      attempt: input.attempts.find(
        ({ counts, graded: own }) => counts && own.learner === one.learner && own.lab.id === one.lab.id,
      ),
      failing: failing.filter(({ learner, check }) => learner === one.learner && check.lab === one.lab.id),
      publish: exports.publish ?? 'after-due',
    })
    writeFileSync(join(out, 'feedback', feedbackName(assignment, one)), page)
    writeFileSync(join(out, 'results', `${one.learner}.${fileWord(one.lab.id)}.glassmq.json`), writeResult(one))
  }
}

/** The file, the time and the points of each hand-in that was judged, and the results of those that do not count. */
function writeAttempts(out: string, { attempts }: ReportInput): void {
  writeFileSync(join(out, 'attempts.csv'), attemptsCsv(attempts))
  const others = attempts.filter(({ counts }) => !counts)
  if (others.length > 0) mkdirSync(join(out, 'attempts'))
  for (const { graded, taken } of others) {
    const name = `${graded.learner}.${fileWord(graded.lab.id)}.${taken.attempt}.glassmq.json`
    writeFileSync(join(out, 'attempts', name), writeResult(graded))
  }
}

/** Of an id a learner wrote, what may stand in a file name. */
function fileWord(id: string): string {
  return id.replace(/[^a-z0-9.-]/gi, '_').slice(0, 64)
}
