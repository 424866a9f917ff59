/**
 * Judges one hand-in again and compares with a stored result: what settles a dispute.
 *
 * Everything but `flags` and the hash over the whole must be the same bytes: flags also say how a file came into the folder.
 */
import { labById } from '../find.ts'
import { moduleMap } from '../program/module-map.ts'
import { answerFiles } from '../runtime/lab-files.ts'
import { type BatchOptions, effectiveFiles, gradeBatch, plannedRuns } from './batch/grade-batch.ts'
import { NO_STORE } from './batch/run-store.ts'
import { parseSlots } from './grades/instructor-tables.ts'
import { parseAssignment, parseSecret } from './schema/assignment.ts'
import { canonicalJson, filesSha256, type Json } from './schema/canonical-json.ts'
import type { GradedSubmission } from './schema/result.ts'
import { parseSubmission, type Submission, submittedFiles } from './schema/submission.ts'

/** What was compared. `differences` is empty when the stored result is confirmed. */
export interface Verified {
  readonly learner: string
  readonly runs: number
  readonly differences: readonly string[]
}

/** `reseedText` is the table of learners with other hidden seeds. Throws an Error of one sentence when a file cannot be read. */
export async function verifyResult(
  resultText: string,
  submissionBytes: Uint8Array,
  assignmentText: string,
  secretText: string | undefined,
  reseedText?: string,
): Promise<Verified> {
  const stored = readResult(resultText)
  const assignment = parseAssignment(assignmentText)
  const hidden = secretText === undefined ? undefined : parseSecret(secretText, assignment)
  const { submission } = parseSubmission(submissionBytes)
  if (submission.lab.id !== stored.lab.id)
    throw new Error(
      `the hand-in is of the lab "${submission.lab.id}", the result of "${stored.lab.id}": give the file of this lab`,
    )
  if (stored.value['assignment'] !== assignment.id)
    throw new Error(
      `the result is of the assignment "${String(stored.value['assignment'])}", and this is "${assignment.id}"`,
    )
  const slots = reseedText === undefined ? new Map<string, number>() : parseSlots(reseedText)
  checkSameWork(stored, submission, { assignment, hidden, slots })
  const [made] = await gradeBatch({
    assignment,
    hidden,
    submissions: [{ learner: stored.learner, path: '', submission, flags: [], attempt: 1 }],
    slots,
    modules: moduleMap,
    starter: (lab) => answerFiles(lab, 'starter'),
    jobs: 1,
    // a report that was made without shorter runs has none
    shorten: resultText.includes('"short":'),
    store: NO_STORE,
    onRun: () => {},
    onGraded: () => {},
  })
  const now = made as unknown as Readonly<Record<string, Json>>
  const keys = [...new Set([...Object.keys(stored.value), ...Object.keys(now)])].filter(
    (key) => key !== 'flags' && key !== 'sha256',
  )
  const text = (value: Json | undefined) => (value === undefined ? '' : canonicalJson(value))
  const differences = keys.filter((key) => text(stored.value[key]) !== text(now[key]))
  return {
    learner: stored.learner,
    runs: made!.checks.reduce((sum, { seeds }) => sum + seeds.length, 0),
    differences: differences.map(
      (key) => `${key} is ${shown(now[key])} now, and ${shown(stored.value[key])} in the file`,
    ),
  }
}

/** Before anything is run: the result must be of this code, and of these runs. Throws an Error of one sentence. */
function checkSameWork(
  stored: ReturnType<typeof readResult>,
  submission: Submission,
  options: Pick<BatchOptions, 'assignment' | 'hidden' | 'slots'>,
): void {
  const lab = labById(stored.lab.id)
  const was = stored.value['filesSha256']
  if (lab === undefined || typeof was !== 'string') return
  const code = filesSha256(effectiveFiles(lab, answerFiles(lab, 'starter'), submittedFiles(submission), []))
  if (code !== was)
    throw new Error(
      `this is not the file that was graded: the hash of its code begins with ${code.slice(0, 16)}, that of the result with ${was.slice(0, 16)}; attempts.csv of the report names the file of each hand-in`,
    )
  const wanted = plannedRuns(options, lab.id, stored.learner).map(
    ({ check, name, seed }) => `${check.id} ${name} ${seed}`,
  )
  const made = stored.checks.flatMap(({ id, seeds }) => seeds.map(({ name, seed }) => `${id} ${name} ${seed}`))
  if (wanted.join() !== made.join())
    throw new Error(
      'the result has other runs than this assignment and secret give: give --reseed when the grading had it, and the same --secret or --public-only',
    )
}

/** A stored result, as far as it is used here; `value` is all of it. Throws an Error of one sentence. */
export function readResult(
  text: string,
): Pick<GradedSubmission, 'learner' | 'lab' | 'checks'> & { readonly value: Readonly<Record<string, Json>> } {
  let value: Record<string, Json>
  try {
    value = JSON.parse(text) as Record<string, Json>
  } catch {
    throw new Error('the result is not JSON: give a file of the folder results/')
  }
  const learner = value?.['learner']
  if (value?.['format'] !== 'glassmq-result/1' || typeof learner !== 'string')
    throw new Error('the file is no result of this grader: give a file of the folder results/')
  const { lab, checks } = value as unknown as GradedSubmission
  if (typeof lab?.id !== 'string' || !Array.isArray(checks) || checks.some((check) => !Array.isArray(check?.seeds)))
    throw new Error('the result was cut or changed: take the file of the folder results/ again')
  return { learner, lab, checks, value }
}

function shown(value: Json | undefined): string {
  const text = value === undefined ? 'missing' : canonicalJson(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
