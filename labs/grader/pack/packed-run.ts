/**
 * What runs on a platform: finds the hand-in where the platform puts it, judges it as `mq grade` does, and leaves the result
 * where the platform looks for it.
 *
 * | platform     | the hand-in               | whose it is, and when it came        | the result                     |
 * | ------------ | ------------------------- | ------------------------------------ | ------------------------------ |
 * | gradescope   | `submission/`              | `submission_metadata.json`            | `results/results.json`          |
 * | prairielearn | `student/`                 | `data/data.json`: the variant's seed  | `results/results.json`          |
 * | autolab      | the file that is named     | the file itself says it               | the last line of stdout         |
 * | classroom50  | the checkout of the learner | `OWNER`                              | `result.json` in that checkout  |
 *
 * What nobody could judge leaves no score anywhere: Gradescope and Classroom 50 get no file and a failed program, Autolab a
 * line of words, PrairieLearn `gradable: false`. Public runs only, when the pack holds no secret.
 *
 * Run as `node packed-run.ts <platform> <root> [file]`; the assignment and its secret lie in the folder of this pack.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ChildUser } from '../batch/isolation.ts'
import { type GradeSummary, gradeFolder } from '../grade-folder.ts'
import { normalId } from '../intake/roster.ts'
import { ID, parseAssignment } from '../schema/assignment.ts'
import { type PackPlatform, packPlatform } from './platforms.ts'

/** Files of a hand-in that are looked at, and how deep they may lie. */
const FILES_MAX = 200
const DEPTH_MAX = 4

/** What a platform says beside the hand-in. */
interface Given {
  readonly folder: string
  /** '' when the hand-in itself must say it. */
  readonly learner: string
  /** When it came, RFC 3339; undefined: nothing is late. */
  readonly submitted?: string | undefined
  /** The scores of earlier hand-ins, oldest first, where the platform says them. */
  readonly earlier?: readonly (number | undefined)[]
}

async function main([name = '', root = '', file = '']: readonly string[]): Promise<number> {
  const platform = packPlatform(name)
  const pack = process.env['GLASSMQ_PACK'] ?? root
  const given = givenBy(platform, root, file)
  const tooMany = beyondAttempts(pack, given)
  if (tooMany !== undefined)
    return tooMany.score === undefined
      ? fail(platform, root, tooMany.output)
      : leave(platform, root, `${JSON.stringify({ ...tooMany, output_format: 'text' }, null, 2)}\n`)
  const work = mkdtempSync(join(tmpdir(), 'glassmq-'))
  try {
    const found = collect(given.folder, join(work, 'in'), given.learner)
    if (found === 0) return fail(platform, root, 'no file that ends in .json was handed in')
    const summary = await judge(platform, pack, work, given)
    const [one] = summary.results
    const learner = one?.learner ?? ''
    const result = join(work, 'out/lms', `${learner}.${platform.end}`)
    for (const { path, sentence } of summary.problems) console.log(`${path} - ${sentence}`)
    if (one === undefined) return fail(platform, root, summary.problems[0]?.sentence ?? otherWords(summary))
    if (!existsSync(result)) {
      const reasons = one.checks.flatMap(({ seeds }) => seeds).filter(({ verdict }) => verdict === 'could-not-judge')
      return fail(platform, root, `it could not be judged - ${reasons[0]?.sentence ?? one.flags.join(', ')}`)
    }
    return leave(platform, root, readFileSync(result, 'utf8'))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function givenBy(platform: PackPlatform, root: string, file: string): Given {
  switch (platform.name) {
    case 'gradescope': {
      const meta = jsonIn(join(root, 'submission_metadata.json')) as {
        created_at?: unknown
        users?: { email?: unknown }[]
        previous_submissions?: { score?: unknown }[]
      }
      const submitted = typeof meta.created_at === 'string' ? meta.created_at : undefined
      const earlier = (meta.previous_submissions ?? []).map(({ score }) =>
        score === null || Number.isNaN(Number(score)) ? undefined : Number(score),
      )
      return { folder: join(root, 'submission'), learner: idOf(meta.users?.[0]?.email), submitted, earlier }
    }
    case 'prairielearn': {
      const data = jsonIn(join(root, 'data/data.json')) as { variant_seed?: unknown }
      return { folder: join(root, 'student'), learner: `variant-${idOf(String(data.variant_seed ?? '0'))}` }
    }
    case 'autolab':
      return { folder: file === '' ? root : join(root, file), learner: '' }
    case 'classroom50':
      return { folder: root, learner: idOf(process.env['OWNER'] ?? process.env['USERNAME']) }
  }
}

/** Why there is nothing to judge: a file for something else, or none. */
function otherWords({ setAside: [other] }: GradeSummary): string {
  return other === undefined ? 'nothing was handed in' : `the file is for ${other.of}, not for this assignment`
}

/** A hand-in after the last that counts is not judged: hidden runs are no oracle. The score stays what it was. */
function beyondAttempts(
  pack: string,
  { earlier = [] }: Given,
): { readonly score: number | undefined; readonly output: string } | undefined {
  const { attempts, pick } = parseAssignment(readFileSync(join(pack, 'assignment.glassmq.json'), 'utf8'))
  if (attempts === undefined || attempts === null || earlier.length < attempts) return undefined
  const counting = earlier.slice(0, attempts)
  const known = counting.filter((score) => score !== undefined)
  const score = pick === 'best' && known.length > 0 ? Math.max(...known) : counting.at(-1)
  return {
    score,
    output: `The first ${attempts} hand-ins count. This one is number ${earlier.length + 1} and was not judged.`,
  }
}

function idOf(value: unknown): string {
  const id = typeof value === 'string' ? normalId(value) : ''
  return ID.test(id) ? id : ''
}

function jsonIn(path: string): object {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as object
  } catch {
    return {}
  }
}

/** Copies the JSON files of a hand-in to where the grader takes them in. Returns how many there are. */
function collect(from: string, into: string, learner: string): number {
  mkdirSync(into, { recursive: true })
  if (!existsSync(from)) return 0
  const paths = statSync(from).isFile() ? [from] : jsonFiles(from, DEPTH_MAX)
  const wanted = paths.filter((path) => readFileSync(path, 'utf8').includes('glassmq-submission/1')).slice(0, FILES_MAX)
  const target = join(into, learner === '' ? innerId(wanted[0]) : learner)
  mkdirSync(target, { recursive: true })
  for (const [i, path] of (wanted.length > 0 ? wanted : paths.slice(0, 1)).entries())
    writeFileSync(join(target, `${i}.glassmq.json`), readFileSync(path))
  return paths.length
}

/** Whose a hand-in says that it is; `learner` when it does not say it. */
function innerId(path: string | undefined): string {
  const { learner } = path === undefined ? {} : (jsonIn(path) as { learner?: { id?: unknown } })
  return idOf(learner?.id) || 'learner'
}

function jsonFiles(folder: string, depth: number): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory())
        return depth === 0 || /^(\.git|node_modules)$/.test(entry.name) ? [] : jsonFiles(path, depth - 1)
      return entry.isFile() && /\.json$/i.test(entry.name) ? [path] : []
    })
    .slice(0, FILES_MAX)
}

