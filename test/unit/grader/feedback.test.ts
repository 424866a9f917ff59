/** What a learner's page says of hidden runs: what the assignment allows, and not before its time. */
import { describe, expect, it } from 'vitest'
import type { FailingRun } from '../../../labs/grader/failing-runs.ts'
import type { FinalGrade } from '../../../labs/grader/grades/final-grades.ts'
import { feedbackPage } from '../../../labs/grader/report/feedback-page.ts'
import { PUBLISH, type Publish } from '../../../labs/grader/report/shown-to.ts'
import type { Feedback, Visibility } from '../../../labs/grader/schema/assignment.ts'
import { makeAssignment } from '../../../labs/grader/schema/make-assignment.ts'
import type { CheckResult, GradedSubmission, SeedResult } from '../../../labs/grader/schema/result.ts'

const LAB = { id: 'x', version: '1.0.0', title: 'X', checks: [{ id: 'a', points: 500 }] }
const seed = (name: string, verdict: 'passed' | 'failed', sentence: string): SeedResult => ({
  name,
  seed: name.padEnd(32, '0'),
  verdict,
  reason: verdict === 'passed' ? '' : 'promise',
  sentence,
  atMs: 7,
  events: 9,
  trace: '',
})
const check: CheckResult = {
  lab: 'x',
  id: 'a',
  title: 'A',
  max: 500,
  score: 250,
  verdict: 'failed',
  seeds: [seed('p0', 'passed', ''), seed('h0', 'failed', 'order-77 is gone')],
}
const graded: GradedSubmission = {
  format: 'glassmq-result/1',
  assignment: 'x',
  lab: { id: 'x', version: '1.0.0' },
  learner: 'ada',
  filesSha256: '0'.repeat(64),
  checks: [check],
  score: 250,
  max: 500,
  flags: [],
}
const grade = {
  name: 'Ada',
  raw: 250,
  final: 250,
  percent: 100,
  max: 500,
  hold: false,
  comments: [],
  decided: [],
} as unknown as FinalGrade
const link: FailingRun = {
  learner: 'ada',
  check,
  seed: check.seeds[1]!,
  url: 'https://b.example/#run=1',
  name: '',
  text: '',
}

function pageOf(visibility: Visibility, feedback: Feedback, publish: Publish, of = graded): string {
  const choices = { publicSeeds: 1, hiddenSeeds: 1, visibility, feedback }
  const { assignment } = makeAssignment(LAB, choices, new Uint8Array(32))
  return feedbackPage({ assignment, graded: of, lab: undefined, grade, failing: [link], publish })
}

describe('feedback', () => {
  it('tells the points that the instructor gave, of a check and in total, and what was judged', () => {
    const choices = { publicSeeds: 1, hiddenSeeds: 1 }
    const { assignment } = makeAssignment(LAB, choices, new Uint8Array(32))
    const decided = [
      { check: 'a', points: 400, was: 250, comment: 'half right' },
      { check: '', points: 450, was: 400, comment: '' },
    ]
    const own = { ...grade, raw: 400, final: 450, decided, comments: ['half right'] }
    const page = feedbackPage({ assignment, graded, lab: undefined, grade: own, failing: [], publish: 'after-due' })
    expect(page).toContain('4.5 of 5 points, set by your instructor (4 were judged)')
    expect(page).toContain('4 of 5 points, set by your instructor</span> (2.5 were judged)')
    expect(page).toContain('Your instructor, on “A”: half right')
  })

  it.each([
    ['visible', 'yes yes yes'],
    ['after_due_date', 'no yes yes'],
    ['after_published', 'no no yes'],
    ['hidden', 'no no no'],
  ] as const)('hidden runs that are %s are shown before the due date, after it, published: %s', (visibility, when) => {
    const shown = PUBLISH.map((publish) => {
      const page = pageOf(visibility, 'rationale', publish)
      const isShown = page.includes('0 of 1 hidden')
      // points and verdict would give the number away
      expect(page.includes('2.5'), publish).toBe(isShown)
      expect(page.includes('class="verdict'), publish).toBe(isShown)
      return isShown ? 'yes' : 'no'
    })
    expect(shown.join(' ')).toBe(when)
  })

  it('a hidden run is told when it is published, and linked when the assignment says so', () => {
    expect(pageOf('visible', 'rationale', 'after-due')).not.toContain('order-77')
    expect(pageOf('visible', 'rationale', 'published')).toContain('order-77')
    expect(pageOf('visible', 'rationale', 'published')).not.toContain('b.example')
    expect(pageOf('visible', 'run', 'published')).toContain('href="https://b.example/#run=1"')
    expect(pageOf('visible', 'verdict', 'published')).not.toContain('order-77')
  })

  it('a public run is told at once, unless only verdicts are wanted', () => {
    const seeds = [seed('p0', 'failed', 'order-1 is gone'), seed('h0', 'passed', '')]
    const of = { ...graded, checks: [{ ...check, seeds }] }
    expect(pageOf('hidden', 'rationale', 'before-due', of)).toContain('order-1')
    expect(pageOf('hidden', 'verdict', 'before-due', of)).not.toContain('order-1')
  })
})
