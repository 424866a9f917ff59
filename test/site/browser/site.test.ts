/**
 * The book as a reader's browser sees it: landing page, a chapter, the glossary and a source page, in both themes, on a
 * desk and on a telephone.
 */
import { gzipSync } from 'node:zlib'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isWritten, rooms } from '../../../site/lib/rooms.ts'
import { seriousBarriers } from '../../support/axe.ts'
import { browserMissing, openSite, type Site, withOwnFonts } from '../../support/browser.ts'
import { firstQuestion } from '../../support/chapter-words.ts'

const CHAPTER_SLUG = 'roles'
const CHAPTER = `/chapters/${CHAPTER_SLUG}/`
const PAGES = ['/', CHAPTER, '/glossary/', '/source/reference/namesrv/namesrv.ts/', '/no/such/page/']
const SIZES = [
  { name: 'desk', width: 1440, height: 900, isForAxe: true },
  // the elements of a desk, in the order of a telephone
  { name: 'narrow desk', width: 1100, height: 800, isForAxe: false },
  { name: 'telephone', width: 390, height: 844, isForAxe: true },
]
/** Our own scripts on a page without a figure, as they come over the wire. */
const SCRIPT_BYTES_MAX = 12 * 1024
/** The same for a chapter with its panes, before the reader acts. */
const CHAPTER_SCRIPT_BYTES_MAX = 60 * 1024

/** All that may move when fonts come late and panes come to life, as a cumulative layout shift: nothing that is seen. */
const SHIFT_MAX = 0.0005

const missing = browserMissing()

