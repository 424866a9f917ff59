/**
 * The hand-in file: what the page writes the grader reads, and a broken one gets one sentence that says what is wrong.
 */
import { describe, expect, it } from 'vitest'
import { canonicalJson, filesSha256 } from '../../../labs/grader/schema/canonical-json.ts'
import {
  parseSubmission,
  pathFault,
  type SubmissionDraft,
  SubmissionError,
  submittedFiles,
  writeSubmission,
} from '../../../labs/grader/schema/submission.ts'

const draft: SubmissionDraft = {
  lab: { id: 'lost-address', version: '1.0.0' },
  learner: { id: 'ada@uni.example', name: 'Ada Döe' },
  files: [
    { path: 'broker-b.conf', content: 'a = 1\n' },
    { path: 'advertised-address.ts', content: 'export {}\n' },
  ],
  claimed: {
    checks: [{ id: 'route.reachable', verdict: 'failed', seed: '00', sentence: 'nobody answers', trace: '' }],
  },
}

/** The file as an object, to break in one place. */
function written(): Record<string, unknown> {
  return JSON.parse(writeSubmission(draft))
}

function sentenceFor(input: string | Uint8Array): string {
  try {
    parseSubmission(input)
  } catch (error) {
    expect(error).toBeInstanceOf(SubmissionError)
    return (error as Error).message
  }
  return 'accepted'
}

describe('a hand-in file', () => {
  it('comes back as it was written, as text and as bytes, with nothing to flag', () => {
    const text = writeSubmission(draft)
    for (const input of [text, new TextEncoder().encode(text), `\uFEFF${text}`]) {
      const { submission, flags } = parseSubmission(input)
      expect(flags).toEqual([])
      expect(submission.learner).toEqual(draft.learner)
      expect([...submittedFiles(submission)]).toEqual(draft.files.map((file) => [file.path, file.content]))
    }
  })

  it('keeps what it does not know, and flags a file that was changed by hand', () => {
    const changed = written()
    changed['note'] = 'for you'
    const { submission, flags } = parseSubmission(JSON.stringify(changed))
    expect(submission['note']).toBe('for you')
    expect(flags).toEqual(['the file was changed after it was exported'])
    const edited = written() as { files: { content: string }[] }
    edited.files[0]!.content = 'a = 2\n'
    expect(parseSubmission(JSON.stringify(edited)).flags).toContain('broker-b.conf was changed after it was exported')
  })

  const file = (path: string, content = '') => ({ ...written(), files: [{ path, content }] })
  const broken: readonly [string, () => string | Uint8Array, RegExp][] = [
    ['empty', () => ' ', /is empty/],
    ['cut in the middle', () => writeSubmission(draft).slice(0, 200), /not whole JSON/],
    ['bytes that are no text', () => new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), /not UTF-8/],
    ['a list', () => '[1, 2]', /no JSON object/],
    ['another format', () => JSON.stringify({ ...written(), format: 'glassmq-secret/1' }), /"glassmq-secret\/1", not/],
    ['no format', () => '{"files":[]}', /names no format/],
    ['no files', () => JSON.stringify({ ...written(), files: [] }), /^files: /],
    ['a file without content', () => JSON.stringify({ ...written(), files: [{ path: 'a' }] }), /^files\[0\]\.content: /],
    ['a path that leads out', () => JSON.stringify(file('../etc/passwd')), /files\[0\]\.path: must be relative/],
    ['an absolute path', () => JSON.stringify(file('/etc/passwd')), /must be relative/],
    ['a path with NUL', () => JSON.stringify(file('a\0b')), /not printable ASCII/],
    ['a path with a drive', () => JSON.stringify(file('C:a.ts')), /holds one of/],
    ['a reserved name', () => JSON.stringify(file('nul.ts')), /reserved name "nul.ts"/],
    ['the prototype as a file', () => JSON.stringify(file('__proto__')), /reserved name/],
    ['the same file twice', () => JSON.stringify({ ...written(), files: [...file('a').files, ...file('A').files] }), /A is in the file twice/],
    ['a file too big', () => JSON.stringify(file('a', 'x'.repeat(256 * 1024 + 1))), /at most 262144/],
    ['too many files', () => JSON.stringify({ ...written(), files: Array.from({ length: 51 }, (_, i) => ({ path: `f${i}`, content: '' })) }), /^files: /],
    ['a whole too big', () => ' '.repeat(1024 * 1024 + 1), /at most 1048576/],
    ['brackets without end', () => '['.repeat(100_000), /inside each other/],
    ['a lab without a version', () => JSON.stringify({ ...written(), lab: { id: 'x' } }), /^lab\.version: /],
    ['a verdict that is none', () => JSON.stringify({ ...written(), claimed: { checks: [{ id: 'a', verdict: 'won' }] } }), /^claimed\.checks\[0\]\.verdict: /],
  ] // biome-ignore format: one broken file per line

  it.each(broken)('%s: one sentence', (_name, make, says) => {
    const sentence = sentenceFor(make())
    expect(sentence).toMatch(says)
    expect(sentence).not.toContain('\n')
  })

  it('allows the paths of labs', () => {
    for (const path of ['broker-b.conf', 'broker/rebalance-lock-manager.ts', 'a.b-c_d.ts'])
      expect(pathFault(path)).toBe('')
  })
})

describe('canonical JSON', () => {
  it('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: 1, a: [true, null, { d: 'x', c: undefined }] })).toBe('{"a":[true,null,{"d":"x"}],"b":1}')
    const files: [string, string][] = [['a', '1'], ['b', '2']] // biome-ignore format: short
    expect(filesSha256(new Map(files))).toBe(filesSha256(new Map(files.toReversed())))
  })

  it('refuses fractions', () => {
    expect(() => canonicalJson({ a: 0.5 })).toThrow('whole numbers only')
  })
})
