/** Every file and link that a stranger can give, broken at random: the reader takes it, or refuses it with one sentence. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  parseHandInTimes,
  parseOverrides,
  parseSlots,
  parseTimes,
} from '../../../labs/grader/grades/instructor-tables.ts'
import { readFolder } from '../../../labs/grader/intake/folder-files.ts'
import { parseRoster } from '../../../labs/grader/intake/roster.ts'
import { parseAssignment, parseSecret } from '../../../labs/grader/schema/assignment.ts'
import { assignmentFragment, readAssignmentFragment } from '../../../labs/grader/schema/assignment-link.ts'
import { makeAssignment } from '../../../labs/grader/schema/make-assignment.ts'
import { readRun, readRunFragment, runFragment } from '../../../labs/grader/schema/run-link.ts'
import { parseSubmission, writeSubmission } from '../../../labs/grader/schema/submission.ts'
import { readResult } from '../../../labs/grader/verify.ts'
import { encodeUtf8 } from '../../../reference/common/utf8.ts'
import { KeyedRandom, type RandomStream } from '../../../reference/host/sim/random.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temp.ts'

const BROKEN = 300
const SENTENCE_CHARACTERS_MAX = 700
/** What breaks readers: ends of texts, other types, large numbers, names of prototypes. */
const PIECES = ['"', '{', '[[[[[[[[', '\u0000', '9'.repeat(400), '-1', 'null', '"__proto__":{"x":1},', ',,', '\r\n', '=1+1', '\ud800', '%', '../'] // biome-ignore format: a list

const made = makeAssignment(
  { id: 'x', version: '1.0.0', title: 'X', checks: [{ id: 'a', points: 500 }] },
  { publicSeeds: 1, hiddenSeeds: 1, due: '2026-11-08T23:59:00+01:00', late: ['80@2026-11-15T23:59:00+01:00'], book: 'https://book.example/' }, // biome-ignore format: one line
  new Uint8Array(32).fill(1),
)
const handIn = writeSubmission({
  lab: { id: 'x', version: '1.0.0' },
  learner: { id: 'ada' },
  files: [{ path: 'a.ts', content: 'export const a = 1\n' }],
})
const run = {
  lab: { id: 'x', version: '1.0.0' },
  check: 'a',
  seed: 'ab'.repeat(16),
  files: { 'a.ts': 'export const a = 2\n' },
}
const result = JSON.stringify({
  format: 'glassmq-result/1',
  learner: 'ada',
  lab: { id: 'x', version: '1.0.0' },
  checks: [{ id: 'a', seeds: [{ name: 'p0', seed: 'ab'.repeat(16), verdict: 'passed' }] }],
})
const linkOfRun = runFragment(run as unknown as Parameters<typeof runFragment>[0])!
const link = assignmentFragment(made.assignment) as { readonly fragment: string }

const READERS: readonly (readonly [name: string, text: string, read: (text: string) => unknown])[] = [
  ['an assignment', made.assignmentText, parseAssignment],
  ['a secret', made.secretText, (text) => parseSecret(text, made.assignment)],
  ['a hand-in', handIn, parseSubmission],
  ['a hand-in of bytes', handIn, (text) => parseSubmission(Uint8Array.from(text, (one) => one.charCodeAt(0) & 0xff))],
  ['a roster', 'id,name,email\nada,Ada,a@x.example\nbob,Bob,\n', parseRoster],
  [
    'overrides',
    'id,check,points,comment,hold\nada,a,1.5,talked,no\n',
    (text) => parseOverrides(text, [{ id: 'a', points: 5 }]),
  ],
  ['extensions', 'id,until\nada,2026-11-12T23:59:00+01:00\n', (text) => parseTimes(text, 'extensions.csv', 'until')],
  ['times', 'id,submitted,file\nada,2026-11-12T23:59:00Z,ada.json\n', (text) => parseHandInTimes(text)],
  ['slots', 'id,slot\nada,1\n', (text) => parseSlots(text)],
  ['a result', result, readResult],
  ['a link to a run', linkOfRun, readRunFragment],
  ['a run in a file', JSON.stringify({ format: 'glassmq-run-of-check/1', ...run }), readRun],
  ['a link to an assignment', link.fragment, readAssignmentFragment],
]

/** The text with a few places cut out, doubled, or written over. */
function broken(text: string, random: RandomStream): string {
  let out = text
  for (let times = 1 + random.int(3); times > 0; times--) {
    const at = random.int(out.length + 1)
    const to = Math.min(out.length, at + random.int(12))
    const piece = [PIECES[random.int(PIECES.length)]!, '', out.slice(at, to).repeat(2)][random.int(3)]!
    out = out.slice(0, at) + piece + out.slice(to)
  }
  return out
}

/** Fails when an error is one of the engine, or more than one sentence. */
function expectSentence(work: () => unknown, given: string): boolean {
  try {
    work()
    return true
  } catch (error) {
    const { name, message } = error as Error
    expect(['Error', 'FormatError', 'SubmissionError'], `${name}: ${message}, for ${JSON.stringify(given)}`).toContain(
      name,
    )
    expect(message.length, JSON.stringify(given)).toBeGreaterThan(5)
    expect(message.length, message.slice(0, 900)).toBeLessThan(SENTENCE_CHARACTERS_MAX)
    return false
  }
}

describe('what a stranger gives', () => {
  it.each(READERS)(`%s, broken in ${BROKEN} ways (seed 12): taken, or refused with a sentence`, (name, text, read) => {
    expect(
      expectSentence(() => read(text), text),
      'whole',
    ).toBe(true)
    const random = new KeyedRandom(12).stream(name)
    for (let i = 0; i < BROKEN; i++) {
      const given = broken(text, random)
      expectSentence(() => read(given), given)
    }
  })

  let folder: TemporaryFolder
  beforeAll(() => {
    folder = temporaryFolder('readers')
  })
  afterAll(() => folder.remove())

  it(`a zip, broken in ${BROKEN} ways (seed 12): every file in it is read or refused`, () => {
    const zip = zipSync({ 'ada.json': encodeUtf8(handIn), 'b/bob.json': encodeUtf8(handIn) })
    const random = new KeyedRandom(12).stream('zip')
    const path = join(folder.path, 'all.zip')
    for (let i = 0; i < BROKEN; i++) {
      const bytes = zip.slice(0, random.int(4) === 0 ? random.int(zip.length) : zip.length)
      for (let times = random.int(4); times > 0 && bytes.length > 0; times--)
        bytes[random.int(bytes.length)] = [0, 1, 0x7f, 0x80, 0xff][random.int(5)]!
      writeFileSync(path, bytes)
      for (const found of readFolder(path).files) {
        if ('fault' in found) expect(String(found.fault).length).toBeGreaterThan(5)
        expect(found.path).not.toMatch(/^\/|\.\.\//)
      }
    }
  })
})