function judge(
  platform: PackPlatform,
  pack: string,
  work: string,
  { learner, submitted }: Given,
): Promise<GradeSummary> {
  const secret = join(pack, 'assignment.secret.glassmq.json')
  const isTimed = submitted !== undefined && learner !== ''
  const text = readFileSync(join(pack, 'assignment.glassmq.json'), 'utf8')
  const timestamps = isTimed ? { tables: { timestamps: `id,submitted\n${learner},${submitted}\n` } } : {}
  const user = childUser()
  return gradeFolder({
    folder: join(work, 'in'),
    assignmentText: isTimed ? text : withoutDates(text),
    secretText: existsSync(secret) ? readFileSync(secret, 'utf8') : undefined,
    rosterText: undefined,
    ...timestamps,
    exports: { formats: [platform.name] },
    out: join(work, 'out'),
    jobs: 1,
    deadlineMs: platform.deadlineMs,
    ...(user === undefined ? {} : { childUser: user }),
    progress: () => {},
  })
}

/** Without a time from the platform nothing is late: the date of the copied file is the time of judging. */
function withoutDates(assignmentText: string): string {
  const { due: _, credit: __, ...rest } = JSON.parse(assignmentText) as Record<string, unknown>
  return JSON.stringify(rest)
}

/** The user that the set-up of a platform has made for judging. */
function childUser(): ChildUser | undefined {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(process.env['GLASSMQ_CHILD_USER'] ?? '') ?? []
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) }
}

/** Puts the result where the platform looks for it. */
function leave({ name, result }: PackPlatform, root: string, text: string): number {
  if (result === '') {
    console.log(text.trimEnd())
    return 0
  }
  const path = join(root, result)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, name === 'classroom50' ? withIdentity(text) : text)
  console.log(`the result is in ${result}`)
  return 0
}

/** What the runner of Classroom 50 knows of the submission; it stamps owner and kind itself. */
function withIdentity(text: string): string {
  const {
    CLASSROOM = '',
    ASSIGNMENT = '',
    SUBMISSION_TAG = '',
    COMMIT_URL = '',
    RELEASE_URL = '',
    REVIEW_URL = '',
  } = process.env
  // submit/2026-11-01T10-00-00Z-a1b2c3d: the instant that a regrade does not move
  const [, day, hour, minute, second] = /(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z/.exec(SUBMISSION_TAG) ?? []
  const gradedAt = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const identity = {
    classroom: CLASSROOM,
    assignment: ASSIGNMENT,
    submission: SUBMISSION_TAG,
    commit: COMMIT_URL,
    release: RELEASE_URL,
    review: REVIEW_URL === '' ? COMMIT_URL : REVIEW_URL,
    datetime: day === undefined ? gradedAt : `${day}T${hour}:${minute}:${second}Z`,
    graded_at: gradedAt,
  }
  const { schema, ...rest } = JSON.parse(text) as { schema: string }
  return `${JSON.stringify({ schema, ...identity, ...rest }, null, 2)}\n`
}

/** Says why there is no score, in the way that the platform does not take for a zero. */
function fail({ name, result }: PackPlatform, root: string, sentence: string): number {
  console.log(sentence.replaceAll(':', ' -'))
  if (name !== 'prairielearn') return 1
  const path = join(root, result)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify({ gradable: false, format_errors: [sentence] }, null, 2)}\n`)
  return 0
}

process.exitCode = await main(process.argv.slice(2))
