/** An assignment as a link: the same assignment comes out, and a hostile link is refused with a sentence. */
import { zlibSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { assignmentFragment, readAssignmentFragment } from '../../../labs/grader/schema/assignment-link.ts'
import { makeAssignment } from '../../../labs/grader/schema/make-assignment.ts'
import { toBase64Url } from '../../../labs/grader/schema/packed.ts'
import { encodeUtf8 } from '../../../reference/common/utf8.ts'
import { assignedBy } from '../../../site/labs/assigned.ts'
import { dueWords, pointsWords } from '../../../site/labs/assigned-words.ts'

const LAB = {
  id: 'x',
  version: '1.0.0',
  title: 'Ünï',
  checks: [
    { id: 'a', points: 150 },
    { id: 'b', points: 50 },
  ],
}
const CHOICES = {
  publicSeeds: 2,
  hiddenSeeds: 3,
  due: '2026-12-08T23:59:00+01:00',
  late: ['80@2026-12-15T23:59:00+01:00'],
}
const { assignment, secretText } = makeAssignment(LAB, CHOICES, new Uint8Array(32))
const made = assignmentFragment(assignment)
const fragment = 'fragment' in made ? made.fragment : ''
const packed = (text: string | Uint8Array) =>
  `#a=${toBase64Url(zlibSync(typeof text === 'string' ? encodeUtf8(text) : text))}`

describe('an assignment’s link', () => {
  it('is short, and says what the assignment says', () => {
    expect(fragment.length).toBeLessThan(700)
    expect(readAssignmentFragment(fragment)).toEqual({ assignment })
    expect(assignedBy(fragment, LAB)).toEqual({ assignment, fault: '' })
    expect(pointsWords(assignment, 'x')).toBe('2 points; 3 hidden runs a check when it is graded')
    expect(dueWords(assignment)).toMatch(/^Due .*2026.*; 80 % until .*2026/)
  })

  it('is for one lab, and says so when it is another or of another version', () => {
    expect(assignedBy('', LAB)).toEqual({ fault: '' })
    expect(assignedBy('#pane-code', LAB)).toEqual({ fault: '' })
    expect(assignedBy(fragment, { id: 'y', version: '1.0.0' })).toEqual({
      fault: 'This assignment is for x, not for this lab.',
    })
    expect(assignedBy(fragment, { id: 'x', version: '2.0.0' }).fault).toMatch(/made for version 1\.0\.0/)
  })

  it.each([
    ['cut', fragment.slice(0, -9), /cut or changed/],
    ['changed', `${fragment.slice(0, 40)}AAAA${fragment.slice(44)}`, /cut or changed/],
    ['with other signs', '#a=%20<script>', /cut or changed/],
    ['too long', `#a=${'A'.repeat(9_000)}`, /9003 characters/],
    ['a bomb', packed(new Uint8Array(4_000_000)), /cut or changed/],
    ['a secret', packed(secretText), /is the secret of an assignment/],
    ['no assignment', packed('{"format":"glassmq-assignment/1"}'), /wrong at/],
    ['no JSON', packed('hello'), /not JSON/],
  ])('%s is refused with a sentence', (_name, text, sentence) => {
    expect(readAssignmentFragment(text)?.fault).toMatch(sentence)
  })

  it.each([
    [{ late: ['soon'] }, /does not say what counts until when/],
    [{ late: ['80@2026-11-15T23:59:00+01:00'] }, /must end later than the line before/],
    [{ due: undefined }, /needs a due date/],
    [{ publicSeeds: 1.5 }, /public runs of a check must be a whole number from 0 to 20/],
    [{ hiddenSeeds: Number.NaN }, /hidden runs/],
    [{ title: ' ' }, /title is empty/],
    [{ id: 'MQ 3' }, /is no name for an assignment/],
  ])('a wrong choice is refused with a sentence (%#)', (choice, sentence) => {
    expect(() => makeAssignment(LAB, { ...CHOICES, ...choice }, new Uint8Array(32))).toThrow(sentence)
  })
})