describe.skipIf(missing !== '')(`the book in a browser${missing === '' ? '' : ` (skipped: ${missing})`}`, () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(async () => {
    await site?.close()
  })

  async function withPage<T>(
    options: BrowserContextOptions,
    work: (page: Page, context: BrowserContext) => Promise<T>,
  ) {
    const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    try {
      return await work(await context.newPage(), context)
    } finally {
      await context.close()
    }
  }

  for (const { name, width, height, isForAxe } of SIZES) {
    it(`${name}${isForAxe ? ', light and dark' : ''}: nothing sticks out, nothing comes from elsewhere, no errors${isForAxe ? ', no serious barrier' : ''}`, async () => {
      await withPage({ viewport: { width, height } }, async (page) => {
        const trouble: string[] = []
        page.on('request', (request) => {
          if (!request.url().startsWith(site.origin) && !request.url().startsWith('data:'))
            trouble.push(`request to ${request.url()}`)
        })
        page.on('pageerror', (error) => trouble.push(`error: ${error.message}`))
        page.on('console', (message) => {
          const isNotFoundPage = message.text().includes('404')
          if (message.type() === 'error' && !isNotFoundPage) trouble.push(`console: ${message.text()}`)
        })
        for (const path of PAGES) {
          await page.goto(site.origin + path, { waitUntil: 'networkidle' })
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
          if (overflow > 0) trouble.push(`${path} is ${overflow} px too wide`)
          if (isForAxe) trouble.push(...(await seriousBarriers(page)).map((barrier) => `${path} ${barrier}`))
        }
        expect(trouble).toEqual([])
      })
    })
  }

  it('a margin note stands below the paragraph it belongs to, at every width, and nothing lies over it', async () => {
    await withPage({}, async (page) => {
      for (const width of [1440, 1100, 390]) {
        await page.setViewportSize({ width, height: 900 })
        await page.goto(site.origin + CHAPTER)
        const notes = await noteBoxes(page)
        expect(notes.length).toBeGreaterThan(0)
        for (const note of notes) {
          expect(note.top, `${width} px`).toBeGreaterThanOrEqual(note.paragraphBottom)
          expect(note.isCovered, 'nothing lies over it').toBe(false)
        }
      }
    })
  })

  it('a line of text holds about 66 characters', async () => {
    await withPage({}, async (page) => {
      // a stand-in holds some 58
      await withOwnFonts(page, `**${CHAPTER}`)
      await page.goto(site.origin + CHAPTER)
      await page.evaluate(() => document.fonts.ready)
      const perLine = await page.evaluate(() => {
        const paragraphs = [...document.querySelectorAll('.gmq-section-text > p')]
        const sizes = paragraphs.map((one) => {
          const lines = one.getBoundingClientRect().height / Number.parseFloat(getComputedStyle(one).lineHeight)
          return { characters: (one as HTMLElement).innerText.length, lines }
        })
        const long = sizes.filter((one) => one.lines >= 4)
        // The last line of a paragraph is half full on average.
        return long.reduce((sum, one) => sum + one.characters / (one.lines - 0.5), 0) / long.length
      })
      expect(perLine).toBeGreaterThan(60)
      expect(perLine).toBeLessThan(72)
    })
  })

  it('the stand-in fonts take the room of the real ones', async () => {
    for (const width of [1440, 390]) {
      const heights: number[] = []
      for (const hasFonts of [true, false]) {
        await withPage({ viewport: { width, height: 900 } }, async (page) => {
          if (!hasFonts) await page.route('**/*.woff2', (route) => route.abort())
          await page.goto(site.origin + CHAPTER, { waitUntil: 'networkidle' })
          await page.evaluate(() => document.fonts.ready)
          heights.push(await page.evaluate(() => document.querySelector('main')!.getBoundingClientRect().height))
        })
      }
      // a column of text beside a pane is narrow: another font wraps some lines of code elsewhere
      expect(Math.abs(heights[0]! / heights[1]! - 1), `${width} px: ${heights}`).toBeLessThan(0.05)
    }
  })

  it('late fonts and panes that come to life move nothing, to the end of every chapter', async () => {
    await withPage({}, async (page) => {
      await page.addInitScript(() => {
        const shifts: number[] = []
        Object.assign(globalThis, { shifts })
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value)
        }).observe({ type: 'layout-shift', buffered: true })
      })
      let painted = () => {}
      await page.route('**/*.woff2', async (route) => {
        await hasPainted
        await route.continue()
      })
      let hasPainted = Promise.resolve()
      const written = rooms()
        .filter(isWritten)
        .map(({ slug }) => `/chapters/${slug}/`)
      for (const path of ['/', ...written]) {
        // the fonts are as late as can be: they come when the page has been painted without them
        hasPainted = new Promise((done) => (painted = done))
        await page.goto(site.origin + path, { waitUntil: 'domcontentloaded' })
        await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0)
        painted()
        await page.waitForLoadState('networkidle')
        await page.evaluate(() => document.fonts.ready)
        await page.evaluate(async () => {
          const frame = () => new Promise((done) => requestAnimationFrame(done))
          for (let top = 0; top < document.body.scrollHeight; top += innerHeight) {
            scrollTo({ top, behavior: 'instant' })
            await frame()
          }
        })
        await page.waitForLoadState('networkidle')
        // one that comes after the first paint makes the browser look for its fonts anew
        expect(await page.locator('body :is(style, link[rel=stylesheet])').count(), `${path}: styles in the body`).toBe(
          0,
        )
        const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: number[] }).shifts)
        expect(
          shifts.reduce((sum, one) => sum + one, 0),
          path,
        ).toBeLessThan(SHIFT_MAX)
      }
    })
  })

  it('our scripts on a page without a figure stay under 12 KB', async () => {
    await withPage({}, async (page) => {
      const session = await page.context().newCDPSession(page)
      await session.send('Network.enable')
      const types = new Map<string, string>()
      let scriptBytes = 0
      session.on('Network.responseReceived', (event) => types.set(event.requestId, event.type))
      session.on('Network.loadingFinished', (event) => {
        if (types.get(event.requestId) === 'Script') scriptBytes += event.encodedDataLength
      })
      await page.goto(`${site.origin}/glossary/`, { waitUntil: 'networkidle' })
      const inline = await page.evaluate(
        () => [...document.querySelectorAll('script:not([src])')].map((one) => one.textContent ?? '').join('').length,
      )
      expect(scriptBytes + inline, `${scriptBytes} B of files, ${inline} B inline`).toBeLessThan(SCRIPT_BYTES_MAX)
    })
  })

  it.each(
    rooms()
      .filter(isWritten)
      .map(({ slug }) => slug),
  )(
    'chapter %s costs less than 60 KB of script until the reader acts, also when it is scrolled to its end',
    async (slug) => {
      await withPage({}, async (page) => {
        const scripts = new Map<string, number>()
        page.on('requestfinished', async (request) => {
          if (request.resourceType() === 'script') scripts.set(request.url(), (await request.sizes()).responseBodySize)
        })
        await page.goto(`${site.origin}/chapters/${slug}/`, { waitUntil: 'networkidle' })
        for (const pane of await page.locator('.gmq-pane-host').all()) {
          await pane.scrollIntoViewIfNeeded()
          await pane.locator('.pane:not(.waiting)').waitFor()
        }
        await page.waitForLoadState('networkidle')
        const inline = await page.evaluate(() =>
          [...document.querySelectorAll('script:not([src])')].map((one) => one.textContent).join('\n'),
        )
        const bytes = [...scripts.values()].reduce((sum, one) => sum + one, gzipSync(inline).length)
        expect(bytes).toBeGreaterThan(20 * 1024)
        expect(bytes).toBeLessThan(CHAPTER_SCRIPT_BYTES_MAX)
      })
    },
  )

  it('search: slash opens it, a word leads to its place, Esc closes it', async () => {
    await withPage({}, async (page) => {
      await page.goto(site.origin + CHAPTER)
      await page.keyboard.press('/')
      await page.keyboard.type('semicolons')
      const hit = page.locator('gmq-search .results a').first()
      await hit.waitFor()
      expect(await hit.getAttribute('href')).toContain(CHAPTER)
      expect(await page.locator('gmq-search [role=status]').textContent()).toMatch(/place.* for “semicolons”/)
      await page.keyboard.press('ArrowDown')
      expect(await hit.evaluate((one) => one === document.activeElement)).toBe(true)
      await page.keyboard.press('Escape')
      expect(await page.locator('gmq-search dialog').evaluate((one) => (one as HTMLDialogElement).open)).toBe(false)
    })
  })

  it('without JavaScript the chapter reads whole: text, code, questions and their explanations, the contents', async () => {
    await withPage(
      { javaScriptEnabled: false, colorScheme: 'light', viewport: { width: 390, height: 844 } },
      async (page) => {
        await page.goto(site.origin + CHAPTER)
        expect(await page.locator('.gmq-section-text > p').first().isVisible()).toBe(true)
        expect(await page.locator('.gmq-code .ec-line').count()).toBeGreaterThan(3)
        expect(await page.locator('gmq-quiz .answer').first().isVisible()).toBe(false)
        const details = page.locator('gmq-quiz details').first()
        await details.locator('summary').click()
        expect(await details.locator('li').first().isVisible()).toBe(true)
        expect(await page.locator('gmq-search button.open').isVisible()).toBe(false)
        await page.locator('.menu-button').click()
        expect(await page.locator('nav.contents').isVisible()).toBe(true)
      },
    )
  })

  it('without JavaScript the page follows the system’s light and dark', async () => {
    const papers: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      await withPage({ javaScriptEnabled: false, colorScheme }, async (page) => {
        await page.goto(site.origin + CHAPTER)
        papers.push(
          await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor),
          await page
            .locator('.ec-line span[style]')
            .first()
            .evaluate((span) => getComputedStyle(span).color),
        )
      })
    }
    expect(papers[0], 'paper').not.toBe(papers[2])
    expect(papers[1], 'code').not.toBe(papers[3])
  })

  it('a theme that was chosen stays, and choosing the system’s own follows the system again', async () => {
    await withPage({ colorScheme: 'light' }, async (page) => {
      const theme = () => page.evaluate(() => document.documentElement.dataset['theme'])
      await page.goto(site.origin)
      await page.locator('gmq-theme button').click()
      await page.goto(site.origin + CHAPTER)
      expect(await theme()).toBe('dark')
      await page.locator('gmq-theme button').click()
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.reload()
      expect(await theme()).toBe('dark')
    })
  })

  it('a question: a wrong choice is explained and announced, the right one is remembered after a reload', async () => {
    await withPage({}, async (page) => {
      await page.goto(site.origin + CHAPTER)
      const question = page.locator('gmq-quiz .question').first()
      const status = question.locator('[role=status]')
      await question.locator('button').click()
      expect(await status.textContent()).toContain('Choose one')
      const { right, wrong } = firstQuestion(CHAPTER_SLUG)
      const choice = (text: string) => question.locator('label', { hasText: text }).locator('input')
      await choice(wrong.text).focus()
      await page.keyboard.press('Space')
      await page.keyboard.press('Enter')
      expect(await status.textContent()).toContain(`Not so. ${wrong.because}`)
      expect(await status.locator('a.gmq-door').count(), 'a door to the moment that refutes it').toBe(1)
      await choice(right).focus()
      await page.keyboard.press('Space')
      expect(await status.textContent()).toBe('')
      await page.keyboard.press('Enter')
      expect(await status.textContent()).toContain('Right.')
      await page.reload()
      expect(await choice(right).isChecked()).toBe(true)
      expect(await status.textContent()).toContain('Right.')
    })
  })

  it('a glossary word shows its definition on focus, and Esc closes it', async () => {
    await withPage({}, async (page) => {
      await page.goto(site.origin + CHAPTER)
      const card = page.locator('.gmq-term-card').first()
      await page.locator('.gmq-term').first().focus()
      await page.keyboard.press('Shift+Tab')
      await page.keyboard.press('Tab')
      expect(await card.isVisible()).toBe(true)
      expect(await card.textContent()).toContain('代理服务器')
      await page.keyboard.press('Escape')
      expect(await card.isVisible()).toBe(false)
    })
  })

  it('a glossary card stays while the pointer is on it', async () => {
    await withPage({}, async (page) => {
      await page.goto(site.origin + CHAPTER, { waitUntil: 'networkidle' })
      const card = page.locator('.gmq-term-card').first()
      await page.locator('.gmq-term').first().hover()
      await card.waitFor({ state: 'visible' })
      await card.hover()
      await page.waitForTimeout(400)
      expect(await card.isVisible()).toBe(true)
      await page.mouse.move(5, 500)
      await card.waitFor({ state: 'hidden' })
    })
  })

  it('a glossary card opens, and stays at its word, when the page scrolls by itself under the pointer or the focus', async () => {
    await withPage({}, async (page) => {
      await page.goto(site.origin + CHAPTER, { waitUntil: 'networkidle' })
      const card = page.locator('.gmq-term-card').first()
      const word = page.locator('.gmq-term').first()
      const scrolled = (pixels: number) =>
        page.evaluate((top) => {
          const end = new Promise((resolve) => document.addEventListener('scroll', resolve, { once: true }))
          scrollBy({ top, behavior: 'instant' })
          return end
        }, pixels)
      const gap = async () => {
        const [a, b] = [(await card.boundingBox())!, (await word.boundingBox())!]
        return Math.min(Math.abs(a.y - b.y - b.height), Math.abs(b.y - a.y - a.height))
      }
      await word.scrollIntoViewIfNeeded()
      await word.hover()
      await scrolled(4)
      await card.waitFor({ state: 'visible' })
      await scrolled(4)
      expect(await card.isVisible()).toBe(true)
      expect(await gap()).toBeLessThan(24)
      await page.mouse.move(5, 500)
      await card.waitFor({ state: 'hidden' })
      await word.focus()
      await page.keyboard.press('Shift+Tab')
      await page.keyboard.press('Tab')
      await scrolled(40)
      expect(await card.isVisible()).toBe(true)
      expect(await gap()).toBeLessThan(24)
      await scrolled(3000)
      await card.waitFor({ state: 'hidden' })
    })
  })

  it('the landing page offers to go on where the reader stopped, and only then', async () => {
    await withPage({}, async (page) => {
      await page.goto(site.origin)
      expect(await page.locator('gmq-resume').isVisible()).toBe(false)
      await page.goto(site.origin + CHAPTER)
      const heading = page.locator('main h2[id]').last()
      const [words, id] = [await heading.innerText(), await heading.getAttribute('id')]
      await heading.scrollIntoViewIfNeeded()
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
      await page.goto(site.origin)
      const link = page.locator('gmq-resume a')
      expect(await link.textContent()).toContain(`“${words}”`)
      expect(await link.getAttribute('href')).toBe(`${CHAPTER}#${id}`)
    })
  })

  it('the contents list all chapters, and only written ones are links', async () => {
    await withPage({}, async (page) => {
      await page.goto(site.origin)
      expect(await page.locator('.toc .part li').count()).toBe(21)
      for (const link of await page.locator('.toc .part a').all()) {
        const response = await page.request.get(site.origin + (await link.getAttribute('href')))
        expect(response.status()).toBe(200)
      }
      expect(await page.locator('.toc .planned a').count()).toBe(0)
    })
  })

  it('quoted code leads to the same line of the whole file', async () => {
    await withPage({}, async (page) => {
      await page.goto(site.origin + CHAPTER)
      const quote = page.locator('.gmq-code').first()
      const first = (await quote.locator('.ec-line .code').first().textContent())!.trim()
      expect(await quote.textContent()).not.toContain('#region')
      await quote.locator('a.file').click()
      const target = page.locator('.ec-line:target .code')
      expect((await target.textContent())!.trim()).toBe(first)
    })
  })

  it('isolation headers are sent on lab pages and the doctor only', async () => {
    await withPage({}, async (page) => {
      const headers = async (path: string) => (await page.request.get(site.origin + path)).headers()
      for (const path of ['/labs/', '/labs/anything/at/all', '/help/doctor', '/help/doctor/']) {
        expect((await headers(path))['cross-origin-opener-policy'], path).toBe('same-origin')
        expect((await headers(path))['cross-origin-embedder-policy'], path).toBe('credentialless')
      }
      for (const path of ['/', CHAPTER, '/help/', '/labsx/', '/pagefind/pagefind.js']) {
        expect((await headers(path))['cross-origin-opener-policy'], path).toBeUndefined()
        expect((await headers(path))['cross-origin-embedder-policy'], path).toBeUndefined()
      }
    })
  })

  it('on paper: no bars, light colours, nothing wider than the sheet', async () => {
    await withPage({ colorScheme: 'dark', viewport: { width: 700, height: 1000 } }, async (page) => {
      await page.goto(site.origin + CHAPTER)
      await page.emulateMedia({ media: 'print' })
      expect(await page.locator('nav.contents').isVisible()).toBe(false)
      expect(await page.locator('gmq-search').isVisible()).toBe(false)
      expect(await page.locator('h1').evaluate((one) => getComputedStyle(one).color)).toBe('rgb(22, 26, 32)')
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    })
  })
})

interface NoteBox {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly isCovered: boolean
  readonly paragraphTop: number
  readonly paragraphBottom: number
  readonly paragraphRight: number
}

/** Where each note's text is, and the paragraph before it, from the top of the page. */
async function noteBoxes(page: Page): Promise<NoteBox[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.gmq-margin')].map((note) => {
      const range = document.createRange()
      range.selectNodeContents(note)
      const box = range.getBoundingClientRect()
      const paragraph = note.previousElementSibling!.getBoundingClientRect()
      const boxes = [...document.querySelectorAll('.gmq-section-text > :not(.gmq-margin)')].map((one) =>
        one.getBoundingClientRect(),
      )
      const isCovered = boxes.some(
        (one) => one.left < box.right && one.right > box.left && one.top < box.bottom && one.bottom > box.top,
      )
      const y = scrollY
      return {
        top: box.top + y,
        bottom: box.bottom + y,
        left: box.left,
        isCovered,
        paragraphTop: paragraph.top + y,
        paragraphBottom: paragraph.bottom + y,
        paragraphRight: paragraph.right,
      }
    }),
  )
}
