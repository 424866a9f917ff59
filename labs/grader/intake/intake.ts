/**
 * Says of every file in a folder whose it is, and which file of a learner is graded.
 *
 * | the name                                                 | whose it is                                                 |
 * | -------------------------------------------------------- | ----------------------------------------------------------- |
 * | `ada.json`, `ada.lost-address.glassmq.json`, `ada (1).json` | the file's name says it                                     |
 * | `ada/anything.json`, `ada.zip`                            | the folder's or the zip's name says it                       |
 * | a name that Moodle or Canvas gave                         | the platform says it, and nothing else counts                |
 * | anything else                                             | the file itself says it, and that is flagged                 |
 *
 * Hand-ins for a lab that the assignment does not have are set aside first.
 *
 * A file can only ever grade its own learner: what a name says wins over what a file says of itself, and two files of which
 * only they themselves say whose they are are not graded. Several files of one learner are his attempts, in the order of the
 * times inside; the same files handed in twice are one attempt. Which of them are graded the assignment says (`attempts`,
 * `pick`): the newest when it says nothing. No file is passed over in silence: what cannot be read is a problem with a sentence, it never stops the others, and
 * nobody gets a zero for it.
 */
import { type Assignment, ID } from '../schema/assignment.ts'
import { filesSha256 } from '../schema/canonical-json.ts'
import { parseSubmission, type Submission, SubmissionError, submittedFiles } from '../schema/submission.ts'
import { type FoundFile, readFolder } from './folder-files.ts'
import { copyNumber, hintsOf, isHandInName, plainWord } from './hand-in-name.ts'
import { type Learner, normalId, RosterIndex } from './roster.ts'

/** A hand-in that is graded. */
export interface TakenIn {
  readonly learner: string
  /** Relative to the folder. */
  readonly path: string
  readonly submission: Submission
  readonly flags: readonly string[]
  /** The number of the hand-in among those of the learner for this lab, from 1. */
  readonly attempt: number
  /** When the file was last written on this disk, ms since 1970; undefined for a file in a zip. */
  readonly modifiedMs?: number
  /** How many different hand-ins the learner made for this lab; one when it is left out. */
  readonly handIns?: number
}

/** A file that is not graded. */
export interface Problem {
  readonly path: string
  readonly sentence: string
  /** Whose it seems to be, or ''. */
  readonly learner: string
}

/** A hand-in for something else than the assignment: it is not judged, and counts neither for nor against anybody. */
export interface SetAside {
  readonly path: string
  /** What it was made for, in words: `the lab "roll-over"`. */
  readonly of: string
}

/** All that a folder came to. */
export interface Intake {
  readonly submissions: readonly TakenIn[]
  readonly problems: readonly Problem[]
  /** Files of operating systems and of this grader, which are no hand-ins. */
  readonly ignored: readonly string[]
  /** Hand-ins for another lab, or for another assignment of the same lab. */
  readonly setAside: readonly SetAside[]
  /** The files that are hand-ins for this assignment, or cannot be read, and whose they seem to be (or ''). */
  readonly files: readonly { readonly path: string; readonly learner: string }[]
  /** On the roster, and nothing came. */
  readonly missing: readonly Learner[]
}

/** A file that was read, and who says whose it is. */
interface Read extends TakenIn {
  readonly isNamed: boolean
}

/**
 * Which hand-ins are taken: those for the labs of the assignment, and of one learner how many of the first ones, and whether
 * each of them is graded. Without `labs` every hand-in is taken.
 */
export type CountedHandIns = Partial<Pick<Assignment, 'attempts' | 'pick' | 'labs' | 'id'>>

