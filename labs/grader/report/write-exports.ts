/** Writes the files of platforms into `lms/` of a report. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { labById } from '../../find.ts'
import { agsScores } from '../exports/ags.ts'
import { autolabLine } from '../exports/autolab.ts'
import { fillCanvas } from '../exports/canvas.ts'
import { classroom50Tests } from '../exports/classroom50.ts'
import { dolosZip } from '../exports/dolos.ts'
import type { Filled } from '../exports/filled.ts'
import { gradescopeResult } from '../exports/gradescope.ts'
import { junitXml } from '../exports/junit.ts'
import { fillMoodle } from '../exports/moodle.ts'
import { prairieLearnResult } from '../exports/prairielearn.ts'
import { summaryMarkdown } from '../exports/summary.ts'
import { xapiStatements } from '../exports/xapi.ts'
import type { FinalGrade } from '../grades/final-grades.ts'
import type { AssignedCheck } from '../schema/assignment.ts'
import type { GradedSubmission } from '../schema/result.ts'
import type { ReportInput } from './report-page.ts'

/** The files of platforms that are wanted. */
export interface PlatformOptions {
  /** The gradebook as Canvas exported it, and the title of the column. */
  readonly canvas?: { readonly text: string; readonly column: string }
  /** The grading worksheet as Moodle made it. */
  readonly moodle?: string
  readonly formats?: readonly ExportFormat[]
  /** When each hand-in came, ms since 1970. */
  readonly submittedMs?: ReadonlyMap<string, number>
  /** The time that platforms store a score with, ms since 1970. */
  readonly nowMs?: number
}

/** A file for each learner: the end of its name, and its text; undefined when there is nothing that may be said. */
type OfLearner = (
  grade: FinalGrade,
  graded: readonly GradedSubmission[],
  assigned: readonly AssignedCheck[],
) => string | undefined

const OF_LEARNER = {
  gradescope: { end: 'results.json', text: gradescopeResult },
  prairielearn: { end: 'prairielearn.json', text: prairieLearnResult },
  autolab: { end: 'autolab.txt', text: autolabLine },
  classroom50: { end: 'classroom50.json', text: classroom50Tests },
} satisfies Readonly<Record<string, { readonly end: string; readonly text: OfLearner }>>

const OF_CLASS = ['junit', 'dolos', 'ags', 'xapi', 'summary'] as const

/** Formats that need no file of a platform. */
export const EXPORT_FORMATS = [...OF_CLASS, ...(Object.keys(OF_LEARNER) as (keyof typeof OF_LEARNER)[])] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** Returns sentences for whoever graded. Throws an Error of one sentence when a platform's file is not what it should be. */
export function writeExports(
  out: string,
  input: ReportInput,
  grades: readonly FinalGrade[],
  { canvas, moodle, formats = [], ...times }: PlatformOptions,
): readonly string[] {
  const { assignment, graded, roster } = input
  const said: string[] = []
  const lms = join(out, 'lms')
  const fill = (name: string, platform: string, filled: Filled) => {
    writeFileSync(join(lms, name), filled.text)
    const parts = [`${filled.matched.length} learners found in the file of ${platform}`]
    if (filled.unmatched.length > 0) parts.push(`lines of nobody here: ${filled.unmatched.join(', ')}`)
    if (filled.absent.length > 0) parts.push(`graded and not in the file: ${filled.absent.join(', ')}`)
    said.push(`lms/${name}: ${parts.join('; ')}`)
  }
  if (canvas !== undefined || moodle !== undefined || formats.length > 0) mkdirSync(lms, { recursive: true })
  if (canvas !== undefined) fill('canvas.csv', 'Canvas', fillCanvas(canvas.text, canvas.column, grades, roster ?? []))
  if (moodle !== undefined) fill('moodle.csv', 'Moodle', fillMoodle(moodle, grades, roster ?? []))
  for (const format of formats) {
    if (!isOfLearner(format)) {
      for (const [name, content] of ofClass(format, input, grades, times)) writeFileSync(join(lms, name), content)
      if (format === 'xapi' && assignment.book === undefined)
        said.push('no xAPI statements: the assignment does not say where its book is (assignment new --book)')
      continue
    }
    const { end, text } = OF_LEARNER[format]
    for (const grade of grades) {
      const own = graded.filter(({ learner }) => learner === grade.id)
      const content = own.length === 0 ? undefined : text(grade, own, assignment.checks)
      if (content !== undefined) writeFileSync(join(lms, `${grade.id}.${end}`), content)
    }
  }
  return said
}

/** Tries the files that platforms have exported. Throws an Error of one sentence when one is not what it should be. */
export function tryPlatformFiles({ canvas, moodle }: PlatformOptions): void {
  if (canvas !== undefined) fillCanvas(canvas.text, canvas.column, [], [])
  if (moodle !== undefined) fillMoodle(moodle, [], [])
}

function isOfLearner(format: ExportFormat): format is keyof typeof OF_LEARNER {
  return format in OF_LEARNER
}

/** Names and contents of the files of a format for the whole class. */
function ofClass(
  format: (typeof OF_CLASS)[number],
  { assignment, graded, intake }: ReportInput,
  grades: readonly FinalGrade[],
  { submittedMs = new Map(), nowMs = Date.now() }: Pick<PlatformOptions, 'submittedMs' | 'nowMs'>,
): readonly (readonly [string, string | Uint8Array])[] {
  switch (format) {
    case 'junit':
      return [['junit.xml', junitXml(graded)]]
    case 'summary':
      return [['summary.md', summaryMarkdown(assignment, grades)]]
    case 'ags':
      return [['ags.jsonl', agsScores(grades, submittedMs, nowMs)]]
    case 'xapi': {
      const text = xapiStatements(assignment, grades, nowMs)
      return text === undefined ? [] : [['xapi.jsonl', text]]
    }
    case 'dolos': {
      const nameOf = (learner: string) => grades.find(({ id }) => id === learner)?.name ?? ''
      const handIns = intake.submissions.map((one) => ({ ...one, name: nameOf(one.learner) }))
      const labs = assignment.labs.flatMap(({ lab }) => labById(lab) ?? [])
      return labs.map((lab) => [`dolos.${lab.id}.zip`, dolosZip(lab, handIns)] as const)
    }
  }
}
