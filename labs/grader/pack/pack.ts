/** Makes the zip that a platform is set up with: scripts, the grader, the assignment, and its secret where nobody else reads it. */
import { zipSync } from 'fflate'
import { encodeUtf8 } from '../../../reference/common/utf8.ts'
import { problemName } from '../exports/autolab.ts'
import { type Assignment, FormatError, parseAssignment, parseSecret } from '../schema/assignment.ts'
import { bundleFiles } from './bundle.ts'
import { type PackPlatform, packPlatform } from './platforms.ts'
import { AUTOLAB_MAKEFILE, autolabProblems, scriptsFor } from './scripts.ts'
import { type TarFile, tarOf } from './tar.ts'

/** Zips store a time; the same files give the same bytes. */
const NO_TIME = new Date('2020-01-01T00:00:00')
/** Unix, in a zip: modes of files stand in the upper half of their attributes. */
const UNIX = 3

/** A pack, and what there is to do with it. */
export interface Pack {
  readonly zip: Uint8Array
  readonly next: string
}

/** Without `secretText` the pack judges public runs only. Throws an Error of one sentence. */
export function packAssignment(name: string, assignmentText: string, secretText: string | undefined): Pack {
  const platform = packPlatform(name)
  const assignment = parseAssignment(assignmentText)
  if (secretText !== undefined && !platform.keepsSecret)
    throw new FormatError(
      `what lies in a pack for ${platform.name} is public: leave --secret out, and grade hidden runs yourself`,
    )
  if (secretText !== undefined) parseSecret(secretText, assignment)
  const files = new Map<string, TarFile>()
  const put = (path: string, bytes: Uint8Array, isExecutable = false) => files.set(path, { bytes, isExecutable })
  const inputs = platform.inputs === '.' ? '' : `${platform.inputs}/`
  for (const { path, text, isExecutable } of scriptsFor(platform.name, assignment))
    put(path, encodeUtf8(text), isExecutable)
  put(`${inputs}assignment.glassmq.json`, encodeUtf8(assignmentText))
  if (secretText !== undefined) put(`${inputs}assignment.secret.glassmq.json`, encodeUtf8(secretText))
  for (const [path, bytes] of bundleFiles()) put(`${platform.bundle}/${path}`, bytes)
  const own = platform.name === 'autolab' ? autolabFiles(files) : files
  const problems = autolabProblems(assignment.checks, problemName)
  const next = platform.name === 'autolab' ? `${platform.next}: ${problems}` : platform.next
  return { zip: zipOf(own), next: [next, ...datesWords(platform, assignment)].join('; ') }
}

/** Who keeps the dates and the number of hand-ins of the assignment: the pack, or the platform. */
function datesWords({ keepsDates }: PackPlatform, { due, attempts }: Assignment): readonly string[] {
  const rules = [
    ...(due === undefined ? [] : ['the due date', 'what counts later']),
    ...(typeof attempts === 'number' ? ['how many hand-ins count'] : []),
  ]
  if (rules.length === 0) return []
  return [
    keepsDates
      ? `the pack itself keeps ${rules.join(', ')}: set no penalty for them there`
      : `the pack does not look at ${rules.join(', ')}: set that in the platform`,
  ]
}

function autolabFiles(files: ReadonlyMap<string, TarFile>): ReadonlyMap<string, TarFile> {
  return new Map([
    ['autograde-Makefile', { bytes: encodeUtf8(AUTOLAB_MAKEFILE), isExecutable: false }],
    ['autograde.tar', { bytes: tarOf(files), isExecutable: false }],
  ])
}

function zipOf(files: ReadonlyMap<string, TarFile>): Uint8Array {
  const entries = [...files].map(([path, { bytes, isExecutable }]) => {
    const attrs = ((isExecutable ? 0o100755 : 0o100644) << 16) >>> 0
    return [path, [bytes, { os: UNIX, attrs }]] as const
  })
  return zipSync(Object.fromEntries(entries) as Parameters<typeof zipSync>[0], { mtime: NO_TIME, level: 6 })
}
