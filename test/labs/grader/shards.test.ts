/** A class graded on three machines is the class graded on one; what is not all of it, once, is refused. And judging ends in time. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labById } from '../../../labs/find.ts'
import type { Shard } from '../../../labs/grader/batch/shard.ts'
import { type GradeFolderOptions, gradeFolder } from '../../../labs/grader/grade-folder.ts'
import { newAssignment } from '../../../labs/grader/new-assignment.ts'
import { writeSubmission } from '../../../labs/grader/schema/submission.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temp.ts'

const lab = labById('twin-keys')!
const CHECK = 'twins.newer'
/** One learner in each share of three. */
const CLASS = { bob: 'starter', ada: 'solution', cyd: 'solution' } as const

let folder: TemporaryFolder
const at = (path: string) => join(folder.path, path)
beforeAll(() => {
  folder = temporaryFolder('shards')
  mkdirSync(at('in'))
  for (const [id, answer] of Object.entries(CLASS)) {
    const files = [...answerFiles(lab, answer)].map(([path, content]) => ({ path, content }))
    const text = writeSubmission({ lab: { id: lab.id, version: lab.version }, learner: { id }, files })
    writeFileSync(at(`in/${id}.json`), text)
  }
})
afterAll(() => folder.remove())

function made(id: string) {
  const { assignmentText, secretText } = newAssignment({ lab: lab.id, id, publicSeeds: 1, hiddenSeeds: 1 })
  const value = JSON.parse(assignmentText) as { checks: { id: string }[] }
  const checks = value.checks.filter((check) => check.id === CHECK)
  return { assignmentText: JSON.stringify({ ...value, checks }), secretText }
}

const assignment = made('mq')

const grade = (out: string, options: Partial<GradeFolderOptions> = {}) =>
  gradeFolder({
    folder: at('in'),
    ...assignment,
    rosterText: `id,name\n${Object.keys(CLASS)
      .map((id) => `${id},${id}\n`)
      .join('')}`,
    out: at(out),
    jobs: 2,
    isolate: 'none',
    progress: () => {},
    ...options,
  })

/** All files of a report but those that say how it was made. */
function reportBytes(out: string): Readonly<Record<string, string>> {
  const paths = readdirSync(at(out), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(at(out).length + 1))
    .filter((path) => path !== 'run.json' && !path.startsWith('runs/'))
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(at(out), path), 'utf8')]))
}

const SHARES: readonly Shard[] = [1, 2, 3].map((k) => ({ k, n: 3 }))
const outs = SHARES.map(({ k }) => `out-${k}`)

describe('three shares of a class', () => {
  it('merged are byte for byte what one machine writes, and nothing is judged again', async () => {
    await grade('whole')
    for (const shard of SHARES) expect((await grade(`out-${shard.k}`, { shard })).graded).toBe(1)
    const merged = await grade('merged', { merge: outs.map(at) })
    expect(merged.runs, 'three learners, two seeds').toEqual({ made: 0, known: 3 * 2 })
    expect(reportBytes('merged')).toEqual(reportBytes('whole'))
  })

  it.each<[string, () => readonly string[], RegExp]>([
    ['one is missing', () => ['out-1', 'out-3'], /--merge lacks share 2\/3: give the report of each share/],
    ['one is there twice', () => [...outs, 'out-2'], /out-2 and .*out-2 are both share 2\/3: give each share once/],
    ['one is a report of everybody', () => ['out-1', 'whole'], /out-1 is share 1\/3, and .*whole is no share/],
    ['it is everybody, twice', () => ['whole', 'whole'], /is a report of the whole class: merge it alone/],
    ['one has not ended', () => ['out-1', unfinished()], /unfinished has no run.json: its grading has not ended/],
    ['one is of other shares', () => ['out-1', edited({ shard: '2/4' })], /edited is 2\/4: all must be shares of 3/],
    ['one is of another assignment', () => [edited({ assignment: 'el' })], /is of the assignment "el"; this is "mq"/],
    ['one had another salt', () => [edited({ saltCommitment: 'sha256:0' })], /graded with another salt/],
    ['one had no secret', () => [edited({ isHidden: false })], /without hidden runs, and this is with them/],
    ['one had another judge', () => [edited({ labs: [] })], /with other code of lab "twin-keys": use one version/],
    ['one is no record', () => [edited({ labs: 7 })], /is not one that this version writes/],
  ])('are refused before anything is judged when %s', async (_what, merge, sentence) => {
    await expect(grade('refused', { merge: merge().map(at) })).rejects.toThrow(sentence)
  })

  /** A share that was ended before its report was there. */
  function unfinished(): string {
    mkdirSync(at('unfinished/runs'), { recursive: true })
    return 'unfinished'
  }

  /** The second share, whose record says something else. */
  function edited(fields: object): string {
    rmSync(at('edited'), { recursive: true, force: true })
    cpSync(at('out-2'), at('edited'), { recursive: true })
    const record = JSON.parse(readFileSync(at('out-2/run.json'), 'utf8')) as object
    writeFileSync(at('edited/run.json'), JSON.stringify({ ...record, ...fields }))
    return 'edited'
  }
})

describe('a deadline', () => {
  it('leaves what is not judged then without a score, and the same command judges it later', async () => {
    const options = { shard: { k: 1, n: 3 } }
    const late = await grade('in-time', { ...options, deadlineMs: 1 })
    expect(late).toMatchObject({ graded: 0, unjudged: 1, runs: { known: 0 } })
    const [result] = late.results
    expect(result!.score, 'no zero').toBeNull()
    expect(result!.checks[0]!.seeds.map(({ verdict, reason }) => `${verdict}: ${reason}`)).toEqual(
      new Array(2).fill('could-not-judge: wall-clock'),
    )
    expect(readFileSync(at('in-time/grades.csv'), 'utf8')).toMatch(
      new RegExp(`^${result!.learner},.*could not be judged`, 'm'),
    )
    expect(await grade('in-time', options)).toMatchObject({ graded: 1, unjudged: 0 })
    const file = `results/bob.${lab.id}.glassmq.json`
    expect(reportBytes('in-time')[file]).toBe(reportBytes('out-1')[file])
  })
})
