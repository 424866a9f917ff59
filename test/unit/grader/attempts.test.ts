/** Several hand-ins of a learner: which are judged, which gives the grade; and seeds that an instructor has pinned. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { labById } from '../../../labs/find.ts'
import { gradeBatch } from '../../../labs/grader/batch/grade-batch.ts'
import type { RunStore } from '../../../labs/grader/batch/run-store.ts'
import { NO_DECISIONS } from '../../../labs/grader/grades/final-grades.ts'
import { type HandInTimes, NO_TIMES, parseHandInTimes } from '../../../labs/grader/grades/instructor-tables.ts'
import { attemptsCsv, pickAttempts } from '../../../labs/grader/grades/pick-attempts.ts'
import { type CountedHandIns, type TakenIn, takeIn } from '../../../labs/grader/intake/intake.ts'
import { newAssignment } from '../../../labs/grader/new-assignment.ts'
import { type PickOf, parseAssignment, parseSecret, pinSeed } from '../../../labs/grader/schema/assignment.ts'
import { assignmentFragment, readAssignmentFragment } from '../../../labs/grader/schema/assignment-link.ts'
import type { GradedSubmission } from '../../../labs/grader/schema/result.ts'
import { parseSubmission, writeSubmission } from '../../../labs/grader/schema/submission.ts'
import { publicSeeds } from '../../../labs/judge/seeds.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { pointsWords } from '../../../site/labs/assigned-words.ts'
import { temporaryFolder } from '../../support/temp.ts'

const lab = labById('roll-over')!
const PINNED = '9f2c41d07a3be5119f2c41d07a3be511'

const handIn = (body: string, day: number) =>
  writeSubmission({
    lab: { id: lab.id, version: lab.version },
    files: [{ path: 'a.ts', content: body }],
    client: { exportedAt: `2026-11-0${day}T10:00:00Z` },
  })

/** The hand-ins of one learner that are judged: one on each day, `bodies` say what is in them. */
function judged(bodies: string, counted: CountedHandIns): { readonly paths: string; readonly flags: string } {
  const folder = temporaryFolder('attempts')
  try {
    mkdirSync(join(folder.path, 'ada'))
    for (const [i, body] of [...bodies].entries())
      writeFileSync(join(folder.path, `ada/${i + 1}.json`), handIn(body, i + 1))
    const { submissions, problems } = takeIn(folder.path, undefined, [], counted)
    expect(problems).toEqual([])
    const paths = submissions.map(({ path, attempt }) => `${path.slice(4, 5)}#${attempt}`)
    return { paths: paths.join(' '), flags: submissions.flatMap(({ flags }) => flags).join() }
  } finally {
    folder.remove()
  }
}

describe('of three hand-ins', () => {
  it.each<[string, CountedHandIns, string]>([
    ['abc', {}, '3#3'],
    ['abc', { pick: 'best' }, '1#1 2#2 3#3'],
    ['abc', { pick: 'all' }, '1#1 2#2 3#3'],
    ['abc', { attempts: 2 }, '2#2'],
    ['abc', { attempts: 2, pick: 'best' }, '1#1 2#2'],
    ['aab', { attempts: 1 }, '2#1'],
    ['aba', { pick: 'best' }, '2#1 3#2'],
  ])('of %s, with %j, these are judged: %s', (bodies, counted, wanted) => {
    expect(judged(bodies, counted).paths).toBe(wanted)
  })

  it('what does not count is said', () => {
    expect(judged('abc', { attempts: 2 }).flags).toMatch(
      /3 hand-ins, of which the first 2 count: not graded ada\/3\.json/,
    )
  })
})

