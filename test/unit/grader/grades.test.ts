/** From judged runs to a grade, and into the files of platforms. */
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { ofShard, parseShard } from '../../../labs/grader/batch/shard.ts'
import { fillCanvas } from '../../../labs/grader/exports/canvas.ts'
import { gradescopeResult } from '../../../labs/grader/exports/gradescope.ts'
import { junitXml } from '../../../labs/grader/exports/junit.ts'
import { fillMoodle } from '../../../labs/grader/exports/moodle.ts'
import { diffCsv } from '../../../labs/grader/grades/diff.ts'
import { type FinalGrade, finalGrades, NO_DECISIONS } from '../../../labs/grader/grades/final-grades.ts'
import {
  parseHandInTimes,
  parseOverrides,
  parseSlots,
  parseTimes,
} from '../../../labs/grader/grades/instructor-tables.ts'
import type { Intake } from '../../../labs/grader/intake/intake.ts'
import { parseRoster } from '../../../labs/grader/intake/roster.ts'
import { checksCsv, gradesCsv } from '../../../labs/grader/report/csv.ts'
import { earlyExtensions } from '../../../labs/grader/report/grading-words.ts'
import { tryPlatformFiles } from '../../../labs/grader/report/write-exports.ts'
import { parseAssignment } from '../../../labs/grader/schema/assignment.ts'
import type { GradedSubmission, SeedResult } from '../../../labs/grader/schema/result.ts'

const check = (id: string) => ({ lab: 'x', id, points: 5, seeds: { public: 1, hidden: 1 }, credit: 'fraction' })
const ASSIGNMENT = {
  format: 'glassmq-assignment/1',
  id: 'mq',
  title: 'Keep order',
  labs: [{ lab: 'x', version: '1' }],
  hiddenSeeds: 'per-learner',
  saltCommitment: `sha256:${'0'.repeat(64)}`,
  checks: [check('a'), check('b')],
  due: '2026-11-08T23:59:00+01:00',
  credit: [
    { until: 'due', percent: 100 },
    { until: '2026-11-15T23:59:00+01:00', percent: 80 },
  ],
}
const assignment = parseAssignment(JSON.stringify(ASSIGNMENT))
const ROSTER = parseRoster(
  'id,name,canvas_id,moodle_participant\nada,Ada Doe,10917,4711\nbob,Bob Roe,10918,4712\ncyd,"=Cyd ""<b>""",10919,4713\ndan,Dan Poe,10920,4714\n',
)
const NOTHING: Intake = { submissions: [], problems: [], ignored: [], setAside: [], files: [], missing: [] }

const seed = (name: string, verdict: SeedResult['verdict'], sentence = ''): SeedResult => ({
  name,
  seed: '0'.repeat(32),
  verdict,
  reason: verdict === 'passed' ? '' : 'promise',
  sentence,
  atMs: 1_500,
  events: 3,
  trace: 'f',
})

function graded(learner: string, scores: readonly (number | null)[]): GradedSubmission {
  const checks = scores.map((score, i) => ({
    lab: 'x',
    id: 'ab'[i]!,
    title: `Check ${'ab'[i]}`,
    max: 500,
    score,
    verdict: score === null ? ('could-not-judge' as const) : score === 500 ? ('passed' as const) : ('failed' as const),
    seeds:
      score === 500
        ? [seed('p0', 'passed'), seed('h0', 'passed')]
        : score === null
          ? [seed('p0', 'could-not-judge', 'the judge broke')]
          : [seed('p0', 'failed', 'order-3 <never> came & "went"'), seed('h0', 'failed', 'a secret case')],
  }))
  const score = scores.includes(null) ? null : scores.reduce<number>((sum, one) => sum + one!, 0)
  return {
    format: 'glassmq-result/1',
    assignment: 'mq',
    lab: { id: 'x', version: '1' },
    learner,
    filesSha256: learner,
    checks,
    score,
    max: 1_000,
    flags: [],
  }
}

