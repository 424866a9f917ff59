/** A run as a link or a file: the same run comes out, and what is none is refused with a sentence. */
import { describe, expect, it } from 'vitest'
import { packText } from '../../../labs/grader/schema/packed.ts'
import {
  type RunOfCheck,
  readRun,
  readRunFragment,
  runFragment,
  runOfCheck,
  runText,
} from '../../../labs/grader/schema/run-link.ts'

const LAB = { id: 'x', version: '1.0.0' }
const SEED = 'ab'.repeat(16)
const STARTER = new Map([
  ['a.ts', 'one'],
  ['b.conf', 'two'],
])
const run = runOfCheck(LAB, 'some.check', SEED, new Map([...STARTER, ['b.conf', 'Zwei ✓'], ['c.ts', 'no']]), STARTER)
const fragment = runFragment(run)!
const changed = (change: object) => `#run=${packText(JSON.stringify({ ...JSON.parse(runText(run)), ...change }))}`
/** Text that does not become shorter. */
const noise = Array.from({ length: 4_000 }, (_, i) => ((i * 2_654_435_761) >>> 7).toString(36)).join('')

describe('a run of a check', () => {
  it('holds the files that differ from the starter, and comes out as it went in', () => {
    expect(run.files).toEqual({ 'b.conf': 'Zwei ✓' })
    expect(readRunFragment(fragment)).toEqual({ run })
    expect(readRun(runText(run))).toEqual({ run })
    expect(readRunFragment('#a=xyz')).toBeUndefined()
    expect(readRunFragment('')).toBeUndefined()
  })

  it('holds what is left out of it, and nothing when it is whole', () => {
    const schedule = { without: ['node shop', 'inject 2'], sleepsMs: { 3: 125 } }
    const part = runOfCheck(LAB, 'some.check', SEED, STARTER, STARTER, schedule)
    expect(readRunFragment(runFragment(part)!)?.run?.schedule).toEqual(schedule)
    expect(run).not.toHaveProperty('schedule')
  })

  it('is a file only when its code is too long for a link', () => {
    const long: RunOfCheck = { ...run, files: { 'a.ts': noise } }
    expect(runFragment(long)).toBeUndefined()
    expect(readRun(runText(long))).toEqual({ run: long })
  })

  it.each([
    ['cut', fragment.slice(0, -9), /cut or changed/],
    ['with other signs', '#run=%20<script>', /cut or changed/],
    ['too long', `#run=${'A'.repeat(9_000)}`, /9005 characters/],
    ['a bomb', `#run=${packText('x'.repeat(5_000_000))}`, /cut or changed/],
    ['no JSON', `#run=${packText('hello')}`, /not JSON/],
    ['another format', changed({ format: 'glassmq-submission/1' }), /no run of a check: format/],
    ['a lab that is a path', changed({ lab: '../x' }), /lab: must be the name of a lab/],
    ['a seed that is none', changed({ seed: 'x' }), /seed: must be 32/],
    ['a path that leads out', changed({ files: { '../x': '' } }), /a path that cannot be one/],
    [
      'too many files',
      changed({ files: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`f${i}`, ''])) }),
      /50/,
    ],
    [
      'a part that a script does not have',
      changed({ schedule: { without: ['all'], sleepsMs: {} } }),
      /a part of a script/,
    ],
    ['a wait that is no time', changed({ schedule: { without: [], sleepsMs: { 1: -1 } } }), /schedule\.sleepsMs\.1/],
    ['something more', changed({ extra: 1 }), /extra/],
  ])('%s is refused with a sentence', (_name, text, sentence) => {
    expect(readRunFragment(text)?.fault).toMatch(sentence)
  })
})
