/** Whose a hand-in file is, and which of several counts: by the names that pages, browsers, people and platforms give. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { handInName } from '../../../labs/grader/intake/hand-in-name.ts'
import { type CountedHandIns, type Intake, takeIn } from '../../../labs/grader/intake/intake.ts'
import { parseRoster } from '../../../labs/grader/intake/roster.ts'
import { setAsideWords } from '../../../labs/grader/report/grading-words.ts'
import { writeSubmission } from '../../../labs/grader/schema/submission.ts'
import { temporaryFolder } from '../../support/temp.ts'

const ROSTER = parseRoster(
  [
    'id,name,email,canvas_id,moodle_participant,aliases',
    'ada,Ada Doe,ada@uni.example,123,4711,"countess; ada.d"',
    'eve,Eve Roe,eve@uni.example,124,4712,',
    'ivan,Иван Петров,ivan@uni.example,125,4713,',
    'twin1,Kim Lee,,,,',
    'twin2,Kim Lee,,,,',
  ].join('\n'),
)

/** A hand-in of a learner, as text; `body` tells two apart. */
function handIn(id: string, { exportedAt = '', body = 'x' } = {}): string {
  return writeSubmission({
    lab: { id: 'lost-address', version: '1.0.0' },
    ...(id === '' ? {} : { learner: { id } }),
    files: [{ path: 'a.ts', content: body }],
    ...(exportedAt === '' ? {} : { client: { exportedAt } }),
  })
}

function take(
  files: Readonly<Record<string, string | Uint8Array>>,
  roster: typeof ROSTER | null = ROSTER,
  counted: CountedHandIns = {},
): Intake {
  const folder = temporaryFolder('intake')
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder.path, path)), { recursive: true })
      writeFileSync(join(folder.path, path), content)
    }
    return takeIn(folder.path, roster ?? undefined, [], counted)
  } finally {
    folder.remove()
  }
}

const zip = (files: Readonly<Record<string, string>>) =>
  zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)])))

describe('the name of a hand-in file', () => {
  it.each([
    ['ada@uni.example', 'ada@uni.example.lost-address.glassmq.json'],
    [' Ada Doe ', 'ada-doe.lost-address.glassmq.json'],
    ['Ada Döe <ada@uni.example>', 'ada-doe-ada@uni.example.lost-address.glassmq.json'],
    ['Иван', 'learner-eb67cd54.lost-address.glassmq.json'],
    ['../..', 'learner-5ec1f7e7.lost-address.glassmq.json'],
    ['', 'learner.lost-address.glassmq.json'],
  ])('of %j is %s', (learner, name) => {
    expect(handInName('lost-address', learner)).toMatch(
      name.startsWith('learner-') ? /^learner-[0-9a-f]{8}\.lost/ : name,
    )
  })

  it('differs for two learners whose names have no Latin letters', () => {
    expect(handInName('x', 'Иван')).not.toBe(handInName('x', 'Мария'))
  })
})