describe('the grade', () => {
  const made = (pick: PickOf) =>
    parseAssignment(
      newAssignment({
        lab: lab.id,
        publicSeeds: 1,
        hiddenSeeds: 0,
        pick,
        due: '2026-11-02T00:00:00Z',
        late: ['50@2026-11-09T00:00:00Z'],
      }).assignmentText,
    )
  const dayMs = (day: number) => Date.UTC(2026, 10, day)
  const taken = (attempt: number, day: number): TakenIn => ({
    learner: 'ada',
    path: `${attempt}.json`,
    submission: parseSubmission(handIn('a', 1)).submission,
    flags: [],
    attempt,
    modifiedMs: dayMs(day),
  })
  const graded = (score: number | null) =>
    ({
      learner: 'ada',
      lab: { id: lab.id, version: '1' },
      score,
      max: 1_000,
      checks: [],
      flags: [],
    }) as unknown as GradedSubmission
  const counting = (
    pick: PickOf,
    handIns: readonly (readonly [score: number | null, day: number])[],
    times: HandInTimes = NO_TIMES,
  ) =>
    pickAttempts(
      made(pick),
      handIns.map(([, day], i) => taken(i + 1, day)),
      handIns.map(([score]) => graded(score)),
      NO_DECISIONS,
      times,
    )
  const numbers = (...args: Parameters<typeof counting>) =>
    counting(...args)
      .filter(({ counts }) => counts)
      .map(({ taken: { attempt } }) => attempt)

  it('is that of the newest, or of the one that is worth most after lateness', () => {
    expect(
      numbers('all', [
        [900, 1],
        [300, 1],
      ]),
    ).toEqual([2])
    expect(
      numbers('best', [
        [900, 1],
        [300, 1],
      ]),
    ).toEqual([1])
    expect(
      numbers('best', [
        [600, 1],
        [1_000, 5],
      ]),
      'late: half of 1,000 is less than 600',
    ).toEqual([1])
    expect(
      numbers('best', [
        [600, 1],
        [600, 1],
      ]),
      'of equals the newest',
    ).toEqual([2])
  })

  it('names a hand-in that could not be judged beside the one that counts', () => {
    const all = counting('best', [
      [null, 1],
      [300, 1],
    ])
    expect(all.find(({ counts }) => counts)?.graded.flags.join()).toMatch(
      /1\.json could not be judged, and may be worth more/,
    )
    expect(attemptsCsv(all)).toBe(
      'id,lab,attempt,file,score,max,percent,counts,submitted\nada,roll-over,1,1.json,,10,100,,2026-11-01T00:00:00.000Z\nada,roll-over,2,2.json,3,10,100,yes,2026-11-01T00:00:00.000Z\n',
    )
  })

  it('is late by the time of its own file; one time for several hand-ins is flagged', () => {
    const both = [
      [1_000, 9],
      [200, 9],
    ] as const
    const of = (table: string) => {
      const one = counting('best', both, parseHandInTimes(table)).find(({ counts }) => counts)!
      return { percent: one.percent, attempt: one.taken.attempt, flags: one.timeFlag }
    }
    const each = of('id,submitted,file\nada,2026-11-01T10:00:00Z,1.json\nada,2026-11-05T10:00:00Z,2.json\n')
    expect(each).toMatchObject({ percent: 100, attempt: 1 })
    expect(each.flags).toBe('')
    expect(of('id,submitted\nada,2026-11-05T10:00:00Z\n')).toMatchObject({
      percent: 50,
      flags: expect.stringMatching(/2 hand-ins and one time only/),
    })
  })

  it('learners are told which one counts', () => {
    const words = (attempts: number | undefined, pick: PickOf) => {
      const { assignment } = newAssignment({ lab: lab.id, publicSeeds: 1, hiddenSeeds: 2, attempts, pick })
      const link = assignmentFragment(assignment)
      const read = readAssignmentFragment('fragment' in link ? link.fragment : '')
      return pointsWords(read!.assignment!, lab.id)
    }
    expect(words(undefined, 'latest')).toBe('10 points; 2 hidden runs a check when it is graded')
    expect(words(3, 'best')).toMatch(/; you may hand in 3 times, and the best one counts$/)
    expect(words(1, 'latest')).toMatch(/; you may hand in once$/)
  })
})

describe('a pinned seed', () => {
  const check = lab.checks[0]!.id
  const { assignmentText, secretText } = newAssignment({
    lab: lab.id,
    id: 'mq',
    publicSeeds: 1,
    hiddenSeeds: 1,
    pinned: [`${check}=${PINNED}`],
  })
  const assignment = parseAssignment(assignmentText)

  /** The seeds of the check's runs, asked of a store that knows them all. */
  async function seedsOf(slot: number): Promise<readonly string[]> {
    const asked: string[] = []
    const store: RunStore = {
      get: ({ check: of, seed }) => {
        if (of === check) asked.push(seed)
        return { check: of, seed, verdict: 'passed', reason: '', sentence: '', atMs: 0, events: 0, trace: '' }
      },
      put: () => {},
    }
    const text = writeSubmission({
      lab: { id: lab.id, version: lab.version },
      files: [...answerFiles(lab, 'starter')].map(([path, content]) => ({ path, content })),
    })
    const { submission } = parseSubmission(text)
    const [result] = await gradeBatch({
      assignment,
      hidden: parseSecret(secretText, assignment),
      submissions: [{ learner: 'ada', path: '', submission, flags: [], attempt: 1 }],
      slots: new Map([['ada', slot]]),
      modules: () => ({}),
      starter: (of) => answerFiles(of, 'starter'),
      jobs: 1,
      store,
      onRun: () => {},
      onGraded: () => {},
    })
    expect(result!.checks[0]!.seeds.map(({ name }) => name)).toEqual(['p0', 'h0', 'h1'])
    return asked
  }

  it('is a hidden run of every learner, and stays when the others are drawn anew', async () => {
    const [first, anew] = [await seedsOf(0), await seedsOf(1)]
    expect([first[2], anew[2]]).toEqual([PINNED, PINNED])
    expect(anew[0], 'public').toBe(first[0])
    expect(anew[1], 'drawn').not.toBe(first[1])
  })

  it('is written into the secret and never into the assignment', () => {
    expect(assignmentText).not.toContain(PINNED)
    const other = PINNED.replaceAll('9', '8')
    expect(parseSecret(pinSeed(secretText, assignment, check, other), assignment).pinned[check]).toEqual([
      PINNED,
      other,
    ])
  })

  it.each([
    [() => pinSeed(secretText, assignment, 'nothing', PINNED), /pins seeds of the check "nothing"; the assignment has/],
    [() => pinSeed(secretText, assignment, check, PINNED), /twice/],
    [
      () => pinSeed(secretText, assignment, check, publicSeeds('mq', check, 1)[0]!),
      /the public run p0 of .*: every learner has that run already/,
    ],
    [() => pinSeed(secretText, assignment, check, 'abc'), /32 hexadecimal digits/],
    [
      () => newAssignment({ lab: lab.id, publicSeeds: 1, hiddenSeeds: 1, pinned: ['x'] }),
      /"x" pins no seed; write check=seed/,
    ],
    [
      () => newAssignment({ lab: lab.id, publicSeeds: 1, hiddenSeeds: 1, attempts: 0 }),
      /hand-ins that count must be a whole number from 1/,
    ],
  ])('that cannot be one is refused with a sentence (%#)', (work, sentence) => {
    expect(work).toThrow(sentence)
  })
})
