/** Grading again: after an end at any moment, after a corrected check, after a decision. Nothing is lost, and nothing is run twice. */
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labById } from '../../../labs/find.ts'
import { newAssignment } from '../../../labs/grader/new-assignment.ts'
import { writeSubmission } from '../../../labs/grader/schema/submission.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { KeyedRandom } from '../../../reference/host/sim/random.ts'
import { copyGrader } from '../../support/grader-copy.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temp.ts'

const run = promisify(execFile)
const DIE = join(import.meta.dirname, '../../support/die-at.ts')
const KILLS = 20

/** A copy of the grader, whose modules are compiled and whose checks may be changed. */
let copy: TemporaryFolder
let main = ''
beforeAll(() => {
  copy = temporaryFolder('grader')
  main = copyGrader(copy.path)
})
afterAll(() => copy.remove())

/** A class of two: one has solved the lab, the other has handed in the starter. */
function writeClass(folder: string, labId: string, checks: readonly string[]): void {
  const lab = labById(labId)!
  mkdirSync(join(folder, 'in'), { recursive: true })
  for (const [id, answer] of [
    ['ada', 'solution'],
    ['bob', 'starter'],
  ] as const) {
    const files = [...answerFiles(lab, answer)].map(([path, content]) => ({ path, content }))
    const text = writeSubmission({ lab: { id: lab.id, version: lab.version }, learner: { id }, files })
    writeFileSync(join(folder, 'in', `${id}.json`), text)
  }
  const due = '2026-11-08T23:59:00+01:00'
  const made = newAssignment({
    lab: lab.id,
    id: 'mq',
    publicSeeds: 1,
    hiddenSeeds: 1,
    due,
    late: ['80@2026-11-15T23:59:00+01:00'],
  })
  const value = JSON.parse(made.assignmentText) as { checks: { id: string }[] }
  const few = { ...value, checks: value.checks.filter(({ id }) => checks.includes(id)) }
  writeFileSync(join(folder, 'mq.glassmq.json'), JSON.stringify(few))
  writeFileSync(join(folder, 'mq.secret.glassmq.json'), made.secretText)
  writeFileSync(join(folder, 'timestamps.csv'), 'id,submitted\nada,2026-11-08T12:00:00Z\nbob,2026-11-10T12:00:00Z\n')
}

const gradeArgs = (out: string, ...more: string[]) => [
  ...['grade', 'in', '--assignment', 'mq.glassmq.json', '--timestamps', 'timestamps.csv', '--jobs', '1', '--out', out],
  ...more,
]

/** All files of a report but those that say how it was made. */
function reportBytes(out: string): Readonly<Record<string, string>> {
  const paths = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1))
    .filter((path) => path !== 'run.json' && !path.startsWith('runs/'))
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(out, path), 'utf8')]))
}

const madeIn = (out: string) =>
  (JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { runsMade: number }).runsMade

describe('a grading that is ended with kill -9', () => {
  const seed = 20_261_108
  it(`goes on with the same command, ${KILLS} times, to the same bytes (seed ${seed})`, async () => {
    const folder = temporaryFolder('kill-9')
    try {
      writeClass(folder.path, 'twin-keys', ['twins.newer'])
      const grade = (out: string, dieAt: number) =>
        run(process.execPath, ['--import', DIE, main, ...gradeArgs(out)], {
          cwd: folder.path,
          env: { ...process.env, GLASSMQ_DIE_AT: String(dieAt) },
        }).then(
          () => 'ended',
          (error: { signal?: string; stderr?: string }) => error.signal ?? error.stderr,
        )
      expect(await grade('whole', Number.POSITIVE_INFINITY)).toBe('ended')
      const random = new KeyedRandom(seed).stream('kills')
      // from the first run that is stored to the last file of the report, which has 30 steps and more
      const ends: (string | undefined)[] = []
      for (let i = 0; i < KILLS; i++) ends.push(await grade('out', 4 + random.int(5 + i)))
      expect(ends, 'each was ended').toEqual(new Array(KILLS).fill('SIGKILL'))
      expect(await grade('out', Number.POSITIVE_INFINITY)).toBe('ended')
      expect(reportBytes(join(folder.path, 'out'))).toEqual(reportBytes(join(folder.path, 'whole')))
      expect(madeIn(join(folder.path, 'out')), 'the runs were there').toBe(0)
    } finally {
      folder.remove()
    }
  })
})

describe('a check that was corrected', () => {
  it('costs its own runs; overrides, extensions and instants stay', async () => {
    const folder = temporaryFolder('regrade')
    try {
      writeClass(folder.path, 'roll-over', ['no.waste', 'records.whole'])
      writeFileSync(join(folder.path, 'overrides.csv'), 'id,check,points,comment,hold\nbob,records.whole,1,talked,\n')
      writeFileSync(join(folder.path, 'extensions.csv'), 'id,until\nbob,2026-11-12T23:59:00+01:00\n')
      const out = join(folder.path, 'out')
      const decided = ['--overrides', 'overrides.csv', '--extensions', 'extensions.csv', '--shrink', 'none']
      const grade = () => run(process.execPath, [main, ...gradeArgs('out', ...decided)], { cwd: folder.path })
      await grade()
      expect(madeIn(out)).toBe(2 * 2 * 2)
      const before = reportBytes(out)
      expect(before['grades.csv']).toMatch(/^bob,.*,100,,talked,/m)

      const checks = join(copy.path, 'labs/roll-over/checks.ts')
      const text = readFileSync(checks, 'utf8')
      const changed = text.replace(/(export async function noWaste\(.*\{\n)/, '$1  // read once more\n')
      expect(changed).not.toBe(text)
      writeFileSync(checks, changed)
      await grade()
      expect(madeIn(out), 'two learners, two seeds').toBe(2 * 2)
      const { 'diff.csv': diff, ...after } = reportBytes(out)
      expect(after).toEqual(before)
      expect(diff).toBe('id,lab,check,before,now,cause\n')
    } finally {
      folder.remove()
    }
  })
})