describe('whose a file is', () => {
  const SITE = 'lost-address.glassmq.json'
  it.each([
    // as the page names it, as browsers and mail programs rename it
    ['ada.json', 'ada'],
    [`ada.${SITE}`, 'ada'],
    [`ada@uni.example.${SITE}`, 'ada'],
    [`ada-doe.${SITE}`, 'ada'],
    ['ada.lost-address.glassmq (1).json', 'ada'],
    ['ada.lost-address.glassmq - Copy.json', 'ada'],
    ['ADA.JSON', 'ada'],
    [`ada.${SITE}.txt`, 'ada'],
    ['ada_final_really.json', 'ada'],
    ['countess.json', 'ada'],
    // a folder for each learner
    ['ada/eve.json', 'ada'],
    ['Ada Doe/handin.json', 'ada'],
    ['week 3/ada/handin.json', 'ada'],
    // Moodle and Canvas name the owner; the rest of the name is what the learner chose
    [`Ada Doe_4711_assignsubmission_file_/eve.${SITE}`, 'ada'],
    [`Somebody Else_4711_assignsubmission_file_eve.${SITE}`, 'ada'],
    [`doeada_123_9001_eve.${SITE}`, 'ada'],
    [`doeada_LATE_999_9001_eve.${SITE}`, 'ada'],
  ])('%s', (path, learner) => {
    const { submissions, problems } = take({ [path]: handIn('eve') })
    expect(problems).toEqual([])
    expect(submissions.map((one) => one.learner)).toEqual([learner])
    expect(submissions[0]!.flags.join()).toContain('the file calls its learner "eve"')
  })

  it.each([
    ['ivan@uni.example', 'ivan'],
    ['Иван Петров', 'ivan'],
    ['Doe, Ada', 'ada'],
  ])('only the file itself says: %s', (inner, learner) => {
    const { submissions } = take({ 'download.json': handIn(inner) })
    expect(submissions.map((one) => one.learner)).toEqual([learner])
    expect(submissions[0]!.flags.join()).toMatch(/only the file itself says/)
  })

  it('is asked of a human when a name means two learners, or nobody', () => {
    const { submissions, problems } = take({
      'a.json': handIn('Kim Lee'),
      'b.json': handIn('mallory'),
      'c.json': handIn(''),
      'Max Poe_99_assignsubmission_file_/ada.json': handIn('ada'),
    })
    expect(submissions).toEqual([])
    expect(problems.map(({ path, sentence }) => `${path}: ${sentence}`).sort()).toEqual([
      expect.stringMatching(/^Max Poe.*the platform names its owner "99 Max Poe", who is not on the roster/),
      expect.stringMatching(/^a\.json: "Kim Lee" is not on the roster/),
      expect.stringMatching(/^b\.json: "mallory" is not on the roster/),
      expect.stringMatching(/^c\.json: neither the file name nor the file says/),
    ])
  })

  it('without a roster is what the name says, and a zip of one file is one learner’s', () => {
    const { submissions } = take(
      {
        [`ada.${SITE}`]: handIn('eve'),
        'bob.zip': zip({ 'handin.json': handIn('eve') }),
        'class.zip': zip({ 'cyd.json': handIn('eve'), [`Dan Poe_7_assignsubmission_file_/x.json`]: handIn('eve') }),
      },
      null,
    )
    expect(submissions.map((one) => one.learner).sort()).toEqual(['ada', 'bob', 'cyd', 'dan-poe-7'])
  })

  it('is never changed by the file of another', () => {
    const { submissions, problems } = take({
      'ada.json': handIn('ada', { exportedAt: '2026-11-01T10:00:00Z', body: 'right' }),
      'zzz.json': handIn('ada', { exportedAt: '2026-11-09T10:00:00Z', body: 'forged' }),
    })
    expect(submissions.map((one) => one.path)).toEqual(['ada.json'])
    expect(problems).toEqual([
      {
        path: 'zzz.json',
        learner: 'ada',
        sentence: expect.stringMatching(/ada\.json was graded; this file says of itself/),
      },
    ])
    const both = take({ 'a1.json': handIn('ada', { body: '1' }), 'a2.json': handIn('ada', { body: '2' }) })
    expect(both.submissions).toEqual([])
    expect(both.problems.map(({ sentence }) => sentence).join()).toMatch(/2 different files say they are ada’s/)
  })
})

describe('a file for something else', () => {
  const of = (lab: string, assignment?: string) =>
    writeSubmission({
      lab: { id: lab, version: '1.0.0' },
      ...(assignment === undefined ? {} : { assignment: { id: assignment } }),
      files: [{ path: 'a.ts', content: `${lab} ${assignment}` }],
    })

  it('is set aside, and the right one is graded; an old link alone is graded', () => {
    const { submissions, problems, setAside, files } = take(
      {
        'ada.x.glassmq.json': of('x', 'mq'),
        'ada.y.glassmq.json': of('y'),
        'eve/1.json': of('x', 'mq'),
        'eve/2.json': of('x', 'last-year'),
        'ivan.json': of('x', 'last-year'),
      },
      ROSTER,
      { id: 'mq', labs: [{ lab: 'x', version: '1.0.0' }] },
    )
    expect(problems).toEqual([])
    expect(submissions.map(({ path }) => path).sort()).toEqual(['ada.x.glassmq.json', 'eve/1.json', 'ivan.json'])
    expect(files).toHaveLength(3)
    expect(setAsideWords(setAside)).toEqual([
      '1 file for the lab "y", not looked at: ada.y.glassmq.json',
      '1 file for the assignment "last-year", not looked at: eve/2.json',
    ])
  })
})

