/** Files for platforms, read by models of what each platform does with them: right points, and never a zero for what nobody knows. */
import { describe, expect, it } from 'vitest'
import { agsScores } from '../../../labs/grader/exports/ags.ts'
import { autolabLine } from '../../../labs/grader/exports/autolab.ts'
import { classroom50Tests } from '../../../labs/grader/exports/classroom50.ts'
import { prairieLearnResult } from '../../../labs/grader/exports/prairielearn.ts'
import { summaryMarkdown } from '../../../labs/grader/exports/summary.ts'
import { xapiStatements } from '../../../labs/grader/exports/xapi.ts'
import type { FinalGrade } from '../../../labs/grader/grades/final-grades.ts'
import type { Assignment } from '../../../labs/grader/schema/assignment.ts'
import type { CheckResult, GradedSubmission } from '../../../labs/grader/schema/result.ts'

const NOW_MS = Date.UTC(2026, 10, 2, 8)
const assignment = {
  id: 'mq',
  title: 'Keep <order>',
  book: 'https://b.example/',
  labs: [{ lab: 'x', version: '1' }],
} as unknown as Assignment
const check = (id: string, score: number | null, words = ''): CheckResult => ({
  lab: 'x',
  id,
  title: `The ${id}`,
  max: 250,
  score,
  verdict: score === null ? 'could-not-judge' : score === 250 ? 'passed' : 'failed',
  seeds: [
    {
      name: 'p0',
      seed: '0'.repeat(32),
      verdict: score === 250 ? 'passed' : 'failed',
      reason: '',
      sentence: words,
      atMs: 1,
      events: 1,
      trace: '',
    },
    {
      name: 'h0',
      seed: '1'.repeat(32),
      verdict: 'failed',
      reason: '',
      sentence: 'a secret case',
      atMs: 1,
      events: 1,
      trace: '',
    },
  ],
})
const graded = (...checks: CheckResult[]) => [{ checks } as unknown as GradedSubmission]
const grade = (id: string, final: number | null, more: object = {}): FinalGrade =>
  ({
    id,
    name: id,
    raw: final,
    final,
    max: 500,
    percent: 100,
    status: 'graded',
    checks: new Map(),
    decided: [],
    extendedToMs: undefined,
    comments: [],
    hold: false,
    remarks: [],
    flags: [],
    ...more,
  }) as FinalGrade
const own = graded(check('a.b', 250), check('c', 125, 'at 1820: late: by 7'))
const unknown = graded(check('a.b', 250), check('c', null))
const ada = grade('ada', 375)
const bob = grade('bob', null)
const held = grade('cyd', 400, { hold: true })

describe('PrairieLearn', () => {
  it('gets a score from 0 to 1 and tests that all have points', () => {
    const value = JSON.parse(prairieLearnResult(ada, own)) as { score: number; tests: Record<string, unknown>[] }
    expect(value).toMatchObject({ gradable: true, score: 0.75 })
    for (const test of value.tests) expect(test).toMatchObject({ points: expect.any(Number), max_points: 2.5 })
    expect(JSON.stringify(value)).not.toContain('secret')
  })

  it('is told that nothing could be graded, which costs no attempt', () => {
    for (const one of [bob, held])
      expect(JSON.parse(prairieLearnResult(one, unknown))).toMatchObject({
        gradable: false,
        format_errors: [expect.any(String)],
      })
  })
})

describe('Autolab', () => {
  /** As the site reads the last line. */
  const read = (line: string) => JSON.parse(line.replace(/(\w+):/g, '"$1":')) as { scores: Record<string, number> }

  it('reads the points of each problem, after its own rewriting', () => {
    expect(read(autolabLine(ada, own)!)).toEqual({ scores: { 'a.b': 2.5, c: 1.25 } })
    expect(read(autolabLine(ada, graded(check('a: b "c"', 250)))!)).toEqual({ scores: { 'a--b--c-': 2.5 } })
  })

  it('gets no number for what nobody knows, and no line without numbers', () => {
    expect(read(autolabLine(bob, unknown)!)).toEqual({ scores: { 'a.b': 2.5 } })
    expect(autolabLine(bob, graded(check('c', null)))).toBeUndefined()
    expect(autolabLine(held, own)).toBeUndefined()
  })
})

