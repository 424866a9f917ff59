/** Packs run where their platform runs them: in its tree, by the command that it calls, with the files that it gives. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labById } from '../../../labs/find.ts'
import { newAssignment } from '../../../labs/grader/new-assignment.ts'
import { packAssignment } from '../../../labs/grader/pack/pack.ts'
import type { PackName } from '../../../labs/grader/pack/platforms.ts'
import { writeSubmission } from '../../../labs/grader/schema/submission.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temp.ts'

const lab = labById('roll-over')!
const CHECK = lab.checks.find(({ id }) => id === 'files.end')!
const made = newAssignment({
  lab: lab.id,
  id: 'mq',
  publicSeeds: 1,
  hiddenSeeds: 1,
  due: '2026-11-08T23:59:00+01:00',
  late: ['50@2026-11-15T23:59:00+01:00'],
})
const value = JSON.parse(made.assignmentText) as { checks: { id: string }[] }
const assignmentText = JSON.stringify({ ...value, checks: value.checks.filter(({ id }) => id === CHECK.id) })
const max = CHECK.points / 100

const handIn = (answer: string) =>
  writeSubmission({
    lab: { id: lab.id, version: lab.version },
    learner: { id: 'ada' },
    files: [...answerFiles(lab, answer)].map(([path, content]) => ({ path, content })),
  })

let folder: TemporaryFolder
const at = (path: string) => join(folder.path, path)
beforeAll(() => {
  folder = temporaryFolder('pack')
})
afterAll(() => folder.remove())

function put(path: string, text: string | Uint8Array): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), text)
}

/** Unpacks a pack into a folder. Returns the modes of its files. */
function unpack(platform: PackName, into: string, secretText: string | undefined): ReadonlyMap<string, number> {
  const { zip } = packAssignment(platform, assignmentText, secretText)
  const modes = modesIn(zip)
  for (const [path, bytes] of Object.entries(unzipSync(zip))) {
    put(`${into}/${path}`, bytes)
    chmodSync(at(`${into}/${path}`), modes.get(path)! & 0o777)
  }
  return modes
}

/** Modes of files by their names, from the directory at the end of a zip. */
function modesIn(zip: Uint8Array): ReadonlyMap<string, number> {
  const view = Buffer.from(zip)
  const modes = new Map<string, number>()
  for (let i = view.indexOf('PK\u0001\u0002'); i >= 0; i = view.indexOf('PK\u0001\u0002', i + 4)) {
    const name = view.toString('utf8', i + 46, i + 46 + view.readUInt16LE(i + 28))
    modes.set(name, view.readUInt32LE(i + 38) >>> 16)
  }
  return modes
}

function run(program: string, args: readonly string[], { cwd = '', env = {} } = {}) {
  const node = { GLASSMQ_NODE: process.execPath, GLASSMQ_HOME: at('opt/glassmq') }
  const ended = spawnSync(program, [...args], {
    cwd: at(cwd),
    env: { PATH: process.env['PATH'], ...node, ...env },
    encoding: 'utf8',
  })
  return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr }
}

const json = (path: string) => JSON.parse(readFileSync(at(path), 'utf8')) as Record<string, unknown>

describe('Gradescope', () => {
  const meta = (createdAt: string) =>
    JSON.stringify({ created_at: createdAt, users: [{ email: 'Ada@Uni.example', id: 7 }] })

  it('sets itself up, judges late work with hidden runs, and leaves results.json', () => {
    const modes = unpack('gradescope', 'autograder/source', made.secretText)
    for (const script of ['setup.sh', 'run_autograder']) expect(modes.get(script)! & 0o111, script).toBe(0o111)
    // the platform's harness copies the command and runs the set-up once
    cpSync(at('autograder/source/run_autograder'), at('autograder/run_autograder'))
    expect(run(at('autograder/source/setup.sh'), []), 'set-up').toMatchObject({ status: 0 })
    put('autograder/submission/work/ada.roll-over.glassmq.json', handIn('solution'))
    put('autograder/submission_metadata.json', meta('2026-11-09T12:00:00.123456+01:00'))
    const { status, stdout, stderr } = run(at('autograder/run_autograder'), [])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('the result is in results/results.json')
    const result = json('autograder/results/results.json')
    expect(result).toMatchObject({ score: max / 2, output: 'Handed in late: 50 % of the points count.' })
    expect(JSON.stringify(result)).toContain('Public runs 1 of 1, hidden runs 1 of 1.')
  })

  it('does not judge a hand-in after the last that counts, and keeps the score', () => {
    const earlier = { previous_submissions: [{ score: '0.5' }, { score: '2.0' }, { score: '1.0' }] }
    const said = (attempts: number, pick: string) => {
      const text = JSON.stringify({ ...(JSON.parse(assignmentText) as object), attempts, pick })
      writeFileSync(at('autograder/source/assignment.glassmq.json'), text)
      put('autograder/submission_metadata.json', JSON.stringify({ ...earlier, users: [{ email: 'ada@x' }] }))
      expect(run(at('autograder/run_autograder'), []).status).toBe(0)
      return json('autograder/results/results.json')
    }
    expect(said(2, 'best')).toEqual({
      score: 2,
      output: 'The first 2 hand-ins count. This one is number 4 and was not judged.',
      output_format: 'text',
    })
    expect(said(3, 'latest')).toMatchObject({ score: 1 })
    writeFileSync(at('autograder/source/assignment.glassmq.json'), assignmentText)
  })

  it('leaves no results.json for what cannot be judged: no zero', () => {
    put('autograder/submission/work/ada.roll-over.glassmq.json', '{"format":"glassmq-submission/1"')
    writeFileSync(at('autograder/results/results.json'), '')
    const { status, stdout } = run(at('autograder/run_autograder'), [])
    expect(status).toBe(1)
    expect(stdout).toMatch(/not whole JSON/)
    expect(readFileSync(at('autograder/results/results.json'), 'utf8')).toBe('')
  })
})