describe('of several files of one learner', () => {
  it('the newest by the time inside counts, whatever it is called', () => {
    const old = handIn('ada', { exportedAt: '2026-11-01T10:00:00.000Z', body: 'old' })
    const fresh = handIn('ada', { exportedAt: '2026-11-02T09:00:00.000Z', body: 'new' })
    for (const [first, second] of [
      ['ada.lost-address.glassmq.json', 'ada.lost-address.glassmq (1).json'],
      ['ada.lost-address.glassmq (1).json', 'ada.lost-address.glassmq.json'],
      ['ada_z.json', 'ada/a.json'],
    ] as const) {
      const { submissions, problems } = take({ [first]: old, [second]: fresh })
      expect(submissions.map((one) => one.path)).toEqual([second])
      expect(submissions[0]!.flags.join()).toContain(`not ${first} (2026-11-01T10:00:00.000Z)`)
      expect(problems).toEqual([])
    }
  })

  it('without times the copy that the browser counted last counts', () => {
    const { submissions } = take({
      'ada (2).json': handIn('ada', { body: '2' }),
      'ada (10).json': handIn('ada', { body: '10' }),
      'ada.json': handIn('ada', { body: '0' }),
    })
    expect(submissions.map((one) => one.path)).toEqual(['ada (10).json'])
  })
})

describe('no file is passed over in silence', () => {
  it('what cannot be read has its owner and a sentence', () => {
    const bomb = zipSync({ 'eve.json': new Uint8Array(3 * 1024 * 1024) })
    const { submissions, problems, ignored, missing } = take({
      'ada.pdf': 'not a hand-in',
      'ivan/handin.json': handIn('ivan').slice(0, 200),
      'eve.zip': bomb,
      'twin1.zip': 'not a zip',
      'twin2.zip': zip({}),
      '.DS_Store': 'x',
      'x.secret.glassmq.json': '{}',
      '__MACOSX/._ada.json': 'x',
    })
    expect(submissions).toEqual([])
    expect(missing).toEqual([])
    expect(ignored).toEqual(['.DS_Store', '__MACOSX/._ada.json', 'x.secret.glassmq.json'])
    expect(Object.fromEntries(problems.map(({ learner, sentence }) => [learner, sentence]))).toEqual({
      ada: expect.stringMatching(/does not end in \.json/),
      ivan: expect.stringMatching(/not whole JSON/),
      eve: expect.stringMatching(/too large/),
      twin1: expect.stringMatching(/no zip that can be opened/),
      twin2: expect.stringMatching(/zip without a file/),
    })
  })

  it('a link is not followed', () => {
    const folder = temporaryFolder('intake')
    try {
      symlinkSync('/etc/passwd', join(folder.path, 'ada.json'))
      const { problems } = takeIn(folder.path, ROSTER)
      expect(problems).toEqual([
        { path: 'ada.json', learner: 'ada', sentence: expect.stringMatching(/links are not followed/) },
      ])
    } finally {
      folder.remove()
    }
  })

  it('a zip can stand for the folder', () => {
    const folder = temporaryFolder('intake')
    try {
      const path = join(folder.path, 'submissions.zip')
      writeFileSync(
        path,
        zip({ 'ada.json': handIn('ada'), '../../up.json': handIn('eve'), 'eve/x.json': handIn('eve') }),
      )
      const { submissions } = takeIn(path, ROSTER)
      expect(submissions.map((one) => one.learner).sort()).toEqual(['ada', 'eve'])
    } finally {
      folder.remove()
    }
  })
})