describe('Classroom 50', () => {
  it('gets whole numbers that are the sums of the tests, and no identity', () => {
    const value = JSON.parse(classroom50Tests(ada, own)!) as Record<string, unknown> & {
      tests: Record<string, number>[]
    }
    expect(Object.keys(value)).toEqual(['schema', 'score', 'max-score', 'tests'])
    for (const key of ['score', 'max-score']) {
      expect(Number.isInteger(value[key]), key).toBe(true)
      expect(value[key]).toBe(value.tests.reduce((sum, test) => sum + test[key]!, 0))
    }
    expect(value.tests.map((test) => test['score'])).toEqual([3, 1])
    expect(classroom50Tests(bob, unknown)).toBeUndefined()
    expect(classroom50Tests(held, own)).toBeUndefined()
  })
})

describe('LTI scores', () => {
  it('say when they were made and when the work came; without a grade there is no score', () => {
    const lines = agsScores([ada, bob, held], new Map([['ada', Date.UTC(2026, 10, 1, 10)]]), NOW_MS)
      .trim()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        userId: 'ada',
        scoreGiven: 3.75,
        scoreMaximum: 5,
        activityProgress: 'Completed',
        gradingProgress: 'FullyGraded',
        timestamp: '2026-11-02T08:00:00.000Z',
        submission: { submittedAt: '2026-11-01T10:00:00.000Z' },
      },
      {
        userId: 'bob',
        activityProgress: 'Submitted',
        gradingProgress: 'PendingManual',
        timestamp: '2026-11-02T08:00:00.000Z',
      },
    ])
  })
})

describe('xAPI', () => {
  const KEYS = new Set(['id', 'actor', 'verb', 'object', 'result', 'context', 'timestamp'])

  it('statements hold what a record store takes, the same id when they are sent again', () => {
    const text = xapiStatements(assignment, [ada, bob, held, grade('eve', 600)], NOW_MS)!
    expect(text).not.toContain('null')
    const all = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)) as { id: string; result: { score: { scaled: number } } }[]
    expect(all).toHaveLength(2)
    for (const one of all) {
      expect(Object.keys(one).filter((key) => !KEYS.has(key))).toEqual([])
      expect(one.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(one.result.score.scaled).toBeLessThanOrEqual(1)
    }
    expect(all[0]).toMatchObject({
      actor: { account: { homePage: 'https://b.example/', name: 'ada' } },
      object: { id: 'https://b.example/labs/x/' },
      result: { score: { scaled: 0.75, raw: 3.75, min: 0, max: 5 } },
    })
    const again = xapiStatements(assignment, [ada, grade('eve', 600)], NOW_MS + 5)!
      .trim()
      .split('\n')
    expect(again.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(all.map(({ id }) => id))
    const { book: _, ...elsewhere } = assignment
    expect(xapiStatements(elsewhere as Assignment, [ada], NOW_MS)).toBeUndefined()
  })
})

describe('a summary', () => {
  it('is a table whatever names hold, and says what is left off', () => {
    const text = summaryMarkdown(assignment, [grade('ada', 375, { name: 'a|b <script> `x`' }), bob])
    expect(text).toContain('# Keep &lt;order&gt;')
    expect(text).toContain('| ada | a\\|b &lt;script&gt; \\`x\\` | 3.75 of 5 | graded |')
    expect(text).toContain('| bob | bob | not known |')
    const many = summaryMarkdown(
      assignment,
      Array.from({ length: 2_003 }, (_, i) => grade(`w${i}`, 0)),
    )
    expect(many).toContain('and 3 more')
    expect(many.length).toBeLessThan(900_000)
  })
})
