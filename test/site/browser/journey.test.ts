/**
 * The whole way of one person and his instructor: the landing page, the chapter and its figure, the lab, the file that is
 * handed in, and the points it gets.
 */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Download, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { gradeFolder } from '../../../labs/grader/grade-folder.ts'
import { parseSubmission } from '../../../labs/grader/schema/submission.ts'
import { lab } from '../../../labs/lost-address/lab.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { browserMissing, withSite } from '../../support/browser.ts'
import { chapterTitle } from '../../support/chapter-words.ts'
import { temporaryFolder } from '../../support/temp.ts'
import { typeFile } from '../../support/workbench.ts'

const missing = browserMissing()
/** A seed that the instructor wants every learner to get. */
const PINNED = 'cd'.repeat(16)

describe.skipIf(missing !== '')(
  `from the first page to a grade${missing === '' ? '' : ` (skipped: ${missing})`}`,
  () => {
    it('reads, plays, repairs, hands in, and gets full marks; the starter gets less', async () => {
      const folder = temporaryFolder('journey')
      try {
        await withSite(async ({ browser, origin }) => {
          const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
          const trouble: string[] = []
          page.on('pageerror', (error) => trouble.push(error.message))
          page.on('request', (request) => {
            if (!/^(data|blob|about):/.test(request.url()) && !request.url().startsWith(origin))
              trouble.push(request.url())
          })
          await page.goto(origin)
          await page.locator('a[href*="/chapters/roles/"]').first().click()
          await page.getByRole('heading', { level: 1, name: chapterTitle('roles') }).waitFor()
          await playAndScrub(page)

          await page.getByRole('link', { name: /bring them home/ }).click()
          await page.locator('.bench[data-boot=ready]').waitFor()
          const link = await assign(browser, origin, folder.path)
          await page.goto(link)
          await page.reload()
          await page.locator('.bench[data-boot=ready]').waitFor()
          expect(await page.locator('.assigned').innerText()).toMatch(
            /Due .*; 80 % until .*10 points; 1 hidden run a check.*; you may hand in 3 times, and the best one counts/s,
          )
          expect(await check(page)).toEqual(lab.checks.map(() => 'failed'))
          mkdirSync(join(folder.path, 'in'))
          await handIn(page, join(folder.path, 'in/starter.glassmq.json'), 'ada')
          const solution = answerFiles(lab, 'solution')
          for (const [path, text] of solution) await typeFile(page, path, text)
          expect(await check(page)).toEqual(lab.checks.map(() => 'passed'))
          await handIn(page, join(folder.path, 'in/ada.glassmq.json'))
          expect(trouble).toEqual([])
        })

        const read = (name: string) => readFileSync(join(folder.path, name), 'utf8')
        const [assignmentText, secretText] = [read('mq.glassmq.json'), read('mq.secret.glassmq.json')]
        const { results, problems } = await gradeFolder({
          folder: join(folder.path, 'in'),
          assignmentText,
          secretText,
          rosterText: 'id,name\nada,Ada\nstarter,Nobody\n',
          out: join(folder.path, 'out'),
          jobs: 2,
          shorten: false,
          progress: () => {},
        })
        expect(problems).toEqual([])
        const [ada, starter] = ['ada', 'starter'].map((id) => results.find((one) => one.learner === id)!)
        expect(ada!.score).toBe(ada!.max)
        for (const { checks } of [ada!, starter!])
          expect(
            checks.find(({ id }) => id === 'told.counts')!.seeds.map(({ seed }) => seed),
            'pinned',
          ).toContain(PINNED)
        expect(starter!.score).toBeLessThan(starter!.max)
        expect(readFileSync(join(folder.path, 'out/grades.csv'), 'utf8')).toMatch(/^ada,Ada,10,10,graded,/m)

        for (const [id, graded] of [
          ['ada', ada!],
          ['starter', starter!],
        ] as const) {
          const { submission } = parseSubmission(readFileSync(join(folder.path, `in/${id}.glassmq.json`)))
          const claimed = submission.claimed!.checks
          expect(claimed).toHaveLength(lab.checks.length)
          for (const claim of claimed) {
            const seed = graded.checks.find((one) => one.id === claim.id)!.seeds.find((one) => one.seed === claim.seed)!
            const { verdict, sentence, trace } = seed
            expect({ verdict, sentence, trace }, `${id} ${claim.id}: the page judged the same run`).toEqual({
              verdict: claim.verdict,
              sentence: claim.sentence,
              trace: claim.trace,
            })
          }
        }
      } finally {
        folder.remove()
      }
    })
  },
)

async function playAndScrub(page: Page): Promise<void> {
  const figure = page.locator('#fig-roles-journey-whole')
  await figure.scrollIntoViewIfNeeded()
  await figure.locator('.canvas').hover()
  await figure.locator('svg.fig-live').waitFor()
  const slider = figure.getByRole('slider', { name: 'Time' })
  const position = async () => Number(await slider.inputValue())
  const before = await position()
  await figure.getByRole('button', { name: 'Play', exact: true }).click()
  await page.waitForFunction(
    (start) =>
      Number(document.querySelector<HTMLInputElement>('#fig-roles-journey-whole input[type=range]')!.value) > start,
    before,
  )
  await figure.getByRole('button', { name: 'Pause', exact: true }).click()
  await slider.focus()
  await page.keyboard.press('End')
  const end = await position()
  await page.keyboard.press('Home')
  expect(end).toBeGreaterThan(await position())
}

async function check(page: Page): Promise<string[]> {
  await page.locator('button.check').click()
  await page.locator('.score', { hasText: /^\d of \d passed$/ }).waitFor()
  await page.locator('.checks .running').waitFor({ state: 'detached' })
  return page.locator('.checks > li').evaluateAll((all) => all.map((one) => one.className.split(' ')[0]!))
}

/** Downloads the hand-in file; the first time the page asks for a name. */
async function handIn(page: Page, to: string, name?: string): Promise<void> {
  const button = page.getByRole('button', { name: 'Hand in', exact: true })
  if (name !== undefined) {
    await button.click()
    await page.getByLabel('Your name or e-mail').fill(name)
  }
  const last = name === undefined ? button : page.getByRole('button', { name: 'Save the file' })
  const [download] = await Promise.all([page.waitForEvent('download'), last.click()])
  copyFileSync(await download.path(), to)
}

/** The instructor makes an assignment in the page; its two files are saved in `folder`. Returns the link for learners. */
async function assign(browser: Browser, origin: string, folder: string): Promise<string> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  await page.goto(`${origin}/labs/assign/`)
  await page.getByLabel('Name of the assignment').fill('MQ')
  await page.getByLabel('Hidden runs a check').fill('1')
  await page.getByRole('textbox', { name: /^Due/ }).fill('2099-12-08T23:59')
  await page.getByLabel('until').fill('2099-12-15T23:59')
  await page.getByLabel('Hand-ins that count').fill('3')
  await page.getByLabel('The grade is that of').selectOption({ label: 'the best hand-in' })
  await page.getByLabel('Pinned seeds').fill(`told.counts=${PINNED}`)
  const saved: Download[] = []
  page.on('download', (download) => saved.push(download))
  await page.getByRole('button', { name: 'Make the assignment' }).click()
  const link = await page.getByLabel('Link for learners').inputValue()
  await expect.poll(() => saved.length).toBe(2)
  for (const download of saved) await download.saveAs(join(folder, download.suggestedFilename()))
  await page.close()
  return link
}
