/**
 * Judges one hand-in again and compares with a stored result: what settles a dispute.
 *
 * Everything but `flags` and the hash over the whole must be the same bytes: flags also say how a file came into the folder.
 */
import { moduleMap } from '../program/module-map.ts'
import { answerFiles } from '../runtime/lab-files.ts'
import { gradeBatch } from './batch/grade-batch.ts'
import { NO_STORE } from './batch/run-store.ts'
import { parseSlots } from './grades/instructor-tables.ts'
import { parseAssignment, parseSecret } from './schema/assignment.ts'
import { canonicalJson, type Json } from './schema/canonical-json.ts'
import type { GradedSubmission } from './schema/result.ts'
import { parseSubmission } from './schema/submission.ts'

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
  const [made] = await gradeBatch({
    assignment,
    hidden,
    submissions: [{ learner: stored.learner, path: '', submission, flags: [], attempt: 1 }],
    slots: reseedText === undefined ? new Map() : parseSlots(reseedText),
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
