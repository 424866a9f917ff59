/**
 * Finds the hand-in files of a folder and says whose each is.
 *
 * | layout                    | whose it is                                                              |
 * | ------------------------- | ------------------------------------------------------------------------ |
 * | `ada.json`, `ada_….json`  | by the file's name, when the roster has it                                 |
 * | `ada/anything.json`       | by the folder's name                                                       |
 * | anything else             | by the id inside the file, and that is flagged: a learner wrote it          |
 *
 * What cannot be read becomes a problem with a sentence; it never stops the others, and nobody gets a zero for it.
 * Not here yet: zips, the names that Moodle and Canvas give, times of handing in.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import Papa from 'papaparse'
import { SUBMISSION_BYTES_MAX, SUBMISSIONS_MAX } from '../limits.ts'
import { ID } from '../schema/assignment.ts'
import { parseSubmission, type Submission, SubmissionError } from '../schema/submission.ts'

/** A line of `roster.csv`. */
export interface Learner {
  readonly id: string
  readonly name: string
}

export interface TakenIn {
  readonly learner: string
  /** Relative to the folder. */
  readonly path: string
  readonly submission: Submission
  readonly flags: readonly string[]
}

export interface Problem {
  readonly path: string
  readonly sentence: string
  /** Whose it seems to be, or ''. */
  readonly learner: string
}

export interface Intake {
  readonly submissions: readonly TakenIn[]
  readonly problems: readonly Problem[]
  /** On the roster, and nothing came. */
  readonly missing: readonly Learner[]
}

/** Reads a roster: a CSV with a column `id` and perhaps `name`. Throws an Error of one sentence. */
export function parseRoster(text: string): readonly Learner[] {
  const { data, meta } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: 'greedy' })
  if (!meta.fields?.includes('id')) throw new Error('the roster has no column "id" in its first line')
  const seen = new Set<string>()
  return data.map((row, i) => {
    const id = normalId(row['id'] ?? '')
    if (!ID.test(id))
      throw new Error(`the roster's line ${i + 2} has the id "${row['id'] ?? ''}"; ids are short names without spaces`)
    if (seen.has(id)) throw new Error(`the roster has the id "${id}" twice, again in line ${i + 2}`)
    seen.add(id)
    return { id, name: row['name'] ?? '' }
  })
}

/** Trimmed, ASCII lower case: as seeds are drawn with. */
export function normalId(text: string): string {
  return text.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** Takes in a folder. Throws only when the folder itself cannot be read. */
export function takeIn(folder: string, roster: readonly Learner[] | undefined): Intake {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !/\.secret\.glassmq\.json$/.test(path))
    .sort()
  const problems: Problem[] = []
  const found: TakenIn[] = []
  for (const path of paths.slice(0, SUBMISSIONS_MAX)) {
    const named = nameOf(path, roster)
    try {
      const taken = readOne(folder, path, named, roster)
      if (taken !== undefined) found.push(taken)
    } catch (error) {
      problems.push({ path, learner: named ?? '', sentence: (error as Error).message })
    }
  }
  if (paths.length > SUBMISSIONS_MAX)
    problems.push({ path: '.', learner: '', sentence: `only the first ${SUBMISSIONS_MAX} files were read` })
  const submissions = onePerLearner(found, problems)
  const missing = (roster ?? []).filter(
    ({ id }) => !submissions.some((one) => one.learner === id) && !problems.some((one) => one.learner === id),
  )
  return { submissions, problems, missing }
}

function readOne(
  folder: string,
  path: string,
  named: string | undefined,
  roster: readonly Learner[] | undefined,
): TakenIn | undefined {
  if (!path.endsWith('.json'))
    throw new SubmissionError('the name does not end in .json: hand in the downloaded file as it is')
  const file = join(folder, path)
  if (statSync(file).size > SUBMISSION_BYTES_MAX)
    throw new SubmissionError(
      `the file is larger than ${SUBMISSION_BYTES_MAX / 1024} KiB, more than a hand-in file can be`,
    )
  const { submission, flags } = parseSubmission(readFileSync(file))
  const inner = normalId(submission.learner?.id ?? '')
  const learner = named ?? inner
  if (!ID.test(learner))
    throw new SubmissionError(
      'neither the file name nor the file says whose it is: name the file after the learner, "ada.json"',
    )
  const all = [...flags]
  if (roster !== undefined && !roster.some(({ id }) => id === learner))
    throw new SubmissionError(`"${learner}" is not on the roster: correct the name of the file, or the roster`)
  if (named === undefined) all.push(`whose it is, only the file itself says ("${inner}")`)
  else if (inner !== '' && inner !== named) all.push(`the file calls its learner "${inner}"`)
  return { learner, path, submission, flags: all }
}

/** The learner a path names: its first folder, or its file name up to "_" or ".". */
function nameOf(path: string, roster: readonly Learner[] | undefined): string | undefined {
  const [first = '', ...rest] = path.split(/[\\/]/)
  const stem = normalId(basename(first).replace(/(\.glassmq)?\.json$/, ''))
  const candidates = rest.length > 0 ? [normalId(first)] : [stem, stem.split('_')[0]!]
  if (roster !== undefined) return candidates.find((name) => roster.some(({ id }) => id === name))
  return candidates.find((name) => ID.test(name))
}

/** Two files of one learner for one lab: the last by name counts, and that is a problem to look at, not to hide. */
function onePerLearner(found: readonly TakenIn[], problems: Problem[]): readonly TakenIn[] {
  const latest = new Map<string, TakenIn>()
  for (const taken of found) {
    const key = `${taken.learner}\n${taken.submission.lab.id}`
    const before = latest.get(key)
    if (before !== undefined)
      problems.push({
        path: before.path,
        learner: taken.learner,
        sentence: `${taken.learner} handed in more than once; ${taken.path} was graded, this one was not`,
      })
    latest.set(key, taken)
  }
  return [...latest.values()]
}
