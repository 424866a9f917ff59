/** The pages that a grading writes, in a browser: for everybody, by the keyboard, and on paper. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FinalGrade } from '../../../labs/grader/grades/final-grades.ts'
import type { Attempt } from '../../../labs/grader/grades/pick-attempts.ts'
import { feedbackPage } from '../../../labs/grader/report/feedback-page.ts'
import { reportPage } from '../../../labs/grader/report/report-page.ts'
import { makeAssignment } from '../../../labs/grader/schema/make-assignment.ts'
import type { CheckResult, GradedSubmission, SeedResult } from '../../../labs/grader/schema/result.ts'
import { browserMissing, launchBrowser } from '../../support/browser.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const LAB = { id: 'x', version: '1.0.0', title: 'A lost order', checks: [{ id: 'a', points: 500 }] }
const { assignment } = makeAssignment(
  LAB,
  { publicSeeds: 1, hiddenSeeds: 1, feedback: 'run' },
  new Uint8Array(32).fill(1),
)

const failed: SeedResult = {
  name: 'p0',
  seed: 'ab'.repeat(16),
  verdict: 'failed',
  reason: 'promise',
  sentence: 'order-7 was handed to nobody',
  atMs: 9_000,
  events: 90,
  trace: '',
  short: {
    without: ['node shop', 'inject 2'],
    sleepsMs: { 1: 125 },
    sentence: 'order-3 was handed to nobody',
    atMs: 120,
    events: 30,
    trace: '',
    tried: 9,
    steps: ['0 ms: starts namesrv (namesrv)', '40 ms: kills castle'],
  },
}
const check: CheckResult = {
  lab: 'x',
  id: 'a',
  title: 'Nothing is lost',
  max: 500,
  score: 0,
  verdict: 'failed',
  seeds: [failed],
}
const graded = (learner: string, flags: readonly string[]): GradedSubmission => ({
  format: 'glassmq-result/1',
  assignment: 'x',
  lab: { id: 'x', version: '1.0.0' },
  learner,
  filesSha256: '0'.repeat(64),
  checks: [check],
  score: 0,
  max: 500,
  flags,
})
const grade = (id: string, remarks: readonly string[]) =>
  ({
    id,
    name: '',
    raw: 0,
    final: 0,
    percent: 100,
    max: 500,
    hold: false,
    status: 'graded',
    comments: [],
    decided: [],
    remarks,
    flags: remarks,
    checks: new Map(),
  }) as unknown as FinalGrade
const late = 'handed in late: 80 % of the points count'
const CLASS = [graded('ada', []), graded('bob@uni.example', [late])]
const GRADES = [grade('ada', []), grade('bob@uni.example', [late])]
const intake = {
  submissions: [],
  problems: [{ path: 'photo.png', learner: '', sentence: 'is no hand-in' }],
  ignored: [],
  setAside: [],
  files: [],
  missing: [],
}
/** Every row that the table of hand-ins can have: in time, late by the date of its file, and without a time. */
const ATTEMPTS = [
  { graded: CLASS[0]!, path: 'ada.json', atMs: Date.UTC(2026, 10, 8), isFileDate: false, percent: 100, counts: true },
  {
    graded: CLASS[0]!,
    path: 'ada (1).json',
    atMs: Date.UTC(2026, 10, 9),
    isFileDate: true,
    percent: 80,
    counts: false,
  },
  {
    graded: { ...CLASS[1]!, score: null },
    path: 'bob.json',
    atMs: undefined,
    isFileDate: false,
    percent: 100,
    counts: true,
  },
].map(({ path, ...one }) => ({
  ...one,
  taken: { learner: one.graded.learner, path },
  note: '',
  timeFlag: '',
})) as unknown as readonly Attempt[]
const REPORT = reportPage(
  { assignment, graded: CLASS, intake, roster: undefined, attempts: ATTEMPTS, withHidden: true },
  GRADES,
)
const FEEDBACK = feedbackPage({
  assignment,
  graded: CLASS[0]!,
  lab: undefined,
  grade: GRADES[0]!,
  failing: [],
  publish: 'published',
})
const missing = browserMissing()

describe.skipIf(missing !== '')(`the pages of a grading${missing === '' ? '' : ` (skipped: ${missing})`}`, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  async function opened<T>(html: string, work: (page: Page) => Promise<T>): Promise<T> {
    const page = await browser.newPage()
    try {
      await page.setContent(html)
      return await work(page)
    } finally {
      await page.close()
    }
  }
  const isShown = (page: Page) =>
    page
      .getByText('order-3 was handed to nobody')
      .first()
      .evaluate(
        (element) =>
          element.checkVisibility({ contentVisibilityAuto: true }) && element.getBoundingClientRect().height > 0,
      )

  it.each([
    ['the report', REPORT],
    ['a learner’s page', FEEDBACK],
  ])('%s: axe finds nothing, and paper has what is folded on the screen', async (_name, html) => {
    await opened(html, async (page) => {
      await page.evaluate(AXE)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        const found = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }
          return (await axe.run()).violations.map(({ id }) => id)
        })
        expect(found, colorScheme).toEqual([])
      }
      expect(await isShown(page), 'folded').toBe(false)
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
      expect(await isShown(page), 'on paper').toBe(true)
      expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'white paper').toBe(
        'rgb(255, 255, 255)',
      )
    })
  })

  it('the table of hand-ins has a line for each file, and scrolls by the keyboard', async () => {
    await opened(REPORT, async (page) => {
      const table = page.getByRole('region', { name: 'Hand-ins that were judged' })
      await table.focus()
      expect(await table.evaluate((element) => element === document.activeElement)).toBe(true)
      expect(await table.getByRole('row').count()).toBe(1 + ATTEMPTS.length)
      expect(await table.getByRole('cell', { name: '2026-11-09 00:00 UTC (date of the file)' }).count()).toBe(1)
      expect(await table.getByRole('cell', { name: '? of 5' }).count(), 'no zero for what nobody judged').toBe(1)
    })
  })

  it('the shorter run opens by the keyboard, and tells what happens step by step', async () => {
    await opened(REPORT, async (page) => {
      await page.locator('summary').first().focus()
      await page.keyboard.press('Enter')
      const told = await page.locator('details').first().innerText()
      for (const words of [
        'Shortened from 9000 ms to 120 ms (9 variants tried): without the node shop, its fault number 2; 1 wait is shorter.',
        '40 ms: kills castle',
        '120 ms: order-3 was handed to nobody',
      ])
        expect(told).toContain(words)
    })
  })

  it('each flag leads to its learner', async () => {
    await opened(REPORT, async (page) => {
      const flag = page.locator('tr', { hasText: late }).first()
      await flag.getByRole('link', { name: 'bob@uni.example' }).click()
      expect(await page.evaluate(() => document.querySelector(':target')?.textContent)).toContain('bob@uni.example')
      expect(await page.locator('tr', { hasText: 'photo.png' }).getByRole('link').count(), 'a file of nobody').toBe(0)
    })
  })
})
