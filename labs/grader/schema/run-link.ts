/**
 * One run of one check as a link, `…/labs/<lab>/#run=<base64url of zlib>`, or as a file, `glassmq-run-link/1`: the check, the
 * seed, what is left out of it, and the files that differ from the starter. The same run, event by event, is made again wherever it is opened.
 *
 * A link stands in the fragment, so no server sees it. A run whose files do not fit into a link is a file.
 */
import { z } from 'zod'
import { DAY_MS } from '../../../reference/common/units.ts'
import { PART, PARTS_MAX, type Schedule, WHOLE } from '../../judge/schedule.ts'
import { FILE_BYTES_MAX } from '../../program/limits.ts'
import { SUBMISSION_BYTES_MAX, SUBMISSION_FILES_MAX } from '../limits.ts'
import { LINK_CHARACTERS_MAX, packText, unpackText } from './packed.ts'
import { pathFault } from './submission.ts'

export const RUN_LINK_FORMAT = 'glassmq-run-link/1'
const PREFIX = '#run='

/** A check has minutes. */
const SLEEP_MS_MAX = DAY_MS

const fileSchema = z.string().refine((text) => text.length <= FILE_BYTES_MAX, `is longer than ${FILE_BYTES_MAX}`)

const schema = z.strictObject({
  format: z.literal(RUN_LINK_FORMAT),
  lab: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be the name of a lab'),
  version: z.string().min(1).max(50),
  check: z.string().min(1).max(200),
  seed: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits'),
  /** What is left out of the run, and which waits are shorter (`labs/judge/schedule.ts`); the whole run when left out. */
  schedule: z
    .strictObject({
      without: z.array(z.string().regex(PART, 'must name a part of a script')).max(PARTS_MAX),
      sleepsMs: z.record(z.string().regex(/^[1-9]\d{0,4}$/), z.int().min(0).max(SLEEP_MS_MAX)),
    })
    .optional(),
  /** Text by path, of the files that are not the starter's. */
  files: z
    .record(z.string(), fileSchema)
    .refine((files) => Object.keys(files).length <= SUBMISSION_FILES_MAX, `has more than ${SUBMISSION_FILES_MAX} files`)
    .refine((files) => Object.keys(files).every((path) => pathFault(path) === ''), 'has a path that cannot be one'),
})

export type RunOfCheck = Omit<z.infer<typeof schema>, 'format'>

/** A run, or one sentence why a text is none. */
export type ReadRun =
  | { readonly run: RunOfCheck; readonly fault?: never }
  | { readonly fault: string; readonly run?: never }

/** The run of a check on a seed, with the files that differ from the starter's. */
export function runOfCheck(
  lab: { readonly id: string; readonly version: string },
  check: string,
  seed: string,
  files: ReadonlyMap<string, string>,
  starter: ReadonlyMap<string, string>,
  schedule: Schedule = WHOLE,
): RunOfCheck {
  const { without, sleepsMs } = schedule
  const isWhole = without.length === 0 && Object.keys(sleepsMs).length === 0
  const changed = [...files].filter(([path, text]) => starter.has(path) && starter.get(path) !== text)
  const part = isWhole ? {} : { schedule: { without: [...without], sleepsMs } }
  return { lab: lab.id, version: lab.version, check, seed, ...part, files: Object.fromEntries(changed) }
}

/** The run as the text of a file. */
export function runText(run: RunOfCheck): string {
  return `${JSON.stringify({ format: RUN_LINK_FORMAT, ...run })}\n`
}

/** The fragment; undefined when the run is too large for a link. */
export function runFragment(run: RunOfCheck): string | undefined {
  const fragment = `${PREFIX}${packText(runText(run))}`
  return fragment.length <= LINK_CHARACTERS_MAX ? fragment : undefined
}

/** What a fragment says: undefined when it is no run at all. */
export function readRunFragment(fragment: string): ReadRun | undefined {
  if (!fragment.startsWith(PREFIX)) return undefined
  if (fragment.length > LINK_CHARACTERS_MAX)
    return { fault: `the link has ${fragment.length} characters, ${LINK_CHARACTERS_MAX} are possible` }
  const text = unpackText(fragment.slice(PREFIX.length), SUBMISSION_BYTES_MAX)
  return text === undefined ? { fault: 'the link was cut or changed: ask for it again' } : readRun(text)
}

/** What the text of a file says. */
export function readRun(text: string): ReadRun {
  if (text.length > SUBMISSION_BYTES_MAX)
    return { fault: `the file has ${text.length} characters, ${SUBMISSION_BYTES_MAX} are possible` }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { fault: 'it is not JSON: it was cut or changed' }
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) {
    const { format: _, ...run } = parsed.data
    return { run }
  }
  const { path, message } = parsed.error.issues[0]!
  return { fault: `it is no run of a check: ${path.join('.') || 'the whole'}: ${message}` }
}
