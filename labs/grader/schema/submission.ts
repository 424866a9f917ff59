/**
 * The hand-in file, `glassmq-submission/1`: one lab, one learner's files, and what the page says about them.
 *
 * The page writes it (`writeSubmission`), the grader reads it (`parseSubmission`). Only `lab` and `files` decide anything:
 *
 * | field                                     | is                                                              |
 * | ----------------------------------------- | --------------------------------------------------------------- |
 * | `lab`, `files`                            | what is graded                                                   |
 * | `learner`                                 | a hint for whoever sorts the files; the roster decides           |
 * | `claimed`, `client`                       | the page's word, shown as that and worth no points               |
 * | `sha256`                                  | of the canonical JSON of all the rest; a wrong one is a flag      |
 * | anything else                             | kept, trusted for nothing                                        |
 */
import { z } from 'zod'
import { sha256Hex } from '../../judge/seeds.ts'
import { FILE_BYTES_MAX } from '../../program/limits.ts'
import { SUBMISSION_BYTES_MAX, SUBMISSION_FILES_MAX } from '../limits.ts'
import { canonicalSha256, type Json } from './canonical-json.ts'

export const SUBMISSION_FORMAT = 'glassmq-submission/1'

/** Objects and lists inside each other; the format itself needs five. */
const NESTING_MAX = 32
const PATH_CHARACTERS_MAX = 200
const ID_CHARACTERS_MAX = 200
const CLAIMED_CHECKS_MAX = 100
/** Characters of a claimed sentence; whoever writes a hand-in file shortens longer ones (`shortSentence`). */
export const SENTENCE_CHARACTERS_MAX = 2_000

/** Names some file systems keep for themselves, and keys that are not data in JavaScript. */
const RESERVED_NAME = /^(con|prn|aux|nul|com\d|lpt\d|__proto__|constructor|prototype)(\.|$)/i

const id = z.string().min(1).max(ID_CHARACTERS_MAX)
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
const path = z.string().superRefine((value, context) => {
  const fault = pathFault(value)
  if (fault !== '') context.addIssue({ code: 'custom', message: fault })
})

const fileSchema = z.looseObject({
  path,
  content: z.string(),
  /** Of the starter's text this one began from, and of `content`. */
  baseSha256: hash.optional(),
  sha256: hash.optional(),
})

const claimedCheckSchema = z.looseObject({
  id,
  verdict: z.enum(['passed', 'failed', 'could-not-judge']),
  seed: z.string().max(64),
  sentence: z.string().max(SENTENCE_CHARACTERS_MAX),
  trace: z.string().max(64),
})

const submissionSchema = z.looseObject({
  format: z.literal(SUBMISSION_FORMAT),
  assignment: z.looseObject({ id }).optional(),
  lab: z.looseObject({ id, version: z.string().min(1).max(50), starterSha256: hash.optional() }),
  learner: z.looseObject({ id, name: z.string().max(ID_CHARACTERS_MAX).optional() }).optional(),
  files: z.array(fileSchema).min(1).max(SUBMISSION_FILES_MAX),
  claimed: z.looseObject({ checks: z.array(claimedCheckSchema).max(CLAIMED_CHECKS_MAX) }).optional(),
  client: z.looseObject({ exportedAt: z.string().max(50), browser: z.string().max(500).optional() }).optional(),
  sha256: z.string().max(64).optional(),
})

export type Submission = z.infer<typeof submissionSchema>
export type SubmittedFile = z.infer<typeof fileSchema>
export type ClaimedCheck = z.infer<typeof claimedCheckSchema>

/** What may be said when writing one; format, hashes of files and the final hash are added. */
export type SubmissionDraft = Pick<Submission, 'assignment' | 'lab' | 'learner' | 'files' | 'claimed' | 'client'>

/** A file that is no submission. `message` is one sentence: what, where, what to do. */
export class SubmissionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SubmissionError'
  }
}

export interface ParsedSubmission {
  readonly submission: Submission
  /** Sentences for whoever grades: odd, but no reason to refuse. */
  readonly flags: readonly string[]
}

/** Reads a hand-in file. Throws `SubmissionError`. */
export function parseSubmission(input: string | Uint8Array): ParsedSubmission {
  const text = asText(input)
  const value = asJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse('the file holds no JSON object: hand in the file that "Hand in" downloads')
  const { format } = value as { format?: unknown }
  if (format !== SUBMISSION_FORMAT)
    refuse(
      typeof format === 'string'
        ? `the file's format is "${format.slice(0, 50)}", not "${SUBMISSION_FORMAT}": hand in the file that "Hand in" downloads`
        : `the file names no format: hand in the file that "Hand in" downloads`,
    )
  const parsed = submissionSchema.safeParse(value)
  if (!parsed.success) refuse(issueSentence(parsed.error.issues[0]!))
  const submission = parsed.data
  refuseFiles(submission.files)
  return { submission, flags: flagsOf(submission, value as Json) }
}

