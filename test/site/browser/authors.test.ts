/** The gallery for authors in Chromium: every view live, in both themes, on a desk and on a telephone; a cell of a grid is a door. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VIEW_NAMES } from '../../../site/figures/kit/types.ts'
import { seriousBarriers } from '../../support/axe.ts'
import { browserMissing, openSite, type Site } from '../../support/browser.ts'

const missing = browserMissing()

describe.skipIf(missing !== '')(`the gallery for authors${missing === '' ? '' : ` (skipped: ${missing})`}`, () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(async () => {
    await site?.close()
  })

  async function withGallery<T>(width: number, work: (page: Page) => Promise<T>): Promise<T> {
    const context = await site.browser.newContext({
      viewport: { width, height: 900 },
    })
    try {
      const page = await context.newPage()
      const trouble: string[] = []
      page.on('pageerror', (error) => trouble.push(error.message))
      page.on('console', (message) => message.type() === 'error' && trouble.push(message.text()))
      await page.goto(`${site.origin}/authors/`)
      const result = await work(page)
      expect(trouble).toEqual([])
      return result
    } finally {
      await context.close()
    }
  }

  /** Brings every pane to life, and to the end of its passage. */
  async function playAll(page: Page): Promise<number> {
    const panes = page.locator('.gmq-pane-host')
    const count = await panes.count()
    for (let i = 0; i < count; i++) {
      const pane = panes.nth(i)
      await pane.scrollIntoViewIfNeeded()
      await pane.locator('.pane:not(.waiting)').waitFor()
      await pane.getByRole('button', { name: 'To the end' }).click()
    }
    return count
  }

  it.each([1440, 390])(
    'at %i pixels: every view is drawn, nothing sticks out; on a desk axe finds nothing serious, light and dark',
    async (width) => {
      await withGallery(width, async (page) => {
        expect(await playAll(page)).toBeGreaterThanOrEqual(3 * VIEW_NAMES.length)
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
        ).toBe(0)
        const outside = await page.locator('.fig-live').evaluateAll((all) =>
          all.flatMap((svg) => {
            const box = svg.getBoundingClientRect()
            return [...svg.querySelectorAll('text')]
              .filter((text) => {
                const its = text.getBoundingClientRect()
                return its.left < box.left - 3 || its.right > box.right + 3
              })
              .map((text) => text.textContent)
          }),
        )
        expect(outside).toEqual([])
        // the same elements stand on a telephone, in another order, and in the panes of the other casts
        const others = '.gmq-pane-host[id^=fig-authors-medium], .gmq-pane-host[id^=fig-authors-large]'
        if (width > 1000) expect(await seriousBarriers(page, 'html', others)).toEqual([])
      })
    },
  )

  it('is in no contents, and asks not to be found', async () => {
    await withGallery(1440, async (page) => {
      expect(await page.locator('meta[name=robots]').getAttribute('content')).toBe('noindex')
      await page.goto(`${site.origin}/chapters/roles/`)
      expect(await page.locator('a[href*="/authors"]').count()).toBe(0)
    })
  })

  it('a cell of a grid opens its run, and the other panes of its figure show it, too', async () => {
    await withGallery(1440, async (page) => {
      const pane = page.locator('#fig-authors-small-grid')
      await pane.scrollIntoViewIfNeeded()
      await pane.locator('.canvas').hover()
      await pane.locator('[data-thing^="link:"]').nth(2).click()
      await page.locator('#fig-authors-small-grid .here').waitFor()
      const branch = page.locator('#fig-authors-small-log .branch')
      await branch.waitFor()
      expect(await branch.textContent()).toContain('flushDiskType=ASYNC_FLUSH, powercut broker-a at 2.500 s')
    })
  })

  it('a grid is also a table, and its cells are reached and opened by keys', async () => {
    await withGallery(1440, async (page) => {
      const host = page.locator('#fig-authors-small-grid')
      await host.scrollIntoViewIfNeeded()
      await host.locator('.canvas').hover()
      await host.locator('svg.fig-live').waitFor()
      await host.locator('details.grid summary').focus()
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      const cell = host.locator('details.grid a:focus')
      const drawn = await host.locator('svg.fig-live [data-thing^="link:"]').count()
      expect(await host.locator('details.grid a').count()).toBe(drawn)
      expect(await cell.textContent()).toMatch(/gone|kept/)
      await page.keyboard.press('Enter')
      await page.locator('#fig-authors-small-log .branch').waitFor()
    })
  })
})
