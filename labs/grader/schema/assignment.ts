/**
 * The two files an instructor makes: the assignment, which everybody may see, and the secret, which nobody may.
 *
 * | file                       | holds                                                                        |
 * | -------------------------- | ---------------------------------------------------------------------------- |
 * | `x.glassmq.json`           | labs, checks, points, how many seeds, the commitment to the salt                |
 * | `x.secret.glassmq.json`    | the salt that hidden seeds are drawn with, and seeds that were chosen            |
 *
 * Not here: variants apart from seeds; whoever gets the same seeds gets the same names and moments.
 */
import { z } from 'zod'
import { publicSeeds, saltCommitment } from '../../judge/seeds.ts'
import { ASSIGNMENT_BYTES_MAX } from '../limits.ts'
import { fromBase64Url } from './packed.ts'

export const ASSIGNMENT_FORMAT = 'glassmq-assignment/1'
export const SECRET_FORMAT = 'glassmq-secret/1'
export const SALT_BYTES = 32

/** Names of assignments and learners: they become file names. */
export const ID = /^[a-z0-9][a-z0-9._@-]{0,63}$/

/** Which hand-in of a learner counts. */
export const PICKS = ['latest', 'best', 'all'] as const
export type PickOf = (typeof PICKS)[number]
/** From when on a learner may see what became of the hidden runs (`report/shown-to.ts`). */
export const VISIBILITIES = ['visible', 'after_due_date', 'after_published', 'hidden'] as const
/** How much is told: how many runs passed; what happened in them too; and links that open them. */
export const FEEDBACKS = ['verdict', 'rationale', 'run'] as const
/** Hand-ins of one learner that may count. */
export const ATTEMPTS_MAX = 100
/** Pinned seeds of one check. */
export const PINNED_MAX = 20

const checkSchema = z.strictObject({
  lab: z.string(),
  id: z.string(),
  /** With at most two decimals. */
  points: z.number().min(0).max(1_000),
  seeds: z.strictObject({ public: z.int().min(0).max(20), hidden: z.int().min(0).max(100) }),
  /** `all`: every seed must pass; `fraction`: points by the share that did. */
  credit: z.enum(['all', 'fraction']),
  visibility: z.enum(VISIBILITIES).default('visible'),
  feedback: z.enum(FEEDBACKS).default('rationale'),
})

const assignmentSchema = z.strictObject({
  format: z.literal(ASSIGNMENT_FORMAT),
  id: z.string().regex(ID, 'must be a short name of a-z, 0-9, ".", "_", "@" and "-"'),
  title: z.string().min(1).max(200),
  /** Where the book is that learners work in; links to runs lead there. Ends with a slash. */
  book: z
    .string()
    .max(500)
    .regex(/^https?:\/\/[^\s"'<>#?]+\/$/, 'must be a web address that begins with http and ends with "/"')
    .optional(),
  labs: z
    .array(z.strictObject({ lab: z.string(), version: z.string() }))
    .min(1)
    .max(20),
  hiddenSeeds: z.enum(['per-learner', 'same']),
  saltCommitment: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be "sha256:" and 64 hexadecimal digits'),
  checks: z.array(checkSchema).min(1).max(100),
  /** RFC 3339 with an offset. Without it nothing is late. */
  due: z.string().max(40).optional(),
  /** What counts until when, rising; `until` is `due` or a time. After the last line nothing counts. */
  credit: z
    .array(z.strictObject({ until: z.string().max(40), percent: z.int().min(0).max(200) }))
    .min(1)
    .max(20)
    .optional(),
  /** So many hand-ins of a learner count, the first ones; later ones are not judged. Left out or null: all. */
  attempts: z.int().min(1).max(ATTEMPTS_MAX).nullish(),
  /** Which of several hand-ins gives the grade. `all`: the newest, and each is judged and reported. */
  pick: z.enum(PICKS).default('latest'),
})

const SEED = /^[0-9a-f]{32}$/
const seed = z.string().regex(SEED, 'must be 32 hexadecimal digits')

const secretSchema = z.strictObject({
  format: z.literal(SECRET_FORMAT),
  assignment: z.string(),
  salt: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url'),
  /** Seeds that every learner gets beside the drawn ones, by check: they stay what they are whatever else is drawn anew. */
  pinned: z.record(z.string(), z.array(seed).max(PINNED_MAX, `has more than ${PINNED_MAX} seeds`)).default({}),
  notes: z.string().max(10_000).optional(),
})

export type Assignment = z.infer<typeof assignmentSchema>
export type AssignedCheck = z.infer<typeof checkSchema>
/** The words of a check's `visibility` and `feedback`. */
export type Visibility = AssignedCheck['visibility']
export type Feedback = AssignedCheck['feedback']
export type Secret = z.infer<typeof secretSchema>

/** One sentence: what is wrong with a file, and where. */
export class FormatError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FormatError'
  }
}

