/**
 * Chapter 1's figure as a reader meets it: played, stepped, opened down to the bytes, broken in the past, shared as a link;
 * by mouse, by keys alone, without motion, and without any script.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import type { BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, openSite, type Site } from '../../support/browser.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const CHAPTER = '/chapters/roles/'
/** The whole page, figure included, before the reader does anything: compressed, as a host sends it. */
const SCRIPT_BYTES_MAX = 60 * 1024

const missing = browserMissing()

describe.skipIf(missing !== '')(`a figure in a browser${missing === '' ? '' : ` (skipped: ${missing})`}`, () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(async () => {
    await site?.close()
  })

  /** Opens the chapter with the figure in sight and live. */
  async function withFigure<T>(
    options: BrowserContextOptions,
    work: (figure: Locator, page: Page, context: BrowserContext) => Promise<T>,
    fragment = '',
  ): Promise<T> {
    const context = await site.browser.newContext({ viewport: { width: 1440, height: 1200 }, ...options })
    try {
      const page = await context.newPage()
      const trouble: string[] = []
      page.on('pageerror', (error) => trouble.push(error.message))
      page.on('console', (message) => message.type() === 'error' && trouble.push(message.text()))
      page.on(
        'request',
        (request) => !request.url().startsWith(site.origin) && trouble.push(`request to ${request.url()}`),
      )
      const figure = await open(page, fragment)
      const result = await work(figure, page, context)
      expect(trouble).toEqual([])
      return result
    } finally {
      await context.close()
    }
  }

  async function open(page: Page, fragment = ''): Promise<Locator> {
    await page.goto(site.origin + CHAPTER + fragment)
    const figure = page.locator('#fig-roles-journey')
    await figure.scrollIntoViewIfNeeded()
    await figure.locator('svg.fig-live').waitFor()
    return figure
  }

  const button = (figure: Locator, name: string | RegExp) => figure.getByRole('button', { name, exact: true })
  const caption = (figure: Locator) => figure.locator('.caption').innerText()
  const slider = (figure: Locator) => figure.getByRole('slider', { name: 'Time' })
  const position = async (figure: Locator) => Number(await slider(figure).inputValue())
  const picture = (figure: Locator) => figure.locator('svg.fig-live').innerHTML()
  const says = (figure: Locator, text: string) => figure.locator('.caption', { hasText: text }).waitFor()

  it('stands still until asked, plays, and pauses at once', async () => {
    await withFigure({}, async (figure, page) => {
      await says(figure, 'The producer asks where Orders is.')
      const frames = () => page.evaluate(() => (globalThis as unknown as { frames: number }).frames)
      await page.evaluate(() => {
        const ask = globalThis.requestAnimationFrame.bind(globalThis)
        Object.assign(globalThis, { frames: 0 })
        globalThis.requestAnimationFrame = (work) => {
          ;(globalThis as unknown as { frames: number }).frames++
          return ask(work)
        }
      })
      const start = await position(figure)
      await button(figure, 'Play').click()
      await says(figure, 'order-1')
      await button(figure, 'Pause').click()
      const paused = await position(figure)
      expect(paused).toBeGreaterThan(start)
      const drawn = await frames()
      expect(drawn).toBeGreaterThan(0)
      const before = await picture(figure)
      await page.evaluate(() => new Promise((done) => setTimeout(done, 300)))
      expect(await frames(), 'frames asked for while paused').toBe(drawn)
      expect(await picture(figure)).toBe(before)
    })
  })

  it('asks for no frame while it is off the screen', async () => {
    await withFigure({}, async (figure, page) => {
      await button(figure, 'Play').click()
      await page.evaluate(() => scrollTo(0, 0))
      await page.setViewportSize({ width: 1440, height: 300 })
      await page.evaluate(() => new Promise((done) => setTimeout(done, 300)))
      const before = await position(figure)
      await page.evaluate(() => new Promise((done) => setTimeout(done, 300)))
      expect(await position(figure)).toBe(before)
    })
  })

  it('steps on and back to the identical picture, scrubs, and goes to named moments', async () => {
    await withFigure({}, async (figure) => {
      const opened = await picture(figure)
      await button(figure, 'Step').click()
      await says(figure, 'producer starts.')
      await button(figure, 'Step back').click()
      await says(figure, 'The producer asks')
      expect(await picture(figure)).toBe(opened)
      await button(figure, 'Next named moment').click()
      await says(figure, 'It picks a queue')
      await figure.getByRole('combobox', { name: 'Moment' }).selectOption({ label: '8. It gets its queues and pulls' })
      await says(figure, 'It gets its queues and pulls')
      await slider(figure).fill('0')
      await says(figure, 'namesrv is ready.')
      expect(await slider(figure).getAttribute('aria-valuetext')).toMatch(/^event \d+ of \d+, 0\.000 s, /)
    })
  })

  it('opens a record down to its bytes, and lights the bytes of a field', async () => {
    await withFigure({}, async (figure) => {
      await figure.getByRole('combobox', { name: 'Moment' }).selectOption({ label: '7. The consumer starts' })
      await figure.locator('svg.fig-live [data-thing^="record:"]').first().click()
      const bytes = figure.locator('.inspector .hex span')
      await bytes.first().waitFor()
      expect(await bytes.count()).toBe(254)
      await figure.locator('.inspector').getByRole('button', { name: 'body', exact: true }).focus()
      const lit = figure.locator('.inspector .hex .lit')
      const text = (await lit.allInnerTexts()).map((hex) => String.fromCharCode(Number.parseInt(hex, 16))).join('')
      expect(text).toBe('one coffee, please')
      await figure.locator('.inspector').getByRole('button', { name: 'Back' }).click()
      await figure.locator('tbody .go', { hasText: 'producer sends broker-a order-1.' }).click()
      await figure
        .locator('.inspector')
        .getByRole('button', { name: /^order-1 request/ })
        .click()
      await figure.locator('.inspector h4', { hasText: 'SEND_MESSAGE' }).waitFor()
      await figure.locator('.inspector tr', { hasText: 'serialize type' }).waitFor()
    })
  })

  it('kills a broker in the past, goes on differently, and gives the old future back', async () => {
    await withFigure({}, async (figure) => {
      await figure
        .getByRole('combobox', { name: 'Moment' })
        .selectOption({ label: '10. Pulls wait at the brokers; more orders come' })
      await button(figure, 'Kill broker-a').click()
      await says(figure, 'broker-a is killed.')
      await figure.locator('svg.fig-live text', { hasText: 'killed' }).waitFor()
      await figure.getByRole('combobox', { name: 'Message' }).selectOption('order-2')
      await figure.locator('tbody .go', { hasText: 'picks queue' }).last().click()
      await says(figure, 'of broker-b for order-2')
      await button(figure, 'Reset').click()
      await figure.locator('svg.fig-live text', { hasText: 'killed' }).waitFor({ state: 'detached' })
      const runs = figure.getByRole('combobox', { name: 'Run' })
      expect(await runs.locator('option').allInnerTexts()).toEqual([
        'The pinned run',
        expect.stringMatching(/^kill broker-a at /),
      ])
      await runs.selectOption({ index: 1 })
      await figure.locator('svg.fig-live text', { hasText: 'killed' }).waitFor()
    })
  })

  it('goes on without a network once a reader has taken hold of it', async () => {
    await withFigure({}, async (figure, page, context) => {
      const loaded = page.waitForEvent('worker')
      await figure.locator('svg.fig-live').hover()
      await loaded
      await page.waitForLoadState('networkidle')
      await context.setOffline(true)
      await figure.getByRole('combobox', { name: 'Moment' }).selectOption({ index: 9 })
      await button(figure, 'Kill broker-a').click()
      await says(figure, 'broker-a is killed.')
    })
  })

  it('is shared as a link that opens the same moment of the same run', async () => {
    await withFigure({ permissions: ['clipboard-read', 'clipboard-write'] }, async (figure, page, context) => {
      await figure
        .getByRole('combobox', { name: 'Moment' })
        .selectOption({ label: '10. Pulls wait at the brokers; more orders come' })
      await button(figure, 'Kill broker-a').click()
      await says(figure, 'broker-a is killed.')
      await slider(figure).fill(String((await position(figure)) + 1_234))
      await button(figure, 'Copy link').click()
      await button(figure, 'Copied').waitFor()
      const link = await page.evaluate(() => navigator.clipboard.readText())
      expect(link).toMatch(
        /#fig-roles-journey\?v=1&run=roles-journey\.[0-9a-f]{4}&s=\d+&a=kill:broker-a@\d+&t=[\d.]+&e=\d+$/,
      )
      const [said, drawn, at] = [await caption(figure), await picture(figure), await position(figure)]
      const second = await context.newPage()
      const copy = await open(second, new URL(link).hash)
      await says(copy, said.split('\n').at(-1)!)
      expect(await caption(copy)).toBe(said)
      expect(await position(copy)).toBe(at)
      expect(await picture(copy)).toBe(drawn)
    })
  })

  it('says why a bad link cannot be opened, and shows its own run', async () => {
    await withFigure(
      {},
      async (figure) => {
        await figure
          .locator('.notice', { hasText: '"broker-z"' })
          .or(figure.locator('.notice', { hasText: 'broker-z' }))
          .waitFor()
        await says(figure, 'The producer asks')
      },
      '#fig-roles-journey?v=1&run=roles-journey.3f9c&s=12&a=kill:broker-z@1200&t=2310&e=412',
    )
  })

  it('is used by keys alone', async () => {
    await withFigure({}, async (figure, page) => {
      await slider(figure).focus()
      await page.keyboard.press('PageDown')
      await says(figure, 'It picks a queue')
      await page.keyboard.press('ArrowLeft')
      await says(figure, 'picks queue 0 of broker-a')
      await page.keyboard.press('Shift+ArrowRight')
      await page.keyboard.press('Home')
      await says(figure, 'Nothing has happened yet.')
      await page.keyboard.press('End')
      await page.keyboard.press('PageUp')
      await says(figure, 'Half a minute')
      await page.keyboard.press('Space')
      await button(figure, 'Pause').waitFor()
      await page.keyboard.press('Space')
      await button(figure, 'Play').waitFor()
      await page.keyboard.press('+')
      expect(await figure.getByRole('combobox', { name: 'Speed' }).inputValue()).toBe('2')
      await page.keyboard.press('?')
      await figure.locator('.keys').waitFor()
      await page.keyboard.press('Escape')
      await figure.locator('.keys').waitFor({ state: 'detached' })
      await page.keyboard.press('e')
      const row = () => page.evaluate(() => document.activeElement?.textContent ?? '')
      const first = await row()
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('ArrowUp')
      expect(await row()).not.toBe(first)
      const wanted = await row()
      await page.keyboard.press('Enter')
      await says(figure, wanted)
      await page.keyboard.press('f')
      await page.waitForFunction(() => document.activeElement?.classList.contains('act'))
      await page.keyboard.press('Enter')
      await says(figure, 'namesrv is killed.')
      await page.keyboard.press('r')
      await figure.locator('svg.fig-live text', { hasText: 'killed' }).waitFor({ state: 'detached' })
      await page.keyboard.press('Escape')
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('BODY')
    })
  })

  it('speaks a step in one polite sentence', async () => {
    await withFigure({}, async (figure) => {
      await button(figure, 'Step').click()
      await figure.locator('[aria-live="polite"]', { hasText: 'producer starts.' }).waitFor({ state: 'attached' })
      expect(await figure.locator('[aria-live]').count()).toBe(1)
    })
  })

  it('does not travel for a reader who asked for less motion: frames carry numbers', async () => {
    await withFigure({ reducedMotion: 'reduce' }, async (figure, page) => {
      for (let i = 0; i < 20; i++) {
        await button(figure, 'Step').click()
        if ((await caption(figure)).includes('producer sends broker-a order-1')) break
      }
      await figure.locator('svg.fig-live text', { hasText: '1. order-1' }).waitFor()
      const still = await picture(figure)
      await page.evaluate(() => new Promise((done) => setTimeout(done, 200)))
      expect(await picture(figure)).toBe(still)
    })
  })

  it('shows its key moments and its table without any script', async () => {
    const context = await site.browser.newContext({ javaScriptEnabled: false, viewport: { width: 1200, height: 900 } })
    try {
      const page = await context.newPage()
      await page.goto(site.origin + CHAPTER)
      const figure = page.locator('#fig-roles-journey')
      expect(await figure.locator('svg.fig-svg:visible').count()).toBe(4)
      expect(await figure.locator('.moment:visible').count()).toBe(4)
      expect(await figure.getByRole('button').count()).toBe(0)
      await figure.locator('summary').click()
      expect(await figure.locator('tbody tr:visible').count()).toBeGreaterThan(100)
      await page.setViewportSize({ width: 360, height: 800 })
      expect(await figure.locator('svg.fig-svg:visible').count()).toBe(4)
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    } finally {
      await context.close()
    }
  })

  for (const { width, colorScheme } of [
    { width: 1440, colorScheme: 'light' },
    { width: 1440, colorScheme: 'dark' },
    { width: 360, colorScheme: 'light' },
    { width: 360, colorScheme: 'dark' },
  ] as const) {
    it(`has no serious barrier and nothing sticks out at ${width} px, ${colorScheme}`, async () => {
      await withFigure({ viewport: { width, height: 1_000 }, colorScheme, bypassCSP: true }, async (figure, page) => {
        for (const moment of ['3', '9']) {
          await figure.getByRole('combobox', { name: 'Moment' }).selectOption(moment)
          await page.evaluate(AXE)
          expect(await barriers(page)).toEqual([])
        }
        await figure.locator('svg.fig-live [data-thing^="record:"]').first().click()
        await figure.locator('.inspector .hex span').first().waitFor()
        expect(await barriers(page)).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
        const small = await figure.locator('svg.fig-live').evaluate((svg) => {
          const scale = svg.getBoundingClientRect().width / (svg as SVGSVGElement).viewBox.baseVal.width
          return Math.min(
            ...[...svg.querySelectorAll('text')].map(
              (text) => scale * Number.parseFloat(getComputedStyle(text).fontSize),
            ),
          )
        })
        expect(small, 'smallest text of the picture in px').toBeGreaterThanOrEqual(11.9)
      })
    })
  }

  it('costs less than 60 KB of script before the reader acts, moves nothing, and loads the engine only then', async () => {
    const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 } })
    try {
      const page = await context.newPage()
      await page.addInitScript(() => {
        const shifts: number[] = []
        Object.assign(globalThis, { shifts })
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value)
        }).observe({ type: 'layout-shift', buffered: true })
      })
      const scripts = new Map<string, number>()
      const workers: string[] = []
      page.on('worker', (worker) => workers.push(worker.url()))
      page.on('requestfinished', async (request) => {
        if (request.resourceType() !== 'script') return
        scripts.set(request.url(), (await request.sizes()).responseBodySize)
      })
      const figure = await open(page)
      await page.waitForLoadState('networkidle')
      const inline = await page.evaluate(() =>
        [...document.querySelectorAll('script:not([src])')].map((one) => one.textContent).join('\n'),
      )
      const weight = [...scripts.values()].reduce((sum, bytes) => sum + bytes, gzipSync(inline).length)
      console.log(
        `script before the reader acts: ${(weight / 1024).toFixed(1)} KB, ${scripts.size} files and what is inline`,
      )
      expect(weight).toBeGreaterThan(20 * 1024)
      expect(weight).toBeLessThan(SCRIPT_BYTES_MAX)
      expect(workers).toEqual([])
      const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: number[] }).shifts)
      expect(
        shifts.reduce((sum, one) => sum + one, 0),
        `layout shifts ${shifts}`,
      ).toBeLessThan(0.01)
      await button(figure, 'Kill broker-a').click()
      await says(figure, 'broker-a is killed.')
      expect(workers).toHaveLength(1)
      expect(workers[0]).toContain(site.origin)
    } finally {
      await context.close()
    }
  })
})

/** Axe's serious and critical findings inside the figure, one line each. */
async function barriers(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const axe = (
      globalThis as unknown as {
        axe: {
          run(where: string): Promise<{
            violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[]
          }>
        }
      }
    ).axe
    const { violations } = await axe.run('#fig-roles-journey')
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 160)} ${nodes[0]!.failureSummary.slice(0, 200)}`)
  })
}