/** Takes in a folder, or a zip. `ownPaths` are paths in it that are no hand-ins. Throws only when it cannot be read at all. */
export function takeIn(
  folder: string,
  roster: readonly Learner[] | undefined,
  ownPaths: readonly string[] = [],
  counted: CountedHandIns = {},
): Intake {
  const index = roster === undefined ? undefined : new RosterIndex(roster)
  const problems: Problem[] = []
  const found: Read[] = []
  const setAside: SetAside[] = []
  const { files, ignored } = readFolder(folder, ownPaths)
  const zips = new Map<string, number>()
  for (const { path } of files) zips.set(zipOf(path), (zips.get(zipOf(path)) ?? 0) + 1)
  for (const file of files) {
    const owner = ownerOf(file.path, index, zips.get(zipOf(file.path)) === 1)
    try {
      const one = readOne(file, owner, index, counted)
      if ('of' in one) setAside.push(one)
      else found.push(one)
    } catch (error) {
      problems.push({ path: file.path, learner: owner?.learner ?? '', sentence: (error as Error).message })
    }
  }
  const unread = problems.map(({ path, learner }) => ({ path, learner }))
  const own = ofThisAssignment(found, setAside, counted)
  const submissions = ofEachLearner(own, problems, counted)
  const missing = (roster ?? []).filter(
    ({ id }) => !submissions.some((one) => one.learner === id) && !problems.some((one) => one.learner === id),
  )
  const ofLearners = [...own.map(({ path, learner }) => ({ path, learner })), ...unread]
  return { submissions, problems, ignored, setAside, files: ofLearners, missing }
}

/** Whose a file's name says that it is; `said` is the word of a platform that means nobody on the roster. */
function ownerOf(
  path: string,
  index: RosterIndex | undefined,
  isAloneInZip: boolean,
): { readonly learner?: string; readonly said?: string } | undefined {
  const hints = hintsOf(path)
  const platform = hints.filter(({ by }) => by === 'platform')
  if (index !== undefined) {
    const known = hints.map(({ who }) => index.find(who)).find((one) => one !== undefined)
    if (known !== undefined) return { learner: known }
    return platform.length > 0 ? { said: platform.map(({ who }) => who).join(' ') } : undefined
  }
  if (platform.length > 0)
    return {
      learner: plainWord(
        platform
          .map(({ who }) => who)
          .reverse()
          .join('-'),
      ),
    }
  // a zip of one file is one learner's; a zip of many is a class
  const words = hints.filter(({ by }) => by !== 'zip' || isAloneInZip).map(({ who }) => normalId(who))
  const learner = words.find((who) => ID.test(who))
  return learner === undefined ? undefined : { learner }
}

function zipOf(path: string): string {
  return /^.*?\.zip(?=\/)/i.exec(path)?.[0] ?? ''
}

function readOne(
  file: FoundFile,
  owner: ReturnType<typeof ownerOf>,
  index: RosterIndex | undefined,
  { labs }: CountedHandIns,
): Read | SetAside {
  if (file.fault !== undefined) throw new SubmissionError(`the file ${file.fault}`)
  if (!isHandInName(file.path))
    throw new SubmissionError('the name does not end in .json: hand in the downloaded file as it is')
  const { submission, flags } = parseSubmission(file.bytes)
  const { id: labId } = submission.lab
  if (labs?.every(({ lab }) => lab !== labId) === true) return { path: file.path, of: `the lab "${labId}"` }
  if (owner?.said !== undefined)
    throw new SubmissionError(
      `the platform names its owner "${owner.said}", who is not on the roster: add the name, canvas_id or moodle_participant there`,
    )
  const inner = submission.learner?.id ?? ''
  const claimed = index?.find(inner) ?? (index === undefined ? normalId(inner) : undefined)
  const learner = owner?.learner ?? claimed
  if (learner === undefined && inner !== '')
    throw new SubmissionError(`"${inner}" is not on the roster: correct the name of the file, or the roster`)
  if (learner === undefined || !ID.test(learner))
    throw new SubmissionError(
      'neither the file name nor the file says whose it is: name the file after the learner, "ada.json"',
    )
  const all = [...flags]
  if (owner?.learner === undefined) all.push(`whose it is, only the file itself says ("${inner}")`)
  else if (inner !== '' && claimed !== learner) all.push(`the file calls its learner "${inner}"`)
  const time = file.modifiedMs === undefined ? {} : { modifiedMs: file.modifiedMs }
  return {
    learner,
    path: file.path,
    submission,
    flags: all,
    attempt: 1,
    isNamed: owner?.learner !== undefined,
    ...time,
  }
}

/**
 * Without the hand-ins for another assignment of the same lab, where the learner has one for this assignment too. When it is
 * all there is, it is taken, and flagged when it is graded: the learner may have worked with an old link.
 */