/** The text of a hand-in file, with its hashes. Throws `SubmissionError` when it would not be accepted. */
export function writeSubmission(draft: SubmissionDraft): string {
  const files = draft.files.map((file) => ({ ...file, sha256: sha256Hex(file.content) }))
  const unsigned = JSON.parse(JSON.stringify({ format: SUBMISSION_FORMAT, ...draft, files })) as Json & object
  const text = `${JSON.stringify({ ...unsigned, sha256: canonicalSha256(unsigned) }, null, 2)}\n`
  parseSubmission(text)
  return text
}

/** A sentence as a hand-in file can hold it: no longer than the limit, and without half a character. */
export function shortSentence(sentence: string): string {
  const half = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
  const isLong = sentence.length > SENTENCE_CHARACTERS_MAX
  const short = isLong ? `${sentence.slice(0, SENTENCE_CHARACTERS_MAX - 1)}…` : sentence
  return short.replace(half, '\ufffd')
}

/** The learner's files by path. */
export function submittedFiles(submission: Submission): ReadonlyMap<string, string> {
  return new Map(submission.files.map((file) => [file.path, file.content]))
}

/** Why a path may not be in a hand-in file, or ''. */
export function pathFault(value: string): string {
  if (value === '') return 'is empty'
  if (value.length > PATH_CHARACTERS_MAX) return `has more than ${PATH_CHARACTERS_MAX} characters`
  if (!/^[\x21-\x7e]+$/.test(value)) return 'holds a character that is not printable ASCII'
  if (/[\\:*?"<>|]/.test(value)) return 'holds one of \\ : * ? " < > |'
  for (const part of value.split('/')) {
    if (part === '' || part === '.' || part === '..') return 'must be relative, without empty parts, "." or ".."'
    if (RESERVED_NAME.test(part)) return `holds the reserved name "${part}"`
  }
  return ''
}

function refuse(sentence: string): never {
  throw new SubmissionError(sentence)
}

function asText(input: string | Uint8Array): string {
  const sizeBytes = typeof input === 'string' ? new TextEncoder().encode(input).length : input.length
  if (sizeBytes > SUBMISSION_BYTES_MAX)
    refuse(`the file has ${sizeBytes} bytes; at most ${SUBMISSION_BYTES_MAX} are read`)
  if (typeof input === 'string') return input.replace(/^\uFEFF/, '')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(input)
  } catch {
    return refuse('the file is not UTF-8 text: hand in the file that "Hand in" downloads, unchanged')
  }
}

function asJson(text: string): unknown {
  if (text.trim() === '') refuse('the file is empty: export it again')
  let depth = 0
  let isInText = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (isInText) {
      if (character === '\\') i++
      else if (character === '"') isInText = false
    } else if (character === '"') isInText = true
    else if (character === '{' || character === '[') {
      if (++depth > NESTING_MAX) refuse(`more than ${NESTING_MAX} objects and lists are inside each other`)
    } else if (character === '}' || character === ']') depth--
  }
  try {
    return JSON.parse(text)
  } catch {
    return refuse('the file is not whole JSON: it was cut or changed; export it again')
  }
}

/** zod names the field and what it wanted; people read `files[0].path: …`. */
function issueSentence(issue: z.core.$ZodIssue): string {
  let where = ''
  for (const part of issue.path)
    where += typeof part === 'number' ? `[${part}]` : `${where === '' ? '' : '.'}${String(part)}`
  return `${where === '' ? 'the file' : where}: ${issue.message}; export the file again`
}

function refuseFiles(files: readonly SubmittedFile[]): void {
  const seen = new Set<string>()
  for (const file of files) {
    if (seen.has(file.path.toLowerCase())) refuse(`${file.path} is in the file twice: export it again`)
    seen.add(file.path.toLowerCase())
    const sizeBytes = new TextEncoder().encode(file.content).length
    if (sizeBytes > FILE_BYTES_MAX) refuse(`${file.path} has ${sizeBytes} bytes; at most ${FILE_BYTES_MAX} are read`)
  }
}

function flagsOf(submission: Submission, value: Json): string[] {
  const flags: string[] = []
  const { sha256, ...rest } = value as { readonly [key: string]: Json }
  if (sha256 === undefined) flags.push('the file has no hash')
  else if (hashOf(rest) !== sha256) flags.push('the file was changed after it was exported')
  for (const file of submission.files)
    if (file.sha256 !== undefined && file.sha256 !== sha256Hex(file.content))
      flags.push(`${file.path} was changed after it was exported`)
  return flags
}

function hashOf(value: Json): string {
  try {
    return canonicalSha256(value)
  } catch {
    return ''
  }
}
