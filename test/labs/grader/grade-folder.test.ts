/** What an instructor gets from a folder of hand-ins: right points, nothing lost, the same bytes every time. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { labById } from '../../../labs/find.ts'
import { checkAssignment } from '../../../labs/grader/check-assignment.ts'
import { gradeFolder } from '../../../labs/grader/grade-folder.ts'
import { newAssignment } from '../../../labs/grader/new-assignment.ts'
import { replayRun } from '../../../labs/grader/replay-run.ts'
import { parseAssignment, parseSecret } from '../../../labs/grader/schema/assignment.ts'
import { writeResult } from '../../../labs/grader/schema/result.ts'
import { readRunFragment } from '../../../labs/grader/schema/run-link.ts'
import { writeSubmission } from '../../../labs/grader/schema/submission.ts'
import { verifyResult } from '../../../labs/grader/verify.ts'
import { bootHere } from '../../../labs/judge/boot-here.ts'
import { runCheck } from '../../../labs/judge/run-check.ts'
import { publicSeeds } from '../../../labs/judge/seeds.ts'
import { evaluateHere } from '../../../labs/program/evaluate-here.ts'
import { moduleMap } from '../../../labs/program/module-map.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { temporaryFolder } from '../../support/temp.ts'

const lab = labById('lost-address')!

function handIn(id: string, files: ReadonlyMap<string, string>, extra: object = {}): string {
  return writeSubmission({
    lab: { id: lab.id, version: lab.version },
    learner: { id },
    files: [...files].map(([path, content]) => ({ path, content })),
    ...extra,
  })
}

describe('a folder of hand-ins', () => {
  it('is graded: full marks for the solution, less for the starter, a human for what cannot be read', async () => {
    const folder = temporaryFolder('grade')
    try {
      const at = (path: string) => join(folder.path, path)
      mkdirSync(at('in/eve'), { recursive: true })
      const solution = answerFiles(lab, 'solution')
      const inputs: Record<string, string> = {
        'ada.json': handIn('ada', solution),
        'bob_final.json': handIn('bob', answerFiles(lab, 'starter')),
        'eve/handin.json': handIn('mallory', solution, {
          claimed: {
            checks: [
              {
                id: lab.checks[0]!.id,
                verdict: 'failed',
                seed: publicSeeds('mq', lab.checks[0]!.id, 1)[0]!,
                sentence: '',
                trace: '',
              },
            ],
          },
        }),
        'dan.json': handIn('dan', solution).slice(0, 300),
        'gus.json': JSON.stringify({ hello: 1 }),
        'photo.png': 'not really',
      }
      for (const [path, text] of Object.entries(inputs)) writeFileSync(at(`in/${path}`), text)
      const { assignmentText, secretText } = newAssignment({ lab: lab.id, id: 'mq', publicSeeds: 1, hiddenSeeds: 1 })
      const grade = (from: string, out: string) =>
        gradeFolder({
          folder: at(from),
          assignmentText,
          secretText,
          rosterText: 'id,name\nada,Ada\nbob,Bob\ndan,Dan\neve,Eve\nfay,=SUM(A1)\ngus,Gus\n',
          out: at(out),
          jobs: 2,
          progress: () => {},
        })
      const summary = await grade('in', 'out')
      const score = (id: string) => summary.results.find((one) => one.learner === id)?.score
      const max = lab.checks.reduce((sum, check) => sum + check.points, 0)
      expect(score('ada')).toBe(max)
      expect(score('bob')).toBeLessThan(max)
      expect(score('eve'), 'the folder decides whose it is').toBe(max)
      expect(summary.problems.map((one) => one.path)).toEqual(['dan.json', 'gus.json', 'photo.png'])
      expect(summary.missing).toBe(1)
      const eve = summary.results.find((one) => one.learner === 'eve')!
      expect(eve.flags.join()).toMatch(/mallory/)
      expect(eve.flags.join(), 'a claim that differs is flagged').toMatch(/the page said "failed"/)

      const csv = readFileSync(at('out/grades.csv'), 'utf8')
      expect(csv).toMatch(/^ada,Ada,10,10,graded,10,100,,,,,$/m)
      expect(csv).toMatch(/^dan,Dan,,10,unreadable,,100,/m)
      expect(csv, 'no formula reaches a spreadsheet').toMatch(/^fay,'=SUM\(A1\),,10,nothing handed in,,100,,,,,$/m)
      const report = readFileSync(at('out/report.html'), 'utf8')
      for (const wanted of ['dan.json', 'handed in nothing', 'feedback/ada.html', 'What failed'])
        expect(report).toContain(wanted)
      expect(report).toContain('6 files of 5 learners: 3 hand-ins judged, 3 count, 3 files not graded')
      expect(report).not.toContain('<script')
      const bobs = summary.results.find((one) => one.learner === 'bob')!.checks.flatMap((check) => check.seeds)
      const said = bobs.find(({ verdict }) => verdict === 'failed')!.sentence
      expect(report, 'what failed, in the learner’s words').toContain(said.replaceAll("'", '&#39;').slice(0, 60))
      expect(readFileSync(at('out/feedback/bob.html'), 'utf8')).toContain(lab.checks[0]!.promise.replace("'", '&#39;'))

      // the run that failed is a file: the same run, to the last event, wherever it is opened
      const failing = readdirSync(at('out/failing')).filter((name) => name.startsWith('bob.'))
      expect(failing.length).toBeGreaterThan(0)
      expect(report).toContain(`href="failing/${failing[0]}"`)
      const asked = {
        resultText: readFileSync(at(`out/results/bob.${lab.id}.glassmq.json`), 'utf8'),
        submissionBytes: readFileSync(at('in/bob_final.json')),
        book: 'https://book.example/',
      }
      await expect(replayRun({ ...asked, seed: 'h9', check: lab.checks[0]!.id })).rejects.toThrow(
        /no run "h9" of .*; there are p0, h0/,
      )
      const whole = await replayRun(asked)
      expect(whole).toMatchObject({ isSame: true, now: { verdict: 'failed', sentence: said } })
      const replayed = await replayRun({ ...asked, isShort: true })
      expect(replayed).toMatchObject({ isSame: true, now: { verdict: 'failed' } })
      expect(replayed.now.events).toBeLessThanOrEqual(whole.now.events)
      expect(failing.map((name) => readFileSync(at(`out/failing/${name}`), 'utf8'))).toContain(replayed.text)
      expect(replayed.url).toMatch(/^https:\/\/book\.example\/labs\/lost-address\/#run=/)
      expect(readRunFragment(new URL(replayed.url).hash)?.run).toMatchObject({ seed: replayed.now.seed, files: {} })

      // the same command again: nothing is run twice, and what was lost is run once more
      const bytes = () => readdirSync(at('out/results')).map((name) => readFileSync(at(`out/results/${name}`), 'utf8'))
      const first = bytes()
      const all = summary.runs.made + summary.runs.known
      expect((await grade('in', 'out')).runs).toEqual({ made: 0, known: all })
      const [lost, torn, ...kept] = readdirSync(at('out/runs'))
      rmSync(at(`out/runs/${lost}`))
      writeFileSync(at(`out/runs/${torn}`), '{"check":')
      const { made } = (await grade('in', 'out')).runs
      expect(made).toBeGreaterThanOrEqual(2)
      expect(made).toBeLessThanOrEqual(4)
      expect(kept.length).toBeGreaterThan(2)
      expect(bytes()).toEqual(first)

      const run = JSON.parse(readFileSync(at('out/run.json'), 'utf8')) as { runsMade: number; labs: object[] }
      expect(run.labs).toMatchObject([{ lab: lab.id, engineSha256: expect.stringMatching(/^[0-9a-f]{64}$/) }])

      mkdirSync(at('one'))
      writeFileSync(at('one/bob_final.json'), inputs['bob_final.json']!)
      await grade('one', 'again')
      expect(readdirSync(at('again/results')).length).toBe(1)
      for (const name of readdirSync(at('again/results')))
        expect(readFileSync(at(`again/results/${name}`), 'utf8'), name).toBe(
          readFileSync(at(`out/results/${name}`), 'utf8'),
        )
    } finally {
      folder.remove()
    }
  })

  /** Grades one hand-in on public seeds, in a folder that goes when `look` has seen the results. */
  async function gradeOne(
    learner: string,
    files: ReadonlyMap<string, string>,
    seeds: number,
    look: (results: Awaited<ReturnType<typeof gradeFolder>>['results'], assignmentText: string) => Promise<void> | void,
  ): Promise<void> {
    const folder = temporaryFolder('grade-one')
    try {
      writeFileSync(join(folder.path, `${learner}.json`), handIn(learner, files))
      const { assignmentText } = newAssignment({ lab: lab.id, id: 'mq', publicSeeds: seeds, hiddenSeeds: 0 })
      const { results } = await gradeFolder({
        folder: folder.path,
        assignmentText,
        secretText: undefined,
        rosterText: undefined,
        out: join(folder.path, 'out'),
        jobs: 2,
        // shorter runs are shown in shortest.test.ts
        shorten: false,
        progress: () => {},
      })
      await look(results, assignmentText)
    } finally {
      folder.remove()
    }
  }

  it('tries the folder for the report before it judges anything, and says what is wrong with it', async () => {
    const folder = temporaryFolder('grade-out')
    try {
      const at = (path: string) => join(folder.path, path)
      writeFileSync(at('taken'), 'a file')
      const { assignmentText } = newAssignment({ lab: lab.id, id: 'mq', publicSeeds: 1, hiddenSeeds: 0 })
      const grade = (out: string) =>
        gradeFolder({
          folder: folder.path,
          assignmentText,
          secretText: undefined,
          rosterText: undefined,
          out: at(out),
          jobs: 1,
          progress: () => {},
        })
      await expect(grade('taken')).rejects.toThrow(/taken is a file: name a folder/)
      await expect(grade('taken/out')).rejects.toThrow(/nothing can be written to --out/)
      const { problems } = await grade('out')
      expect(
        problems.map(({ path }) => path),
        'its own folder holds no hand-ins',
      ).toEqual(['taken'])
    } finally {
      folder.remove()
    }
  })

  it('is judged by a later version of the lab only when that is accepted, on the same seeds, and the report says so', async () => {
    const folder = temporaryFolder('grade-version')
    try {
      writeFileSync(join(folder.path, 'ada.json'), handIn('ada', answerFiles(lab, 'solution')))
      const pinned = ['both.serve=9f2c41d07a3be5119f2c41d07a3be511']
      const made = newAssignment({ lab: lab.id, id: 'mq', publicSeeds: 1, hiddenSeeds: 1, pinned })
      const value = JSON.parse(made.assignmentText) as { checks: { id: string }[] }
      const few = JSON.stringify({ ...value, checks: value.checks.filter(({ id }) => id === 'both.serve') })
      const grade = (assignmentText: string, acceptVersions: boolean) =>
        gradeFolder({
          folder: folder.path,
          assignmentText,
          secretText: made.secretText,
          rosterText: undefined,
          out: join(folder.path, 'out'),
          jobs: 1,
          acceptVersions,
          progress: () => {},
        })
      const seedsOf = ({ results }: Awaited<ReturnType<typeof grade>>) =>
        results[0]!.checks[0]!.seeds.map(({ seed }) => seed)
      const now = seedsOf(await grade(few, false))
      expect(now).toHaveLength(3)
      const older = few.replace(`"version":"${lab.version}"`, '"version":"0.9.0"')
      await expect(grade(older, false)).rejects.toThrow(/is for version 0\.9\.0 .* or --engine-mismatch accept/)
      const accepted = await grade(older, true)
      expect(seedsOf(accepted)).toEqual(now)
      expect(accepted.runs.made, 'the code is the same').toBe(0)
      const words = `was judged in version ${lab.version}; the assignment was made with 0.9.0`
      expect(accepted.said.join()).toContain(words)
      expect(readFileSync(join(folder.path, 'out/report.html'), 'utf8')).toContain(words)
    } finally {
      folder.remove()
    }
  })

  it('ends an endless loop, which earns nothing; judged again it is the same, and a changed result is noticed', async () => {
    const code = 'export function advertisedAddress(): string { for (;;) {} }'
    const files = new Map(answerFiles(lab, 'solution')).set('advertised-address.ts', code)
    await gradeOne('hal', files, 1, async (results, assignmentText) => {
      expect(results.map(({ learner, score }) => [learner, score])).toEqual([['hal', 0]])
      const stored = writeResult(results[0]!)
      const again = (text: string) =>
        verifyResult(text, new TextEncoder().encode(handIn('hal', files)), assignmentText, undefined)
      expect(await again(stored)).toEqual({ learner: 'hal', runs: lab.checks.length, differences: [] })
      const forged = await again(stored.replace('"score":0,', '"score":1000,'))
      expect(forged.differences.join()).toMatch(/now, and/)
      await expect(again('{}')).rejects.toThrow(/no result of this grader/)
      const other = new TextEncoder().encode(handIn('hal', answerFiles(lab, 'starter')))
      await expect(verifyResult(stored, other, assignmentText, undefined)).rejects.toThrow(
        /not the file that was graded/,
      )
      const more = assignmentText.replaceAll('"public": 1', '"public": 2')
      const own = new TextEncoder().encode(handIn('hal', files))
      await expect(verifyResult(stored, own, more, undefined)).rejects.toThrow(/other runs .* give --reseed/)
      const elsewhere = assignmentText.replace('"id": "mq"', '"id": "mq2"')
      await expect(verifyResult(stored, own, elsewhere, undefined)).rejects.toThrow(
        /of the assignment "mq", and this is "mq2"/,
      )
    })
  })

  it('judges public seeds as the page does, byte for byte', async () => {
    const files = answerFiles(lab, 'wrong/read-only')
    await gradeOne('ada', files, 2, async (results) => {
      const boot = bootHere(lab, moduleMap(), evaluateHere)
      for (const check of results[0]!.checks) {
        const labCheck = lab.checks.find((one) => one.id === check.id)!
        for (const { name, short: _, ...seed } of check.seeds) {
          const here = await runCheck({ lab, check: labCheck, files, seed: seed.seed, boot })
          expect(JSON.stringify({ check: check.id, ...seed }), name).toBe(JSON.stringify(here))
        }
      }
    })
  })
})