function ofThisAssignment(found: readonly Read[], setAside: SetAside[], { id }: CountedHandIns): readonly Read[] {
  const isOther = ({ submission }: Read) => id !== undefined && (submission.assignment?.id ?? id) !== id
  return found.filter((one) => {
    const isReplaced =
      isOther(one) &&
      found.some(
        (other) =>
          other.learner === one.learner && other.submission.lab.id === one.submission.lab.id && !isOther(other),
      )
    if (isReplaced) setAside.push({ path: one.path, of: `the assignment "${one.submission.assignment!.id}"` })
    return !isReplaced
  })
}

/** The files of each learner for each lab that are graded. */
function ofEachLearner(found: readonly Read[], problems: Problem[], counted: CountedHandIns): readonly TakenIn[] {
  const groups = new Map<string, Read[]>()
  for (const one of found) {
    const key = `${one.learner}\n${one.submission.lab.id}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()].flatMap((group) => chosen(group, problems, counted))
}

function chosen(
  group: readonly Read[],
  problems: Problem[],
  { attempts, pick = 'latest' }: CountedHandIns,
): readonly TakenIn[] {
  const refuse = (one: Read, sentence: string) => problems.push({ path: one.path, learner: one.learner, sentence })
  const named = group.filter(({ isNamed }) => isNamed)
  const doubtful = group.filter(({ isNamed }) => !isNamed)
  if (named.length > 0) {
    for (const one of doubtful)
      refuse(
        one,
        `${named[0]!.path} was graded; this file says of itself that it is ${one.learner}’s, and nothing else does: when it is, put it into a folder "${one.learner}/" or name it "${copyName(named)}"; else remove it`,
      )
  } else if (new Set(doubtful.map(({ submission }) => filesSha256(submittedFiles(submission)))).size > 1) {
    for (const one of doubtful)
      refuse(
        one,
        `${doubtful.length} different files say they are ${one.learner}’s, and nothing else does: name the right one after the learner`,
      )
    return []
  }
  const all = (named.length > 0 ? named : doubtful).toSorted(newestFirst).reverse()
  const distinct = all.filter((one, i) => !all.slice(i + 1).some((later) => hasSameFiles(one, later)))
  const counting = distinct.slice(0, attempts ?? undefined)
  const wanted = pick === 'latest' ? counting.slice(-1) : counting
  const notes: string[] = []
  if (distinct.length > counting.length)
    notes.push(
      `${distinct.length} hand-ins, of which the first ${counting.length} count: not graded ${pathsOf(distinct.slice(counting.length))}${pick === 'latest' && counting.length > 1 ? `; of the others, ${pathsOf(wanted)} was graded` : ''}`,
    )
  else if (pick === 'latest' && all.length > 1)
    notes.push(
      `handed in ${all.length} times: ${pathsOf(wanted)} was graded, not ${pathsOf(all.filter((one) => !wanted.includes(one)).reverse())}`,
    )
  return wanted.map(({ isNamed: _, ...taken }) => ({
    ...taken,
    attempt: distinct.findIndex(({ path }) => path === taken.path) + 1,
    handIns: distinct.length,
    flags: [...taken.flags, ...notes],
  }))
}

/** A name as a browser gives it to a learner's further file: one that no file has. */
function copyName(named: readonly Read[]): string {
  const stem = named[0]!.path.replace(/^.*\//, '').replace(/( \(\d+\))?\.json$/i, '')
  const most = Math.max(...named.map(({ path }) => copyNumber(path)))
  return `${stem} (${Math.max(0, most) + 1}).json`
}

function hasSameFiles(a: Read, b: Read): boolean {
  return filesSha256(submittedFiles(a.submission)) === filesSha256(submittedFiles(b.submission))
}

function pathsOf(ones: readonly TakenIn[]): string {
  return ones.map((one) => `${one.path}${when(one)}`).join(', ')
}

/** By the time inside; then by the number that a browser gives to a copy; then by name. */
function newestFirst(a: Read, b: Read): number {
  const [x, y] = [instantOf(a), instantOf(b)]
  if (x !== y) return x < y ? 1 : -1
  return copyNumber(b.path) - copyNumber(a.path) || (a.path < b.path ? 1 : -1)
}

function when(one: TakenIn): string {
  const instant = instantOf(one)
  return instant === '' ? '' : ` (${instant})`
}

/** When the page says that it wrote the file, in UTC; '' when it does not say so. Texts of this form sort like times. */
function instantOf({ submission }: TakenIn): string {
  const at = submission.client?.exportedAt ?? ''
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(at) ? at : ''
}
