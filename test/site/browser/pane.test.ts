/**
 * Panes as a reader meets them, on the example chapter: beside the text, played, stepped, opened down to the bytes, broken in
 * the past, shared as a link; by doors, by mouse, by keys alone, without motion, on a telephone, and without any script.
 */
import { gzipSync } from 'node:zlib'
import type { BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seriousBarriers } from '../../support/axe.ts'
import { browserMissing, openExampleSite, type Site } from '../../support/browser.ts'

const CHAPTER = '/chapters/example/'
/** The whole page, panes included, before the reader does anything: compressed, as a host sends it. */
const SCRIPT_BYTES_MAX = 60 * 1024
/** The four screens on which pane and controls must be seen whole. */
const SCREENS = [
  { width: 1280, height: 720 },
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
  { width: 390, height: 664 },
] as const

const missing = browserMissing()

describe.skipIf(missing !== '')(`panes in a browser${missing === '' ? '' : ` (skipped: ${missing})`}`, () => {
  let site: Site
  beforeAll(async () => {
    site = await openExampleSite()
  })
  afterAll(async () => {
    await site?.close()
  })

  /** Opens the chapter with one pane in sight and live. */
  async function withPane<T>(
    options: BrowserContextOptions,
    name: string,
    work: (pane: Locator, page: Page, context: BrowserContext) => Promise<T>,
    fragment = '',
  ): Promise<T> {
    const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    try {
      const page = await context.newPage()
      const trouble: string[] = []
      page.on('pageerror', (error) => trouble.push(error.message))
      page.on('console', (message) => message.type() === 'error' && trouble.push(message.text()))
      page.on(
        'request',
        (request) => !request.url().startsWith(site.origin) && trouble.push(`request to ${request.url()}`),
      )
      await page.goto(site.origin + CHAPTER + fragment)
      const pane = await live(page, name)
      const result = await work(pane, page, context)
      expect(trouble).toEqual([])
      return result
    } finally {
      await context.close()
    }
  }

  async function live(page: Page, name: string): Promise<Locator> {
    const pane = page.locator(`#fig-example-journey-${name}`)
    await pane.scrollIntoViewIfNeeded()
    await pane.locator('.pane:not(.waiting)').waitFor()
    await pane.locator('.pane').dispatchEvent('pointerenter')
    await pane.locator('svg.fig-live').waitFor()
    return pane
  }

  const button = (pane: Locator, name: string | RegExp) => pane.getByRole('button', { name, exact: true })
  const slider = (pane: Locator) => pane.getByRole('slider', { name: 'Time' })
  const picture = (pane: Locator) => pane.locator('svg.fig-live').innerHTML()
  const said = (pane: Locator) => pane.locator('.said').innerText()
  const says = (pane: Locator, text: string) => pane.locator('.said', { hasText: text }).waitFor()

  for (const viewport of SCREENS) {
    it(`every door opens its moment, with pane and controls whole in view, at ${viewport.width} × ${viewport.height}`, async () => {
      await withPane({ viewport, hasTouch: viewport.width < 500 }, 'whole', async (_pane, page) => {
        const doors = page.locator('.gmq-section-text :is(a.gmq-door, a.gmq-claim-mark):visible')
        const count = await doors.count()
        expect(count).toBeGreaterThanOrEqual(4)
        for (let i = 0; i < count; i++) {
          const href = (await doors.nth(i).getAttribute('href'))!
          const [, name, n] = /#fig-example-journey-([a-z]+)-e(\d+)$/.exec(href)!
          await doors.nth(i).click()
          const pane = page.locator(`#fig-example-journey-${name}`)
          await page.waitForFunction(
            ([id, event]) =>
              document
                .querySelector<HTMLInputElement>(`#${id} input[type=range]`)
                ?.getAttribute('aria-valuetext')
                ?.startsWith(`event ${event} `),
            [`fig-example-journey-${name}`, n] as const,
          )
          const box = (await pane.locator('.pane').boundingBox())!
          expect(box.y, `${href}: top of the pane`).toBeGreaterThanOrEqual(0)
          expect(box.y + box.height, `${href}: foot of the pane`).toBeLessThanOrEqual(viewport.height)
          expect(new URL(page.url()).hash).toBe(href)
          const close = button(pane, 'Close')
          if (await close.isVisible()) await close.click()
        }
      })
    })
  }

  it('a page that is opened by a copied door shows that moment, wherever its pane stands', async () => {
    const context = await site.browser.newContext({ viewport: { width: 1280, height: 720 } })
    try {
      const page = await context.newPage()
      await page.goto(site.origin + CHAPTER)
      const href = (await page.locator('a.gmq-door', { hasText: 'a pull is woken' }).getAttribute('href'))!
      await page.goto('about:blank')
      await page.goto(site.origin + CHAPTER + href)
      const pane = page.locator('#fig-example-journey-waits')
      await pane.locator('svg.fig-live').waitFor()
      await says(pane, 'wakes the pull')
      const box = (await pane.locator('.pane').boundingBox())!
      expect(box.y).toBeGreaterThanOrEqual(0)
      expect(box.y + box.height).toBeLessThanOrEqual(720)
    } finally {
      await context.close()
    }
  })

  it('stands beside its section for as long as the section is read', async () => {
    await withPane({ viewport: { width: 1280, height: 720 } }, 'waits', async (pane, page) => {
      const section = page.locator('.gmq-section', { has: pane })
      await section.evaluate((element) => scrollTo(0, element.getBoundingClientRect().top + scrollY + 250))
      const box = (await pane.boundingBox())!
      expect(box.y).toBeGreaterThanOrEqual(40)
      expect(box.y).toBeLessThan(80)
      const text = (await section.locator('.gmq-section-text').boundingBox())!
      expect(box.x).toBeGreaterThan(text.x + text.width)
      expect(Math.round(text.width)).toBeGreaterThanOrEqual(520)
    })
  })

  it('stands still until asked, plays, and pauses at once', async () => {
    await withPane({}, 'kept', async (pane, page) => {
      await says(pane, 'It picks a queue')
      const opened = await picture(pane)
      await page.evaluate(() => new Promise((done) => setTimeout(done, 150)))
      expect(await picture(pane)).toBe(opened)
      await button(pane, 'Play').click()
      await pane.locator('svg.fig-live .flight').first().waitFor()
      await button(pane, 'Pause').click()
      const at = await picture(pane)
      await page.evaluate(() => new Promise((done) => setTimeout(done, 150)))
      expect(await picture(pane)).toBe(at)
    })
  })

  it('steps through its passage and back to the identical picture, and no further', async () => {
    await withPane({ reducedMotion: 'reduce' }, 'kept', async (pane) => {
      const opened = await picture(pane)
      await button(pane, 'Step').click()
      const next = await said(pane)
      await button(pane, 'Step back').click()
      expect(await picture(pane)).toBe(opened)
      expect(await said(pane)).not.toBe(next)
      for (let i = 0; i < 20; i++) await button(pane, 'Step').click()
      const end = await said(pane)
      await button(pane, 'To the end').click()
      expect(await said(pane)).toBe(end)
      await button(pane, 'To the beginning').click()
      expect(await picture(pane)).toBe(opened)
    })
  })

  it('is not drawn before the reader takes hold of it; a finger on the still means what stands there', async () => {
    const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, hasTouch: true })
    try {
      const page = await context.newPage()
      await page.goto(site.origin + CHAPTER, { waitUntil: 'networkidle' })
      const pane = page.locator('#fig-example-journey-kept')
      await pane.scrollIntoViewIfNeeded()
      await pane.locator('.pane:not(.waiting)').waitFor()
      expect(await pane.locator('svg.fig-live').count()).toBe(0)
      let pressed = () => {}
      const hasPressed = new Promise<void>((done) => (pressed = done))
      await page.route('**/*.js', async (route) => {
        await hasPressed // the code that draws comes after the press
        await route.continue()
      })
      const name = (await pane.locator('.still:visible text', { hasText: 'broker-a' }).first().boundingBox())!
      await page.touchscreen.tap(name.x + name.width / 2, name.y + name.height / 2)
      expect(await pane.locator('svg.fig-live').count()).toBe(0)
      pressed()
      await pane.locator('.inspector', { hasText: 'broker-a' }).waitFor()
    } finally {
      await context.close()
    }
  })

  it('is drawn under a mouse that lay there before the pane came', async () => {
    const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 } })
    try {
      const page = await context.newPage()
      await page.goto(site.origin + CHAPTER)
      const pane = page.locator('#fig-example-journey-kept')
      await pane.scrollIntoViewIfNeeded()
      const { x, y, width, height } = (await pane.locator('.canvas').boundingBox())!
      const at = await page.evaluate(() => scrollY)
      const again = await context.newPage()
      await again.goto(site.origin + CHAPTER)
      await again.mouse.move(x + width / 2, y + height / 2)
      await again.evaluate((top) => scrollTo({ top, behavior: 'instant' }), at)
      await again.locator('#fig-example-journey-kept svg.fig-live').waitFor()
    } finally {
      await context.close()
    }
  })

  it('opens a record down to its bytes, and lights the bytes of a field', async () => {
    await withPane({}, 'kept', async (pane) => {
      await button(pane, 'To the end').click()
      await pane.locator('svg.fig-live [data-thing^="record:"]').first().click()
      const bytes = pane.locator('.inspector .hex span')
      await bytes.first().waitFor()
      expect(await bytes.count()).toBe(254)
      await pane.locator('.inspector').getByRole('button', { name: 'body', exact: true }).focus()
      const lit = pane.locator('.inspector .hex .lit')
      const text = (await lit.allInnerTexts()).map((hex) => String.fromCharCode(Number.parseInt(hex, 16))).join('')
      expect(text).toBe('one coffee, please')
      await button(pane, 'Close').click()
      await pane.locator('.inspector').waitFor({ state: 'detached' })
    })
  })

  it('a kill makes a run of the reader’s own, seen in every pane; the text’s run is one press away', async () => {
    await withPane({}, 'kept', async (pane, page) => {
      await button(pane, 'To the end').click()
      await button(pane, 'Act').click()
      await button(pane, 'Kill broker-a').click()
      await says(pane, 'broker-a is killed.')
      await pane.locator('.branch', { hasText: 'Your run: kill broker-a at' }).waitFor()
      const waits = await live(page, 'waits')
      await waits.locator('.branch', { hasText: 'Your run: kill broker-a at' }).waitFor()
      await waits.locator('svg.fig-live text', { hasText: 'killed' }).waitFor()
      await button(waits, 'Show the text’s run').click()
      await waits.locator('svg.fig-live text', { hasText: 'killed' }).waitFor({ state: 'detached' })
      await pane.locator('.branch').waitFor({ state: 'detached' })
    })
  })

  it('the ledger says what became of each order, and follows one through the picture', async () => {
    await withPane({}, 'waits', async (pane) => {
      await button(pane, 'To the end').click()
      await pane.locator('.sums', { hasText: /asked 3\s*SEND_OK 3\s*billed 3/ }).waitFor()
      await pane.getByRole('button', { name: /^Follow order-2: SEND_OK, billed/ }).click()
      expect(await pane.locator('svg.fig-live .followed').count()).toBeGreaterThan(0)
      expect(await pane.locator('svg.fig-live .dimmed').count()).toBeGreaterThan(0)
      await pane.getByRole('button', { name: /^Follow order-2/ }).click()
      expect(await pane.locator('svg.fig-live .dimmed').count()).toBe(0)
    })
  })

  it('goes on without a network once a reader has taken hold of it', async () => {
    await withPane({}, 'kept', async (pane, _page, context) => {
      await pane.locator('svg.fig-live').hover()
      await pane.locator('[data-engine=here]').waitFor()
      await button(pane, 'Act').click()
      await button(pane, 'Kill broker-a').waitFor()
      await context.setOffline(true)
      await button(pane, 'Kill broker-a').click()
      await says(pane, 'broker-a is killed.')
    })
  })

  it('is shared as a link that opens the same moment of the same run', async () => {
    const link = await withPane({ permissions: ['clipboard-read', 'clipboard-write'] }, 'waits', async (pane, page) => {
      await button(pane, 'Step').click()
      await button(pane, 'Act').click()
      await button(pane, 'Kill broker-a').click()
      await says(pane, 'broker-a is killed.')
      await page.keyboard.press('l')
      await pane.locator('[aria-live]', { hasText: 'link to this moment' }).waitFor({ state: 'attached' })
      const hash = new URL(page.url()).hash
      expect(hash).toMatch(
        /^#fig-example-journey-waits\?v=1&run=example-journey\.[0-9a-f]{4}&s=\d+&a=kill:broker-a@\d+&t=[\d.]+&e=\d+$/,
      )
      return { hash, text: await said(pane) }
    })
    await withPane({}, 'waits', async (pane) => says(pane, link.text.split('\n').at(-1)!), link.hash)
  })

  it('says why a bad link cannot be opened, and shows the text’s run', async () => {
    const bad = '#fig-example-journey-waits?v=1&run=example-journey.3f9c&s=12&a=kill:broker-z@1200&t=2310&e=412'
    await withPane(
      {},
      'waits',
      async (pane) => {
        await pane.locator('.notice', { hasText: 'broker-z, who is not in this figure' }).waitFor()
        await says(pane, 'Pulls wait at the brokers')
      },
      bad,
    )
  })

  it('says that its run could not be loaded, over the picture that stands', async () => {
    const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 } })
    try {
      const page = await context.newPage()
      await page.route('**/figures/*.json', (route) => route.abort())
      await page.goto(site.origin + CHAPTER)
      const host = page.locator('#fig-example-journey-waits')
      await host.scrollIntoViewIfNeeded()
      await host.locator('.notice', { hasText: 'The run of this figure could not be loaded' }).waitFor()
      expect(await host.locator('.still svg').first().isVisible()).toBe(true)
    } finally {
      await context.close()
    }
  })

  it('is used by keys alone, and lets the keyboard go again', async () => {
    await withPane({}, 'kept', async (pane, page) => {
      await slider(pane).focus()
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('End')
      const end = await said(pane)
      await page.keyboard.press('Home')
      await says(pane, 'It picks a queue')
      await page.keyboard.press('Space')
      await button(pane, 'Pause').waitFor()
      await page.keyboard.press('Space')
      await button(pane, 'Play').waitFor()
      await page.keyboard.press('?')
      await pane.locator('.keys').waitFor()
      await page.keyboard.press('Escape')
      await pane.locator('.keys').waitFor({ state: 'detached' })
      await page.keyboard.press('e')
      await page.waitForFunction(
        () => document.activeElement?.classList.contains('go') || document.activeElement?.classList.contains('close'),
      )
      await page.keyboard.press('Escape')
      await page.keyboard.press('f')
      await pane.locator('.inspector').waitFor()
      await page.keyboard.press('Escape')
      await page.keyboard.press('End')
      expect(await said(pane)).toBe(end)
      await page.keyboard.press('Escape')
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('BODY')
    })
  })

  it('speaks a step in one polite sentence', async () => {
    await withPane({ reducedMotion: 'reduce' }, 'kept', async (pane) => {
      await button(pane, 'Step').click()
      const [, text] = (await said(pane)).split('\n')
      await pane.locator('[aria-live="polite"]', { hasText: text ?? '' }).waitFor({ state: 'attached' })
      expect(await pane.locator('[aria-live]').count()).toBe(1)
    })
  })

  it('does not travel for a reader who asked for less motion: frames carry numbers', async () => {
    await withPane({ reducedMotion: 'reduce' }, 'kept', async (pane, page) => {
      for (let i = 0; i < 12 && !(await said(pane)).includes('producer sends broker-a order-1'); i++)
        await button(pane, 'Step').click()
      await pane.locator('svg.fig-live text', { hasText: '1. order-1' }).waitFor()
      const still = await picture(pane)
      await page.evaluate(() => new Promise((done) => setTimeout(done, 200)))
      expect(await picture(pane)).toBe(still)
    })
  })

  it('without any script a door leads to its row, and the passage is seen as stills and a table', async () => {
    const context = await site.browser.newContext({ javaScriptEnabled: false, viewport: { width: 1280, height: 720 } })
    try {
      const page = await context.newPage()
      await page.goto(site.origin + CHAPTER)
      const pane = page.locator('#fig-example-journey-kept')
      expect(await pane.locator('svg.fig-svg:visible').count()).toBe(2)
      expect(await pane.getByRole('button').count()).toBe(0)
      const door = page.locator('a.gmq-door').first()
      const href = (await door.getAttribute('href'))!
      await door.click()
      const row = page.locator(href)
      expect(await row.innerText()).toContain('appends order-1')
      expect(await row.isVisible()).toBe(true)
      await page.setViewportSize({ width: 360, height: 800 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    } finally {
      await context.close()
    }
  })

  it('a bet is kept, and settled further down, also after a reload', async () => {
    await withPane({}, 'whole', async (_pane, page) => {
      const settled = page.locator('gmq-settled')
      expect(await settled.locator('.yours').isVisible()).toBe(false)
      await page.locator('gmq-bet label', { hasText: 'Five lists.' }).click()
      await settled.locator('.yours', { hasText: 'You bet: Five lists. There are no lists of chapters.' }).waitFor()
      await page.reload()
      await settled.locator('.yours', { hasText: 'You bet: Five lists.' }).waitFor()
    })
  })

  for (const width of [1440, 390]) {
    it(`has no serious barrier and nothing sticks out at ${width} px, light and dark`, async () => {
      await withPane({ viewport: { width, height: 900 } }, 'waits', async (pane, page) => {
        expect(await seriousBarriers(page, 'main')).toEqual([])
        await button(pane, 'To the end').click()
        await button(pane, 'Act').click()
        await pane.locator('.inspector').waitFor()
        expect(await seriousBarriers(page, 'main')).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
        const small = await pane.locator('svg.fig-live').evaluate((svg) => {
          const scale = svg.getBoundingClientRect().width / (svg as SVGSVGElement).viewBox.baseVal.width
          const sizes = [...svg.querySelectorAll('text')].map((text) =>
            Number.parseFloat(getComputedStyle(text).fontSize),
          )
          return scale * Math.min(...sizes)
        })
        expect(small, 'smallest text of the picture in px').toBeGreaterThanOrEqual(11.9)
      })
    })
  }

  it('costs less than 60 KB of script before the reader acts, moves nothing, and draws and runs only then', async () => {
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
        if (request.resourceType() === 'script') scripts.set(request.url(), (await request.sizes()).responseBodySize)
      })
      await page.goto(site.origin + CHAPTER)
      for (const name of ['whole', 'kept', 'waits']) {
        const pane = page.locator(`#fig-example-journey-${name}`)
        await pane.scrollIntoViewIfNeeded()
        await pane.locator('.pane:not(.waiting)').waitFor()
      }
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
      const moved = shifts.reduce((sum, one) => sum + one, 0)
      expect(moved, `layout shifts ${shifts}`).toBeLessThan(0.005)
    } finally {
      await context.close()
    }
  })
})