describe('an assignment is tried before it is given out', () => {
  const made = newAssignment({ lab: lab.id, id: 'mq', publicSeeds: 1, hiddenSeeds: 0 })
  const oneCheck = (id: string) => {
    const value = JSON.parse(made.assignmentText) as { checks: { id: string }[] }
    return JSON.stringify({ ...value, checks: value.checks.filter((check) => check.id === id) })
  }

  it('is found good when each answer does what the lab says', async () => {
    const { faults, lines, fuel } = await checkAssignment(oneCheck('both.serve'), undefined, () => {})
    expect(faults).toEqual([])
    expect(lines).toContain('lost-address solution: 1 of 1 runs pass')
    expect(lines).toContain('lost-address wrong/read-only: caught by both.serve')
    expect(fuel).toBeGreaterThan(0)
  })

  it('is found bad when a check catches nothing, and when it is of another version', async () => {
    const wrong = lab.wrong
    try {
      Object.assign(lab, { wrong: {} })
      const { faults } = await checkAssignment(oneCheck('both.serve'), undefined, () => {})
      expect(faults).toEqual(['lost-address: check both.serve caught no wrong answer on these seeds'])
    } finally {
      Object.assign(lab, { wrong })
    }
    const other = oneCheck('both.serve').replace(`"version":"${lab.version}"`, '"version":"0.0.1"')
    expect((await checkAssignment(other, undefined, () => {})).faults.join()).toMatch(/is \d.* here, and 0\.0\.1/)
  })
})

