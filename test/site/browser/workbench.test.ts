/**
 * The workbench: names where they are needed, an ending, and nothing that locks a learner out of the lab.
 */
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lab } from '../../../labs/lost-address/lab.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { browserMissing, openSite, type Site } from '../../support/browser.ts'
import { openEditor, typeFile } from '../../support/workbench.ts'

const PATH = '/labs/lost-address/'
const CODE = 'advertised-address.ts'
const solution = answerFiles(lab, 'solution')
const missing = browserMissing()

describe.skipIf(missing !== '')(`the workbench in a browser${missing === '' ? '' : ` (skipped: ${missing})`}`, () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(async () => {
    await site?.close()
  })

  async function withContext(work: (context: BrowserContext) => Promise<void>): Promise<void> {
    const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 } })
    try {
      await work(context)
    } finally {
      await context.close()
    }
  }

  async function open(context: BrowserContext): Promise<Page> {
    const page = await context.newPage()
    await page.goto(site.origin + PATH)
    await page.locator('.bench:not([data-boot=starting])').waitFor({ timeout: 60_000 })
    return page
  }

  /** Puts a text in place of a file as a paste does. Typing it would make a browser insert each line by itself. */
  async function paste(page: Page, path: string, content: string): Promise<void> {
    await page.locator('.editor-pane [role=tab]', { hasText: path }).click()
    await page.locator('.editor-pane .cm-content').click()
    await page.keyboard.press('Control+a')
    await page.evaluate((text) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', text)
      const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
      document.querySelector('.editor-pane .cm-content')!.dispatchEvent(event)
    }, content)
    await page.locator('.saved', { hasText: /^saved$/ }).waitFor()
  }

  async function check(page: Page): Promise<string> {
    await page.locator('button.check[aria-disabled=false]').click()
    await page.locator('.score', { hasText: /^checking/ }).waitFor()
    await page.locator('.score', { hasText: /passed$/ }).waitFor({ timeout: 120_000 })
    return (await page.locator('.score').textContent())!
  }

  it('lists the names that the file may use, completes them with their import, and links to their source', async () => {
    await withContext(async (context) => {
      const page = await open(context)
      await page.locator('.editor-pane [role=tab]', { hasText: CODE }).click()
      const panel = page.locator('.names')
      await panel.locator('dt', { hasText: 'ownHostName' }).waitFor()
      expect(await panel.locator('dt', { hasText: 'ownHostName' }).textContent()).toContain('(host: Host) => string')
      const href = await panel
        .getByRole('link', { name: /source of reference\/host\/program-args\.ts/ })
        .getAttribute('href')
      expect((await page.request.get(new URL(href!, page.url()).href)).status()).toBe(200)
      await page.locator('.editor-pane .cm-content').click()
      await page.keyboard.press('Control+End')
      await page.keyboard.type('const a = ownH')
      await page.locator('.cm-tooltip-autocomplete li', { hasText: 'ownHostName' }).waitFor()
      await page.waitForTimeout(100) // the list takes no key in its first 75 ms
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      const text = async () => (await page.locator('.editor-pane .cm-line').allTextContents()).join('\n')
      await page.waitForFunction(() =>
        document.querySelector('.cm-content')?.textContent?.includes('import { ownHostName }'),
      )
      expect(await text()).toMatch(/^import \{ ownHostName \} from '\.\.\/host\/program-args\.ts'\n/)
      expect(await text()).toContain('const a = ownHostName')
    })
  })

  it('ends: the orders come home, the hand-in is one click, and all of it is there after a reload', async () => {
    await withContext(async (context) => {
      const page = await open(context)
      for (const [path, text] of solution) await typeFile(page, path, text)
      expect(await check(page)).toBe('5 of 5 passed')
      const ending = page.locator('.ending')
      await ending.locator('p', { hasText: 'All 8 orders are home.' }).waitFor({ timeout: 60_000 })
      expect(await ending.locator('.ledger .home').count()).toBe(8)
      await page.reload()
      await ending.waitFor({ timeout: 60_000 })
      expect(await page.locator('.score').textContent()).toBe('5 of 5 passed')
      expect(await ending.getByRole('button', { name: 'Hand in the solved lab' }).isEnabled()).toBe(true)
      await typeFile(page, CODE, `${solution.get(CODE)}\n// changed\n`)
      await ending.waitFor({ state: 'detached' })
    })
  })

  it('is edited in one tab: another one reads, and can take over', async () => {
    await withContext(async (context) => {
      const first = await open(context)
      await typeFile(first, 'broker.conf', '# from the first\n')
      const second = await open(context)
      await second.locator('.banner', { hasText: 'open in another tab' }).waitFor()
      await openEditor(second)
      await second.locator('.editor-pane .cm-content').click()
      await second.keyboard.type('lost')
      expect(await second.locator('.editor-pane .cm-content').textContent()).not.toContain('lost')
      await second.getByRole('button', { name: 'Edit here instead' }).click()
      await second.locator('.banner').waitFor({ state: 'detached' })
      await first.locator('.banner', { hasText: 'open in another tab' }).waitFor()
      expect(await second.locator('.editor-pane .cm-content').textContent()).toContain('# from the first')
    })
  })

  it('keeps versions that can be seen and brought back, and loses the focus with no action', async () => {
    await withContext(async (context) => {
      const page = await open(context)
      await typeFile(page, 'broker.conf', '# first try\n')
      const focused = () => page.evaluate(() => document.activeElement?.tagName ?? '')
      await page.getByRole('button', { name: 'Reset file' }).press('Enter')
      await page.getByRole('button', { name: 'Undo reset' }).waitFor()
      expect(await focused()).not.toBe('BODY')
      await page.getByRole('button', { name: 'Undo reset' }).press('Enter')
      await page.getByRole('button', { name: 'Undo reset' }).waitFor({ state: 'detached' })
      expect(await focused()).not.toBe('BODY')
      await page.getByRole('button', { name: 'Reset file' }).click()
      await page.getByRole('button', { name: 'Versions' }).click()
      await page.locator('dialog.versions pre', { hasText: '# first try' }).waitFor()
      await page.getByRole('button', { name: 'Bring it back' }).click()
      await page.locator('.editor-pane .cm-content', { hasText: '# first try' }).waitFor()
    })
  })

  it('checks a repaired text after a run that hung, without starting the nodes first', async () => {
    await withContext(async (context) => {
      const page = await open(context)
      for (const [path, text] of solution) await typeFile(page, path, text)
      await typeFile(page, CODE, 'export function advertisedAddress() { for (;;) {} }\n')
      await page.locator('button.check').click()
      await page.locator('.notice').waitFor({ timeout: 60_000 })
      await typeFile(page, CODE, solution.get(CODE)!)
      expect(await check(page)).toBe('5 of 5 passed')
    })
  })

  it('marks the line at which the code threw, in its own words, until the line is mended', async () => {
    await withContext(async (context) => {
      const page = await open(context)
      await typeFile(page, CODE, "export function advertisedAddress(): string {\n  throw new TypeError('no plan')\n}\n")
      expect(await check(page)).toBe('0 of 5 passed')
      const trouble = page.locator('.errors p', { hasText: /^line 2: \S+ ended here: TypeError: no plan$/ })
      await trouble.waitFor()
      await page.locator('.cm-lint-marker-error').waitFor()
      await typeFile(page, CODE, solution.get(CODE)!)
      await trouble.waitFor({ state: 'detached' })
    })
  })

  it('bears thirty thousand blank lines, ten thousand lines of log, and shows what cannot be seen', async () => {
    await withContext(async (context) => {
      const page = await open(context)
      const talks =
        "export function advertisedAddress(host: { trace: { log(level: string, text: string): void } }, _config: unknown, bound: string): string {\n  for (let i = 0; i < 2_000; i++) host.trace.log('info', 'line ' + i)\n  return bound\n}\n"
      await paste(page, CODE, `${'\n'.repeat(30_000)}${talks}// a\u200bb\n`)
      await page.keyboard.press('Control+End')
      await page.locator('.cm-specialChar').first().waitFor()
      await page.getByLabel('Speed').selectOption('100')
      await page.getByRole('button', { name: 'Start anew' }).click()
      await page.getByRole('combobox', { name: /^Log of/ }).selectOption('all')
      await page.locator('.log', { hasText: 'line 1999' }).waitFor()
      expect(await check(page)).toMatch(/^\d of 5 passed$/)
    })
  })
})