const CLASS = [graded('ada', [500, 250]), graded('bob', [500, null]), graded('cyd', [0, 0])]
const grades = (decisions: Partial<typeof NO_DECISIONS> = {}, of = CLASS) =>
  new Map(
    finalGrades(assignment, of, NOTHING, ROSTER, { ...NO_DECISIONS, ...decisions }).map(
      (one) => [one.id, one] as const,
    ),
  )
const times = (text: string) => parseHandInTimes(text).byLearner

describe('a grade', () => {
  it('is nobody’s guess: not judged and not handed in have none', () => {
    const all = grades()
    expect([...all.values()].map(({ id, final, status }) => [id, final, status])).toEqual([
      ['ada', 750, 'graded'],
      ['bob', null, 'could not be judged'],
      ['cyd', 0, 'graded'],
      ['dan', null, 'nothing handed in'],
    ])
  })

  it.each([
    ['2026-11-08T22:59:00Z', 100, 750],
    ['2026-11-08T22:59:01Z', 80, 600],
    ['2026-11-15T23:59:00+01:00', 80, 600],
    ['2026-11-16T00:00:00+01:00', 0, 0],
  ])('handed in at %s counts %i %%', (at, percent, final) => {
    expect(grades({ submitted: times(`id,submitted\nada,${at}\n`) }).get('ada')).toMatchObject({ percent, final })
  })

  it('an extension moves all dates of one learner', () => {
    const submitted = times('id,submitted\nada,2026-11-10T12:00:00Z\ncyd,2026-11-10T12:00:00Z\n')
    const extensions = parseTimes('id,until\nada,2026-11-11T00:00:00Z\n', 'extensions.csv', 'until')
    const all = grades({ submitted, extensions })
    expect([all.get('ada')!.percent, all.get('cyd')!.percent]).toEqual([100, 80])
  })

  it('is what the instructor decides: of a check before lateness, of the total after it', () => {
    const submitted = times(
      'id,submitted\nada,2026-11-10T12:00:00Z\nbob,2026-11-10T12:00:00Z\ncyd,2026-11-10T12:00:00Z\n',
    )
    const overrides = parseOverrides(
      'id,check,points,comment,hold\nada,b,5,fine,\nbob,b,2.5,,\ncyd,,9,talked,yes\ndan,,3,,\n',
      assignment.checks,
    )
    const all = grades({ submitted, overrides })
    expect(all.get('ada')).toMatchObject({ raw: 1_000, final: 800, comments: ['fine'] })
    expect(all.get('ada')!.decided).toEqual([{ check: 'b', points: 500, was: 250, comment: 'fine' }])
    const table = checksCsv(CLASS, [...all.values()]).split('\n')
    expect(table.find((row) => row.startsWith('ada,x,b,'))).toMatch(/,5,5,failed,0,2,2\.5$/)
    expect(all.get('bob')).toMatchObject({ raw: 750, final: 600, status: 'graded' })
    expect(all.get('cyd')).toMatchObject({ raw: 0, final: 900, percent: 100, hold: true })
    expect(all.get('dan')).toMatchObject({ final: 300 })
  })

  it.each([
    [() => parseOverrides('id\nada\n', []), /no column "points"/],
    [
      () => parseOverrides('id,points,check\nada,1,zz\n', assignment.checks),
      /names the check "zz"; the assignment has a, b/,
    ],
    [() => parseOverrides('id,points\nada,"1,5"\n', assignment.checks), /gives "1,5" points/],
    [() => parseOverrides('id,points\nada,1\nAda,2\n', assignment.checks), /has "ada" twice/],
    [() => parseOverrides('id,points\nada,11\n', assignment.checks), /gives 11 points; the most is 10/],
    [() => parseOverrides('id,check,points\nada,a,6\n', assignment.checks), /the most is 5/],
    [() => parseOverrides('id,points,hold\nada,1,n\n', assignment.checks), /write yes or no/],
    [() => times('id,submitted\nada,2026-02-31T12:00:00Z\n'), /has the time "2026-02-31/],
    [
      () => times('id,submitted\nada,2026-11-10T12:00:00Z\nada,2026-11-11T12:00:00Z\n'),
      /has "ada" twice, again in line 3: with a column "file"/,
    ],
    [() => times('id,submitted\nada,yesterday\n'), /line 2 has the time "yesterday"/],
    [() => times('id,submitted\nada,2026-11-10T12:00:00\n'), /write it with its offset/],
    [() => parseSlots('id,slot\nada,-1\n'), /has the slot "-1"/],
    [() => parseSlots('id,slot,ID\nada,1,bob\n'), /reseed.csv has the column "id" twice/],
    [() => parseSlots(`id,slot\nada,${'9'.repeat(400)}\n`), /has the slot "9{60}…"/],
    [() => parseShard('9/8'), /write which share/],
    [() => parseAssignment(JSON.stringify({ ...ASSIGNMENT, due: 'soon' })), /due has the time "soon"/],
    [
      () => parseAssignment(JSON.stringify({ ...ASSIGNMENT, credit: [...ASSIGNMENT.credit].reverse() })),
      /must end later than the line before/,
    ],
  ])('a wrong table is refused with a sentence (%#)', (work, sentence) => {
    expect(work).toThrow(sentence)
  })
})

describe('shards', () => {
  it('share out every learner once, whatever lies in the folder', () => {
    const ids = Array.from({ length: 60 }, (_, i) => `learner-${i}`)
    const missing = ids.map((id) => ({ id, name: '', also: [] }))
    const shares = [1, 2, 3].map((k) => ofShard({ ...NOTHING, missing }, { k, n: 3 }).missing.map(({ id }) => id))
    expect(shares.flat().sort()).toEqual([...ids].sort())
    for (const share of shares) expect(share.length).toBeGreaterThan(8)
  })
})

describe('a Canvas gradebook', () => {
  const EXPORT =
    'Student,ID,SIS Login ID,Section,Other (1),Keep order (48213)\n    Points Possible,,,,5,10\n"Doe, Ada",10917,x,CS-A,3,1\n"Roe, Bob",10918,y,CS-A,4,7\n"Nix, Nobody",1,z,CS-A,4,2\n'
  const rows = (text: string) => Papa.parse<string[]>(text.trim()).data

  it('gets our column and no other, and keeps what nobody knows', () => {
    const { text, matched, unmatched, absent } = fillCanvas(EXPORT, 'Keep order', [...grades().values()], ROSTER)
    expect(rows(text)).toEqual([
      ['Student', 'ID', 'SIS Login ID', 'Section', 'Keep order (48213)'],
      ['    Points Possible', '', '', '', '10'],
      ['Doe, Ada', '10917', 'x', 'CS-A', '7.5'],
      ['Roe, Bob', '10918', 'y', 'CS-A', '7'],
      ['Nix, Nobody', '1', 'z', 'CS-A', '2'],
    ])
    expect({ matched, unmatched, absent }).toEqual({
      matched: ['ada', 'bob'],
      unmatched: ['Nix, Nobody'],
      absent: ['cyd'],
    })
  })

  it('keeps the separator that it came with, and what is held back', () => {
    const overrides = parseOverrides('id,points,hold\nada,,yes\n', assignment.checks)
    const semicolons = 'Student;ID;Section;Keep order (1)\nAda Doe;10917;"CS;A";4\nBob Roe;10918;A;1\n'
    const { text } = fillCanvas(semicolons, 'Keep order', [...grades({ overrides }).values()], ROSTER)
    expect(text).toContain('Ada Doe;10917;"CS;A";4')
  })

  it.each([
    ['id,name\n', /must begin with the columns Student and ID/],
    ['Student,ID,Section\n', /has no column for "Keep order"/],
  ])('another file is refused with a sentence', (text, sentence) => {
    expect(() => fillCanvas(text, 'Keep order', [], ROSTER)).toThrow(sentence)
  })
})

describe('a Moodle worksheet', () => {
  it.each([
    ['Identifier,Full name,Email address,Grade,Last modified (grade),Feedback comments', 'Participant 4711'],
    [
      'ID,Vollständiger Name,E-Mail-Adresse,Bewertung,Zuletzt geändert (Bewertung),Feedback als Kommentar',
      'Teilnehmer/in4711',
    ],
    [
      'Identificatie,Volledige naam,E-mailadres,Cijfer,Laatst gewijzigd (cijfer),Feedback opmerkingen',
      'Deelnemer 4711',
    ],
  ])('is filled in in any language: %s', (header, identifier) => {
    const bob = identifier.replace('4711', '4712')
    const sheet = `${header}\n${identifier},Ada Doe,a@x,,-,\n${bob},Bob Roe,b@x,3.00,-,old\nX 9,Nix,n@x,1,-,\n`
    const { text, matched, unmatched } = fillMoodle(sheet, [...grades().values()], ROSTER)
    const [head, ada, bobs, nix] = text.split('\n')
    expect(head).toBe(header)
    expect(ada).toBe(`${identifier},Ada Doe,a@x,7.5,-,a: 5; b: 2.5`)
    expect(bobs, 'not judged: as it was').toBe(`${bob},Bob Roe,b@x,3.00,-,old`)
    expect(nix).toBe('X 9,Nix,n@x,1,-,')
    expect([matched, unmatched]).toEqual([['ada', 'bob'], ['X 9']])
  })

  it('another file is refused with a sentence', () => {
    expect(() => fillMoodle('a,b\n1,2\n', [], ROSTER)).toThrow(/no columns for identifier and grade/)
  })
})

describe('other files', () => {
  const one = (id: string): FinalGrade => grades().get(id)!

  it('Gradescope: a score of its own, no word of hidden runs, nothing for what nobody knows', () => {
    const own = CLASS.filter(({ learner }) => learner === 'cyd')
    const value = JSON.parse(gradescopeResult(one('cyd'), own, [])!) as {
      score: number
      tests: Record<string, unknown>[]
    }
    expect(value.score).toBe(0)
    expect(value.tests).toHaveLength(2)
    expect(value.tests[0]).toMatchObject({ score: 0, max_score: 5, status: 'failed', visibility: 'visible' })
    expect(JSON.stringify(value)).toContain('order-3')
    expect(JSON.stringify(value)).not.toContain('secret case')
    expect(gradescopeResult(one('bob'), [], [])).toBeUndefined()
  })

  it('JUnit: whole XML, failures and errors apart, no word of hidden runs', () => {
    const xml = junitXml(CLASS)
    expect(xml).toContain('<testsuites tests="11" failures="6" errors="1">')
    expect(xml).toContain('message="order-3 &lt;never&gt; came &amp; &quot;went&quot;"')
    expect(xml).toMatch(/<error type="promise" message="the judge broke"\/>/)
    expect(xml).not.toContain('secret case')
    const names = [...xml.matchAll(/<testcase classname="x" name="([^"]+)"/g)].map(([, name]) => name)
    expect(names.length).toBe(11)
    expect(xml.match(/<testcase/g)!.length).toBe(
      (xml.match(/<\/testcase>/g)?.length ?? 0) + (xml.match(/<testcase[^>]*\/>/g)?.length ?? 0),
    )
  })

  it('the table of checks has the titles beside the ids', () => {
    const [head, ...rows] = checksCsv(CLASS, []).trim().split('\n')
    expect(head).toBe('id,lab,check,title,score,max,verdict,passed,seeds,judged')
    expect(rows.find((row) => row.startsWith('ada,x,b,'))).toMatch(/^ada,x,b,Check b,2\.5,5,/)
  })

  it('what has changed, with its cause', () => {
    const was = [
      {
        learner: 'ada',
        lab: { id: 'x', version: '1' },
        filesSha256: 'other',
        checks: [
          { id: 'a', score: 0 },
          { id: 'b', score: 250 },
        ],
      },
      {
        learner: 'cyd',
        lab: { id: 'x', version: '1' },
        filesSha256: 'cyd',
        checks: [
          { id: 'a', score: 0 },
          { id: 'b', score: 500 },
        ],
      },
    ]
    const all = [...grades().values()]
    const grade = (score: string) => ({ score, percent: '100', set: '', extended: '' })
    const earlier = new Map([
      ['ada', grade('7.5')],
      ['bob', grade('')],
      ['cyd', grade('5')],
      ['dan', grade('1')],
    ])
    expect(diffCsv({ results: was, grades: earlier }, CLASS, all).trim().split('\n')).toEqual([
      'id,lab,check,before,now,cause',
      'ada,x,a,0,5,other files were handed in',
      'bob,x,a,,5,a new hand-in',
      'bob,x,b,,,a new hand-in',
      'cyd,x,b,5,0,"seeds, checks or the judge have changed"',
      'cyd,,final,5,0,see its checks',
      'dan,,final,1,,the assignment or the hand-in that counts has changed',
    ])
  })

  it('names a decision of the instructor by its kind, whether it came or went', () => {
    const late = { submitted: new Map([['ada', Date.parse('2026-11-10T12:00:00Z')]]) }
    const extended = { ...late, extensions: new Map([['ada', Date.parse('2026-11-12T12:00:00Z')]]) }
    const own = (check: string, points: number) => ({
      ...late,
      overrides: [{ id: 'ada', check, points, comment: '', hold: false }],
    })
    const causeFrom = (before: Partial<typeof NO_DECISIONS>, now: Partial<typeof NO_DECISIONS>) => {
      const { data } = Papa.parse<Record<string, string>>(gradesCsv([...grades(before).values()]), { header: true })
      const row = data.find(({ id }) => id === 'ada')!
      const earlier = { score: '', percent: '', set: '', extended: '', ...row }
      const old = { results: CLASS, grades: new Map([['ada', earlier]]) } as unknown as Parameters<typeof diffCsv>[0]
      const [, line = ''] = diffCsv(old, [], [grades(now).get('ada')!])
        .trim()
        .split('\n')
      return line.split(',').at(-1)
    }
    expect(causeFrom({}, late)).toBe('lateness: 80 % in place of 100 %')
    expect(causeFrom(late, extended)).toBe('an extension came')
    expect(causeFrom(extended, late)).toBe('the extension went')
    expect(causeFrom(late, own('', 300))).toBe('your total came')
    expect(causeFrom(own('', 300), late)).toBe('your total went')
    expect(causeFrom(own('a', 100), own('a', 200))).toBe('your points for a changed')
    expect(causeFrom(own('', 300), own('a', 100))).toBe('your total went; your points for a came')
  })
})

describe('words of a grading', () => {
  it('name an extension that ends before the due date', () => {
    const until = (time: string) => ({ extensions: new Map([['ada', Date.parse(time)]]) })
    expect(earlyExtensions(assignment, until('2026-11-01T12:00:00Z'))).toEqual([
      'Extensions that end before the due date change nothing: ada',
    ])
    expect(earlyExtensions(assignment, until('2026-11-10T12:00:00Z'))).toEqual([])
  })

  it('say that a platform’s file is wrong before anything is judged', () => {
    expect(() => tryPlatformFiles({ canvas: { text: 'Student,ID\n', column: 'Nothing' } })).toThrow(
      /no column for "Nothing"/,
    )
    expect(() => tryPlatformFiles({ moodle: 'Name\nAda\n' })).toThrow(/no columns for identifier and grade/)
  })
})