describe('PrairieLearn', () => {
  it('judges in its container tree and says what is not gradable', () => {
    unpack('prairielearn', 'question', made.secretText)
    const info = json('question/info.json') as { externalGradingOptions: { entrypoint: string; image: string } }
    expect(info.externalGradingOptions).toMatchObject({ enabled: true, enableNetworking: false })
    // the container has the folder tests of the question under /grade
    cpSync(at('question/tests'), at('grade/tests'), { recursive: true })
    put('grade/student/hand-in.glassmq.json', handIn('starter'))
    put('grade/data/data.json', JSON.stringify({ variant_seed: 123_456, submitted_answers: {} }))
    const [program, ...args] = info.externalGradingOptions.entrypoint.replaceAll('/grade', at('grade')).split(' ')
    expect(run(program!, args)).toMatchObject({ status: 0, stderr: '' })
    const result = json('grade/results/results.json') as { tests: Record<string, unknown>[] }
    expect(result).toMatchObject({ gradable: true, score: 0 })
    expect(result.tests).toMatchObject([{ name: CHECK.title, points: 0, max_points: max }])

    put('grade/student/hand-in.glassmq.json', 'nothing')
    expect(run(program!, args)).toMatchObject({ status: 0 })
    expect(json('grade/results/results.json')).toMatchObject({
      gradable: false,
      format_errors: [expect.stringMatching(/not whole JSON/)],
    })
  })
})

const has = (program: string) => spawnSync(program, ['--version']).status === 0

describe.skipIf(!has('make'))('Autolab', () => {
  it('is called by its Makefile, and the last line is the result', () => {
    unpack('autolab', 'autolab', made.secretText)
    cpSync(at('autolab/autograde-Makefile'), at('autolab/Makefile'))
    put('autolab/handin.json', handIn('solution'))
    const { status, stdout, stderr } = run('make', ['-s'], { cwd: 'autolab' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const last = stdout.trim().split('\n').at(-1)!
    // as the site reads it: every word before a colon becomes a key
    const rewritten = last.replace(/([a-zA-Z0-9]+):/g, '"$1":')
    expect(JSON.parse(rewritten)).toEqual({ scores: { [CHECK.id]: max } })
  })
})

describe.skipIf(!has('python3'))('Classroom 50', () => {
  it('is called in the checkout, judges public runs, and takes its identity from the runner', () => {
    expect(() => packAssignment('classroom50', assignmentText, made.secretText)).toThrow(
      /is public: leave --secret out/,
    )
    const modes = unpack('classroom50', 'autograders/ordering', undefined)
    expect([...modes.keys()].some((path) => /secret\.glassmq/.test(path))).toBe(false)
    put('checkout/lab/hand-in.glassmq.json', handIn('solution'))
    put('checkout/package.json', '{}')
    const env = {
      CLASSROOM: 'mq-2026',
      ASSIGNMENT: 'ordering',
      SUBMISSION_TAG: 'submit/2026-11-01T10-00-00Z-a1b2c3d',
      COMMIT_URL: 'https://x/commit',
      RELEASE_URL: 'https://x/release',
      OWNER: 'ada',
    }
    const called = run('python3', [at('autograders/ordering/autograder.py')], { cwd: 'checkout', env })
    expect(called).toMatchObject({ status: 0, stderr: '' })
    const result = json('checkout/result.json')
    expect(result).toMatchObject({
      schema: 'classroom50/result/v1',
      classroom: 'mq-2026',
      assignment: 'ordering',
      submission: env.SUBMISSION_TAG,
      review: 'https://x/commit',
      datetime: '2026-11-01T10:00:00Z',
      score: max,
      'max-score': max,
      tests: [{ 'test-name': CHECK.id, passed: true, score: max, 'max-score': max }],
    })
    expect(result).not.toHaveProperty('owner')
    put('checkout/lab/hand-in.glassmq.json', 'nothing')
    expect(
      run('python3', [at('autograders/ordering/autograder.py')], { cwd: 'checkout', env }).status,
      'an error, no zero',
    ).toBe(1)
    expect(existsSync(at('checkout/package.json'))).toBe(true)
  })
})