/** Reads an assignment file. Throws `FormatError`. */
export function parseAssignment(text: string): Assignment {
  const assignment = read(text, assignmentSchema, ASSIGNMENT_FORMAT, 'assignment')
  for (const check of assignment.checks) {
    if (!assignment.labs.some(({ lab }) => lab === check.lab))
      throw new FormatError(`check ${check.id} belongs to lab "${check.lab}", which the assignment does not list`)
    if (check.seeds.public + check.seeds.hidden === 0)
      throw new FormatError(`check ${check.id} of lab ${check.lab} has no seeds, so nothing would be run`)
    if (Math.abs(check.points * 100 - Math.round(check.points * 100)) > 1e-6)
      throw new FormatError(`check ${check.id} is worth ${check.points} points; two decimals are the most`)
  }
  checkDates(assignment)
  return assignment
}

function checkDates({ due, credit }: Assignment): void {
  if (due === undefined && credit !== undefined) throw new FormatError('what counts later needs a due date before it')
  if (due === undefined) return
  let last = Number.NEGATIVE_INFINITY
  for (const { until } of credit ?? [{ until: 'due' }]) {
    const at = until === 'due' ? timeOf(due, 'due') : timeOf(until, 'credit')
    if (at <= last)
      throw new FormatError(`what counts later must end later than the line before it; "${until}" does not`)
    last = at
  }
}

/** A time of RFC 3339 with its offset, in ms since 1970. Throws FormatError. */
export function timeOf(text: string, where: string): number {
  const isTime = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text.trim())
  const ms = isTime ? Date.parse(text.trim().replace(' ', 'T')) : Number.NaN
  const [year, month, day] = text.trim().slice(0, 10).split('-').map(Number)
  const isDay = day === new Date(Date.UTC(year!, month! - 1, day)).getUTCDate()
  if (Number.isNaN(ms) || !isDay)
    throw new FormatError(
      `${where} has the time "${text.slice(0, 60)}"; write it with its offset, such as 2026-11-08T23:59:00+01:00`,
    )
  return ms
}

/** What hidden runs are drawn from. */
export interface HiddenSeeds {
  readonly salt: Uint8Array
  /** Seeds by check that every learner gets. */
  readonly pinned: Readonly<Record<string, readonly string[]>>
}

/** Reads the secret of an assignment; its salt must be the one the assignment was published with. Throws `FormatError`. */
export function parseSecret(text: string, assignment: Assignment): HiddenSeeds {
  const secret = read(text, secretSchema, SECRET_FORMAT, 'secret')
  if (secret.assignment !== assignment.id)
    throw new FormatError(`the secret belongs to assignment "${secret.assignment}", not to "${assignment.id}"`)
  const salt = fromBase64Url(secret.salt)
  if (saltCommitment(salt) !== assignment.saltCommitment)
    throw new FormatError(
      `the salt is not the one that assignment "${assignment.id}" was published with (its SHA-256 differs)`,
    )
  for (const [check, seeds] of Object.entries(secret.pinned)) {
    const pinnedCheck = assignment.checks.find(({ id }) => id === check)
    if (pinnedCheck === undefined)
      throw new FormatError(
        `the secret pins seeds of the check "${check}"; the assignment has ${assignment.checks.map(({ id }) => id).join(', ')}`,
      )
    const twice = seeds.find((one, i) => seeds.indexOf(one) !== i)
    if (twice !== undefined) throw new FormatError(`the secret pins the seed ${twice} of ${check} twice`)
    const known = publicSeeds(assignment.id, check, pinnedCheck.seeds.public).findIndex((one) => seeds.includes(one))
    if (known >= 0)
      throw new FormatError(
        `the secret pins the seed of the public run p${known} of ${check}: every learner has that run already, so leave it out`,
      )
  }
  return { salt, pinned: secret.pinned }
}

/** The text of a secret with one more pinned seed. Throws `FormatError`. */
export function pinSeed(secretText: string, assignment: Assignment, check: string, pinned: string): string {
  parseSecret(secretText, assignment)
  const secret = read(secretText, secretSchema, SECRET_FORMAT, 'secret')
  if (!SEED.test(pinned))
    throw new FormatError(
      `the seed is "${pinned.slice(0, 50)}"; it must be 32 hexadecimal digits in lower case, as the report and the files of results/ name it`,
    )
  const seeds = [...(secret.pinned[check] ?? []), pinned]
  const text = `${JSON.stringify({ ...secret, pinned: { ...secret.pinned, [check]: seeds } }, null, 2)}\n`
  parseSecret(text, assignment)
  return text
}

function read<T>(text: string, schema: z.ZodType<T>, format: string, what: string): T {
  if (text.length > ASSIGNMENT_BYTES_MAX)
    throw new FormatError(`the ${what} file is larger than ${ASSIGNMENT_BYTES_MAX / 1024} KiB`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new FormatError(`the ${what} file is not JSON: ${(error as Error).message}`)
  }
  const given = typeof value === 'object' && value !== null ? (value as { format?: unknown }).format : undefined
  if (given === SECRET_FORMAT && format === ASSIGNMENT_FORMAT)
    throw new FormatError('this is the secret of an assignment: give the file without ".secret" in its name')
  if (given !== format)
    throw new FormatError(
      `the ${what} file must say "format": "${format}"${typeof given === 'string' ? `, not "${given.slice(0, 50)}"` : ''}`,
    )
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new FormatError(`the ${what} file is wrong at ${issue.path.join('.') || 'its top'}: ${issue.message}`)
}