describe('assignment files', () => {
  const { assignmentText, secretText } = newAssignment({ lab: lab.id, publicSeeds: 1, hiddenSeeds: 2 })
  const assignment = parseAssignment(assignmentText)
  const changed = (change: (value: Record<string, unknown>) => void) => {
    const value = JSON.parse(assignmentText) as Record<string, unknown>
    change(value)
    return JSON.stringify(value)
  }

  it('a secret opens only the assignment it was made for', () => {
    expect(parseSecret(secretText, assignment).salt).toHaveLength(32)
    const other = newAssignment({ lab: lab.id, publicSeeds: 1, hiddenSeeds: 2 })
    expect(() => parseSecret(other.secretText, assignment)).toThrow(/salt is not the one/)
  })

  it.each([
    ['', /not JSON/],
    ['[1]', /must say "format"/],
    [changed((a) => (a['format'] = 'glassmq-submission/1')), /not "glassmq-submission\/1"/],
    [changed((a) => (a['id'] = '../up')), /wrong at id/],
    [changed((a) => (a['checks'] = [])), /wrong at checks/],
    [changed((a) => ((a['checks'] as { points: number }[])[0]!.points = 1.005)), /two decimals/],
    [changed((a) => ((a['checks'] as { lab: string }[])[0]!.lab = 'other')), /does not list/],
    [changed((a) => (a['extra'] = 1)), /extra/],
    [' '.repeat(70_000), /larger than/],
  ])('a wrong one is refused with a sentence (%#)', (text, sentence) => {
    expect(() => parseAssignment(text)).toThrow(sentence)
  })
})
